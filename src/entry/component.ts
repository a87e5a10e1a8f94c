import type { IncomingRequest, ResponseOutparam } from 'wasi:http/types@0.2.12';
import { wasiHttp } from '../adapters/wasi/client.ts';
import { wasiClock } from '../adapters/wasi/clock.ts';
import { wasiConfig } from '../adapters/wasi/config.ts';
import { wasiKeyValue } from '../adapters/wasi/keyvalue.ts';
import { wasiLog } from '../adapters/wasi/log.ts';
import { wasiRandom } from '../adapters/wasi/random.ts';
import { wasiExchange } from '../adapters/wasi/server.ts';
import { type Config, parseConfig } from '../config.ts';
import { describe, MeshError } from '../lib/errors.ts';
import type { Responder } from '../ports/exchange.ts';
import { serve } from '../server/app.ts';
import { sendError } from '../server/reply.ts';

/** The component's one export, `wasi:http/incoming-handler`. It catches everything: a trap costs the host far more than a 500. */
export const incomingHandler = {
  handle(incoming: IncomingRequest, out: ResponseOutparam): void {
    const log = wasiLog(wasiClock, 'error');
    try {
      const { request, responder, answered } = wasiExchange(incoming, out);
      try {
        const config = configured(responder);
        if (config !== undefined) serve(request, responder, { config, ports: portsOf(config) });
      } catch (error) {
        log.write('error', 'a request failed', { error: describe(error) });
        if (!answered()) sendError(responder, 500, 'internal', 'Something went wrong here; the log says what.');
      }
    } catch (error) {
      log.write('error', 'the host and this component do not understand each other', { error: describe(error) });
    }
  },
};

/** The options, or undefined once the answer says what is wrong with them: nothing is served half configured. */
function configured(responder: Responder): Config | undefined {
  try {
    return parseConfig(wasiConfig());
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    wasiLog(wasiClock, 'error').write('error', error.message);
    sendError(responder, 503, 'unavailable', error.message);
    return undefined;
  }
}

function portsOf(config: Config) {
  return {
    clock: wasiClock,
    http: wasiHttp(wasiClock),
    keyvalue: wasiKeyValue(config.keyvalueBucket === '(empty)' ? '' : config.keyvalueBucket),
    log: wasiLog(wasiClock, config.logLevel),
    random: wasiRandom,
  };
}
