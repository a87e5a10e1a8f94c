import type { ErrorCode } from '../error-code.ts';
import type { Fields } from './fields.ts';
import { type InputPipe, InputStream } from './input-stream.ts';
import { OutputPipe, OutputStream } from './output-stream.ts';
import { Pollable } from './poll.ts';
import { throwWit } from './wit-error.ts';

/** wasi:http/types `incoming-body`. Dropped or finished, it tells the main thread that no more is wanted. */
export class IncomingBody {
  readonly #pipe: InputPipe;
  #taken = false;

  constructor(pipe: InputPipe) {
    this.#pipe = pipe;
  }

  stream(): InputStream {
    if (this.#taken) throwWit(undefined);
    this.#taken = true;
    return new InputStream(this.#pipe);
  }

  static finish(body: IncomingBody): FutureTrailers {
    body.#pipe.cancel();
    return new FutureTrailers();
  }

  [Symbol.dispose](): void {
    this.#pipe.cancel();
  }
}

/** wasi:http/types `future-trailers`: always there, and always none, since this host reads no trailers. */
export class FutureTrailers {
  #taken = false;

  subscribe(): Pollable {
    return new Pollable({ mailbox: undefined, isReady: () => true });
  }

  get(): { tag: 'ok'; val: { tag: 'ok'; val: undefined } } | { tag: 'err'; val: undefined } {
    if (this.#taken) return { tag: 'err', val: undefined };
    this.#taken = true;
    return { tag: 'ok', val: { tag: 'ok', val: undefined } };
  }

  [Symbol.dispose](): void {}
}

/** wasi:http/types `outgoing-body`. Dropped without `finish`, the message counts as broken off. */
export class OutgoingBody {
  readonly #pipe: OutputPipe;
  #taken = false;

  constructor(pipe: OutputPipe) {
    this.#pipe = pipe;
  }

  write(): OutputStream {
    if (this.#taken) throwWit(undefined);
    this.#taken = true;
    return new OutputStream(this.#pipe);
  }

  static finish(body: OutgoingBody, _trailers: Fields | undefined): void {
    const error = body.#pipe.finish();
    if (error !== undefined) throwWit(error);
  }

  [Symbol.dispose](): void {
    this.#pipe.abort();
  }
}

/** The pipe for the body of a message with these headers. */
export function outputPipe(headers: Fields, error: ErrorCode['tag'] & `HTTP-${string}-body-size`): OutputPipe {
  const [announced] = headers.get('content-length');
  const bytes = announced === undefined ? Number.NaN : Number(Buffer.from(announced).toString('latin1'));
  return new OutputPipe(Number.isSafeInteger(bytes) ? { bytes, error: { tag: error, val: BigInt(bytes) } } : undefined);
}
