import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { HostRequest, ResponseSink } from '../../adapters/node/exchange.ts';
import { askInProcess, type InProcessAnswer, type InProcessRequest } from '../../adapters/node/in-process.ts';
import { isObject } from '../../lib/json.ts';
import { type RunOutcome, Ticker } from './ticker.ts';

export interface CollectOptions {
  readonly run: (request: HostRequest, sink: ResponseSink) => void;
  /** A host that the component answers to. */
  readonly host: string;
  /** COLLECT_TOKEN as the component has it. */
  readonly token: string;
  readonly say: (line: string) => void;
}

/** Where a run that stands by does not say when to ask again. */
const STANDBY_MS = 10_000;

const HOLDER_BYTES = 6;

/** Keeps the collector of a component running: what a ticker in a cluster does over HTTP. */
export function collectForEver({ run, host, token, say }: CollectOptions): Ticker {
  // Its own name: hosts that share a store take turns by it.
  const holder = `local-${randomBytes(HOLDER_BYTES).toString('hex')}`;
  const request = (more: object): InProcessRequest => ({
    method: 'POST',
    path: '/v1/collect',
    host,
    headers: [
      ['authorization', `Bearer ${token}`],
      ['content-type', 'application/json'],
    ],
    body: JSON.stringify({ holder, ...more }),
  });
  // The first run makes the graph and ends: somebody is waiting for it.
  let more: object = { windowMs: 0 };
  return new Ticker({
    run: async (signal) => {
      const answer = askInProcess(run, request(more), signal);
      more = {};
      return outcomeOf(await answer);
    },
    wait: async (ms, signal) => {
      await wait(ms, undefined, { signal });
    },
    say,
  });
}

/**
 * What an answer of `/v1/collect` means: `{leader: false, retryAfterMs}` where another collector has the lease, and `{error: {message}}` beside a status
 * other than 200. The message is the component's own text, fit for anybody.
 */
export function outcomeOf({ status, text }: InProcessAnswer): RunOutcome {
  const body = parsed(text);
  if (status !== 200) {
    const error = isObject(body) && isObject(body.error) ? body.error.message : undefined;
    return { tag: 'failed', why: typeof error === 'string' ? error : `it answers ${status}` };
  }
  if (!isObject(body) || body.leader !== false) return { tag: 'done' };
  const { retryAfterMs } = body;
  return { tag: 'standby', retryAfterMs: typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? retryAfterMs : STANDBY_MS };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A host that is on a list of the component's, written as in ALLOWED_HOSTS. */
export function hostOn(allowed: readonly string[]): string {
  const [first = 'localhost'] = allowed;
  if (allowed.includes('localhost') || first === '*') return 'localhost';
  return first.startsWith('*.') ? `collector${first.slice(1)}` : first;
}
