/** What a client takes as an answer. `sse` only where it names `text/event-stream` itself, not through a wildcard. */
export interface Accepted {
  readonly json: boolean;
  readonly sse: boolean;
}

const EVERYTHING: Accepted = { json: true, sse: false };

/**
 * Reads an Accept header (RFC 9110, section 12.5.1). The protocol wants both `application/json` and `text/event-stream` in it (2025-03-26,
 * basic/transports, sending messages); the SDK's servers answer 406 otherwise. We take what a person types: no header and `*\/*` (curl's
 * own) get JSON, and either of the two types alone is enough.
 */
export function readAccept(header: string | undefined): Accepted {
  if (header === undefined || header.trim() === '') return EVERYTHING;
  let json = false;
  let sse = false;
  for (const part of header.split(',')) {
    const [type = '', ...parameters] = part.toLowerCase().split(';');
    if (parameters.some((parameter) => /^\s*q\s*=\s*0(\.0*)?\s*$/.test(parameter))) continue;
    switch (type.trim()) {
      case 'application/json':
      case 'application/*':
      case '*/*':
        json = true;
        break;
      case 'text/event-stream':
        sse = true;
        break;
    }
  }
  return { json, sse };
}
