import { Readable } from 'node:stream';
import type { HostRequest, ResponseSink } from './exchange.ts';

/** A request of the host's own. */
export interface InProcessRequest {
  readonly method: string;
  readonly path: string;
  /** What stands in the Host header. */
  readonly host: string;
  /** Names in lower case; values of ASCII. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Empty where it has none. */
  readonly body: string;
}

export interface InProcessAnswer {
  readonly status: number;
  readonly text: string;
}

/** What is kept of an answer: more than any answer to the host itself has. */
const MAX_ANSWER_BYTES = 65_536;

/**
 * Sends a request to the component without HTTP in between. Rejects when the answer breaks off, and with the signal's reason when that is aborted, which
 * to the component is a client that leaves.
 */
export function askInProcess(
  run: (request: HostRequest, sink: ResponseSink) => void,
  { method, path, host, headers, body }: InProcessRequest,
  signal: AbortSignal,
): Promise<InProcessAnswer> {
  return new Promise((resolve, reject) => {
    let status = 0;
    const pieces: Uint8Array[] = [];
    let length = 0;
    const sink: ResponseSink = {
      head: (code) => {
        status = code;
      },
      write: (bytes, taken) => {
        if (length < MAX_ANSWER_BYTES) pieces.push(bytes);
        length += bytes.length;
        taken();
      },
      end: () => resolve({ status, text: Buffer.concat(pieces).subarray(0, MAX_ANSWER_BYTES).toString() }),
      breakOff: () => reject(new Error('the answer broke off')),
      onLeft: (listener) => {
        if (signal.aborted) listener();
        else signal.addEventListener('abort', listener, { once: true });
      },
    };
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    const bytes = Buffer.from(body);
    const hasBody = bytes.length > 0;
    const all = [['host', host] as const, ...headers, ...(hasBody ? [['content-length', String(bytes.length)] as const] : [])];
    const wire = all.map(([name, value]) => [name, new Uint8Array(Buffer.from(value, 'latin1'))] as const);
    const stream = hasBody ? Readable.from([bytes]) : undefined;
    run({ method, scheme: 'HTTP', authority: host, pathWithQuery: path, headers: wire, body: stream }, sink);
  });
}
