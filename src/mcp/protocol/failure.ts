import type { Json } from '../../lib/json.ts';

/** An error of the protocol: it becomes a JSON-RPC error response, so its message must be fit for any caller. */
export class ProtocolError extends Error {
  readonly code: number;
  readonly data: Json | undefined;

  constructor(code: number, message: string, data?: Json) {
    super(message);
    this.name = 'ProtocolError';
    this.code = code;
    this.data = data;
  }
}

/** The client closed its response stream: thrown out of `progress` and `log` to end a call that nobody waits for. */
export class ClientLeft extends Error {
  constructor() {
    super('The client closed the response stream.');
    this.name = 'ClientLeft';
  }
}

// What a caller sent is repeated in error messages, but never at length.
const LONGEST_ECHO = 200;

/** A caller's text, quoted and cut, for an error message. */
export function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST_ECHO ? `${text.slice(0, LONGEST_ECHO)}…` : text);
}
