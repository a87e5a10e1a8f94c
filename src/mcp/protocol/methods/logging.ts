import { LOG_LEVELS, RPC_ERROR } from '../constants.ts';
import { ProtocolError } from '../failure.ts';
import { isLogLevel } from '../request-meta.ts';
import { completeResult } from '../result.ts';
import type { Method } from './method.ts';

/**
 * 2024-11-05 to 2025-11-25, server/utilities/logging, setting log level. The level is checked and acknowledged but not kept: a stateless
 * server has nowhere to keep it, which is why 2026-07-28 puts it into every request. Only a server that declares `logging` has this method.
 */
export const setLogLevel: Method = {
  needs: 'logging',
  handle: (exchange) => {
    const { level } = exchange.request.params;
    if (!isLogLevel(level)) {
      throw new ProtocolError(RPC_ERROR.invalidParams, `"params.level" must be one of ${LOG_LEVELS.join(', ')}.`);
    }
    return { pieces: completeResult(exchange, {}) };
  },
};
