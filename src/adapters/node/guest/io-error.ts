import type { ErrorCode } from '../error-code.ts';
import { throwWit } from './wit-error.ts';

/** wasi:io/error `error`: why a stream broke. */
export class IoError {
  readonly #message: string;
  readonly #code: ErrorCode | undefined;

  constructor(message: string, code: ErrorCode | undefined) {
    this.#message = message;
    this.#code = code;
  }

  toDebugString(): string {
    return this.#message;
  }

  static codeOf(error: IoError): ErrorCode | undefined {
    return error.#code;
  }

  [Symbol.dispose](): void {}
}

/** wasi:io/streams `stream-error`. */
export type StreamError = { readonly tag: 'closed' } | { readonly tag: 'last-operation-failed'; readonly val: IoError };

export function throwStream(error: StreamError): never {
  throwWit(error);
}
