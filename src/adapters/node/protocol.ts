/**
 * What the main thread and a worker thread say to each other while one request runs. The component is synchronous and blocks its worker, so the worker
 * never takes part in I/O: the main thread does all of it and sends what happens as events; the worker sleeps on a shared counter until one comes.
 *
 * Streams and calls are numbered by the worker; number 0 is the body of the incoming request. The body of the response to an outgoing call has the call's
 * number. Bytes are moved, not copied: a sender gives its buffer away.
 */
import type { ErrorCode } from './error-code.ts';

/** Header names in lower case; values as the bytes of the wire. */
export type WireHeaders = readonly (readonly [name: string, value: Uint8Array])[];

/** How many bytes of one stream may be under way between the threads before the sending side waits. */
export const STREAM_WINDOW = 262_144;

/** The number of the incoming request's body. */
export const REQUEST_BODY = 0;

/** The request that a worker is to run. */
export interface GuestRequest {
  readonly method: string;
  readonly scheme: 'HTTP' | 'HTTPS';
  readonly authority: string | undefined;
  readonly pathWithQuery: string;
  readonly headers: WireHeaders;
  /** False where the request is known to have no body, so that nobody waits for its end. */
  readonly hasBody: boolean;
}

/** From the main thread to the worker. */
export type HostEvent =
  | { readonly tag: 'bytes'; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly tag: 'end'; readonly stream: number }
  | { readonly tag: 'broken'; readonly stream: number; readonly code: ErrorCode }
  /** The other side has taken that many bytes of what the worker wrote. */
  | { readonly tag: 'room'; readonly stream: number; readonly bytes: number }
  /** Nobody reads any more what the worker writes. */
  | { readonly tag: 'gone'; readonly stream: number }
  | { readonly tag: 'response'; readonly call: number; readonly status: number; readonly headers: WireHeaders }
  | { readonly tag: 'failed'; readonly call: number; readonly code: ErrorCode }
  | { readonly tag: 'stored'; readonly call: number; readonly result: StoreResult };

/** From the worker to the main thread. */
export type GuestCommand =
  | { readonly tag: 'respond'; readonly status: number; readonly headers: WireHeaders; readonly stream: number }
  | { readonly tag: 'refuse'; readonly code: ErrorCode }
  | { readonly tag: 'write'; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly tag: 'finish'; readonly stream: number }
  | { readonly tag: 'abort'; readonly stream: number }
  | { readonly tag: 'consumed'; readonly stream: number; readonly bytes: number }
  | { readonly tag: 'cancel'; readonly stream: number }
  | { readonly tag: 'send'; readonly call: number; readonly request: OutgoingCall }
  /** The component waits for the response although its body is not finished: the headers must be on their way. */
  | { readonly tag: 'hasten'; readonly call: number }
  | { readonly tag: 'store'; readonly call: number; readonly bucket: string; readonly operation: StoreOperation }
  | { readonly tag: 'print'; readonly bytes: Uint8Array }
  | { readonly tag: 'done' }
  | { readonly tag: 'trap'; readonly message: string };

/** An outgoing request. Times are in milliseconds. */
export interface OutgoingCall {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  readonly path: string;
  readonly headers: WireHeaders;
  /** The stream that carries the body; undefined where the component took no body at all. */
  readonly body: number | undefined;
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly betweenBytesTimeoutMs: number;
}

/** One operation of wasi:keyvalue on a bucket. */
export type StoreOperation =
  | { readonly tag: 'open' }
  | { readonly tag: 'get'; readonly key: string }
  | { readonly tag: 'set'; readonly key: string; readonly value: Uint8Array }
  | { readonly tag: 'delete'; readonly key: string }
  | { readonly tag: 'exists'; readonly key: string }
  | { readonly tag: 'list-keys'; readonly cursor: bigint | undefined }
  | { readonly tag: 'increment'; readonly key: string; readonly delta: bigint }
  | { readonly tag: 'get-many'; readonly keys: readonly string[] }
  | { readonly tag: 'set-many'; readonly entries: readonly (readonly [key: string, value: Uint8Array])[] }
  | { readonly tag: 'delete-many'; readonly keys: readonly string[] };

/** The variant `error` of wasi:keyvalue/store. */
export type StoreErrorValue =
  | { readonly tag: 'no-such-store' }
  | { readonly tag: 'access-denied' }
  | { readonly tag: 'other'; readonly val: string };

/** What an operation gave; the value's type follows from the operation. */
export type StoreResult = { readonly tag: 'ok'; readonly value: StoreValue } | { readonly tag: 'err'; readonly error: StoreErrorValue };

export type StoreValue =
  | undefined
  | boolean
  | bigint
  | Uint8Array
  | { readonly keys: readonly string[]; readonly cursor: bigint | undefined }
  | readonly ([key: string, value: Uint8Array] | undefined)[];

/** Slots of the shared array beside the message port. */
export const SIGNAL_EVENTS = 0;
/** Goes up when the worker falls asleep and when it wakes: odd while it sleeps. The pool tells by it who waits, who computes and who is hung. */
export const SIGNAL_SLEEPS = 1;
export const SIGNAL_SLOTS = 2;

/** The same bytes in a buffer that holds nothing else, so that the buffer can be given away. */
export function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  // A Buffer's `slice` would be a view into its pool, hence the method of the plain array.
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength
    ? new Uint8Array(buffer)
    : (Uint8Array.prototype.slice.call(bytes) as Uint8Array<ArrayBuffer>);
}
