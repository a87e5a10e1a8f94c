import type { Readable } from 'node:stream';
import type { GuestRequest, WireHeaders } from './protocol.ts';

/** A request for the component, wherever it came from. */
export interface HostRequest extends Omit<GuestRequest, 'hasBody'> {
  /** Undefined where there is none. */
  readonly body: Readable | undefined;
}

/** Where an answer goes. */
export interface ResponseSink {
  /** Begins the answer; called once, before everything else. */
  head(status: number, headers: WireHeaders): void;
  /** Sends these bytes; `taken` is called when they have been handed on and more may come. */
  write(bytes: Uint8Array, taken: () => void): void;
  /** The answer is complete. */
  end(): void;
  /** The answer will never be complete: the receiver must be able to tell. */
  breakOff(): void;
  /** Is called once, when the receiver has left before `end` or `breakOff`, at once where it has left already. */
  onLeft(listener: () => void): void;
}

/** Answers with a JSON error of the host's own, in the form that the component uses. */
export function sendHostError(sink: ResponseSink, status: number, code: 'unavailable' | 'internal', message: string): void {
  const body = Buffer.from(`${JSON.stringify({ error: { code, message } })}\n`);
  const headers: [string, string][] = [
    ['content-type', 'application/json'],
    ['content-length', String(body.length)],
    ['cache-control', 'no-store'],
  ];
  if (status === 503) headers.push(['retry-after', '1']);
  sink.head(
    status,
    headers.map(([name, value]) => [name, Buffer.from(value)]),
  );
  sink.write(new Uint8Array(body), () => {});
  sink.end();
}
