import type { HeaderList } from '../lib/headers.ts';
import type { JsonObject } from '../lib/json.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import type { Responder } from '../ports/exchange.ts';

/** Answers with JSON and a final line break, so that a shell prompt stays readable. */
export function sendJson(responder: Responder, status: number, value: JsonObject, headers: HeaderList = []): void {
  responder.send(status, [['content-type', 'application/json'], ...headers], encodeUtf8(`${JSON.stringify(value)}\n`));
}

/** A refusal outside MCP: what is wrong, and what to do. */
export function sendError(responder: Responder, status: number, code: string, message: string, headers: HeaderList = []): void {
  sendJson(responder, status, { error: { code, message } }, headers);
}
