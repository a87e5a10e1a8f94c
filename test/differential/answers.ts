import { header } from '../../src/lib/headers.ts';
import { parseEvents } from '../support/exchange.ts';
import { visit } from '../support/mcp.ts';
import type { Oracle } from './oracles.ts';
import { SUBJECT } from './subject.ts';

/** One request as any of the servers gets it. */
export interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An error by its code: the words differ from server to server. */
export interface Failed {
  readonly id: unknown;
  readonly code: unknown;
}

/** An answer, reduced to what can be compared. */
export interface Answer {
  readonly status: number;
  readonly framing: 'json' | 'sse' | 'none';
  readonly messages: readonly unknown[];
}

/** What our server answers. */
export function ours({ method, headers, body }: Sent): Answer {
  const { response } = visit(SUBJECT, { method, headers: Object.entries(headers), body });
  return reduce(response.status, header(response.headers, 'content-type'), response.chunks.join(''));
}

/** What a server of the SDK answers. */
export async function theirs(oracle: Oracle, { method, headers, body }: Sent): Promise<Answer> {
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const response = await oracle(new Request('http://localhost/mcp', { method, headers, ...(hasBody ? { body } : {}) }));
  const type = response.headers.get('content-type') ?? undefined;
  if (method === 'GET' && type === 'text/event-stream') {
    // A standalone stream stays open; that it opened is all there is to compare.
    await response.body?.cancel();
    return { status: response.status, framing: 'sse', messages: [] };
  }
  return reduce(response.status, type, await response.text());
}

function reduce(status: number, type: string | undefined, body: string): Answer {
  if (body === '') return { status, framing: 'none', messages: [] };
  if (type === 'text/event-stream') return { status, framing: 'sse', messages: parseEvents(body).map(reduceMessage) };
  const parsed: unknown = JSON.parse(body);
  return { status, framing: 'json', messages: [parsed].flat().map(reduceMessage) };
}

function reduceMessage(message: unknown): unknown {
  const { id, error } = message as { readonly id?: unknown; readonly error?: { readonly code: unknown } };
  return error === undefined ? message : { id, code: error.code };
}
