import { type CollectFigures, collect } from '../collector/run.ts';
import type { Config } from '../config.ts';
import { describe, MeshError } from '../lib/errors.ts';
import { isObject } from '../lib/json.ts';
import { parseBounded } from '../lib/json-text.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import type { IncomingRequest, Responder } from '../ports/exchange.ts';
import type { Ports } from '../ports/ports.ts';
import { bearsToken } from './bearer.ts';
import { sendError, sendJson } from './reply.ts';

/** A holder's name and a number: nothing longer has a place here. */
const MAX_BODY_BYTES = 1024;
const MAX_BODY_DEPTH = 4;

/** Tickers that give no name count as one. */
const DEFAULT_HOLDER = 'ticker';
const HOLDER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const STATUS: Readonly<Record<string, number>> = { invalid: 400, denied: 403, conflict: 409 };

interface CollectCall {
  readonly request: IncomingRequest;
  readonly responder: Responder;
  readonly ports: Ports;
  readonly config: Config;
  readonly requestId: string;
}

export const RUN_OUTCOMES = ['ok', 'standby', 'restart', 'failed'] as const;

/** How a run ended: `standby` where another collector has the lease, `restart` where the graph was changed or lost under it. */
export interface EndedRun {
  readonly outcome: (typeof RUN_OUTCOMES)[number];
  /** What it did, where it came that far. */
  readonly figures?: CollectFigures;
}

/**
 * `POST /v1/collect`: one bounded run of the collector, answered when it has ended. The body may be empty, or JSON `{"holder": "…", "windowMs": …}`; a shorter window
 * than the configured one may be asked for, a longer one not. Gives what came of it; undefined where no run was begun.
 */
export function serveCollect({ request, responder, ports, config, requestId }: CollectCall): EndedRun | undefined {
  if (!bearsToken(request.headers, config.collectToken)) {
    const advice =
      config.collectToken === ''
        ? 'The collector is switched off: set COLLECT_TOKEN, and send it as "Authorization: Bearer".'
        : 'Send COLLECT_TOKEN as "Authorization: Bearer".';
    sendError(responder, 401, 'denied', advice, [['www-authenticate', 'Bearer']]);
    return undefined;
  }
  const body = request.body(MAX_BODY_BYTES);
  const wanted = body === 'too-large' ? undefined : readBody(body, config.collectWindowMs);
  if (wanted === undefined) {
    sendError(responder, 400, 'invalid', 'The body must be empty or JSON: {"holder": "a name", "windowMs": a number}, both optional.');
    return undefined;
  }
  try {
    const report = collect(ports, config, wanted);
    sendJson(responder, 200, { ...report });
    return report.leader ? { outcome: report.restart === undefined ? 'ok' : 'restart', figures: report } : { outcome: 'standby' };
  } catch (error) {
    const known = error instanceof MeshError ? error : undefined;
    ports.log.write('warn', 'a run of the collector failed', { requestId, error: describe(error) });
    const retry = known?.retryAfterMs === undefined ? [] : [['retry-after', String(Math.ceil(known.retryAfterMs / 1000))] as const];
    if (known === undefined) sendError(responder, 500, 'internal', `The run failed; the log has it under request ${requestId}.`);
    else sendError(responder, STATUS[known.code] ?? 503, known.code, known.message, retry);
    return { outcome: 'failed' };
  }
}

/** What the body asks for, or undefined where it is not in order. */
function readBody(bytes: Uint8Array, maxWindowMs: number): { readonly holder: string; readonly windowMs: number } | undefined {
  if (bytes.length === 0) return { holder: DEFAULT_HOLDER, windowMs: maxWindowMs };
  const parsed = parseBounded(decodeUtf8(bytes), MAX_BODY_DEPTH);
  if (parsed.kind !== 'value' || !isObject(parsed.value)) return undefined;
  const { holder = DEFAULT_HOLDER, windowMs = maxWindowMs, ...more } = parsed.value;
  if (typeof holder !== 'string' || !HOLDER.test(holder) || Object.keys(more).length > 0) return undefined;
  if (typeof windowMs !== 'number' || !Number.isSafeInteger(windowMs) || windowMs < 0) return undefined;
  return { holder, windowMs: Math.min(windowMs, maxWindowMs) };
}
