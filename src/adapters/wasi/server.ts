import {
  Fields,
  type Method,
  OutgoingBody,
  OutgoingResponse,
  ResponseOutparam,
  type IncomingRequest as WasiIncomingRequest,
} from 'wasi:http/types@0.2.12';
import { type HeaderList, header } from '../../lib/headers.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/utf8.ts';
import type { IncomingRequest, Responder } from '../../ports/exchange.ts';
import { dispose } from './resource.ts';
import { readAll, writeAll } from './stream.ts';

/**
 * Bodies up to this size are written before the response is handed over, which saves the host a round trip; above it the host must already be reading
 * while we write, or both wait for ever.
 */
const WRITE_FIRST_LIMIT = 65_536;

/** wasi:http's incoming request and response-outparam as our exchange port. */
export function wasiExchange(
  request: WasiIncomingRequest,
  out: ResponseOutparam,
): { readonly request: IncomingRequest; readonly responder: Responder; readonly answered: () => boolean } {
  let answered = false;
  const responder: Responder = {
    send: (status, headers, body) => {
      answered = true;
      sendWhole(out, status, headers, body);
    },
    stream: (status, headers) => {
      answered = true;
      return openStream(out, status, headers);
    },
  };
  return { request: incoming(request), responder, answered: () => answered };
}

function incoming(request: WasiIncomingRequest): IncomingRequest {
  const target = request.pathWithQuery() ?? '/';
  const mark = target.indexOf('?');
  const headers = readHeaders(request);
  const authority = request.authority();
  return {
    method: methodName(request.method()),
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    // Hosts differ in whether the authority also stands among the headers.
    headers: authority === undefined || header(headers, 'host') !== undefined ? headers : [['host', authority], ...headers],
    body: (maxBytes) => readBody(request, headers, maxBytes),
  };
}

function readHeaders(request: WasiIncomingRequest): HeaderList {
  const fields = request.headers();
  const headers = fields.entries().map(([name, value]) => [name.toLowerCase(), decodeUtf8(value)] as const);
  dispose(fields);
  return headers;
}

function methodName(method: Method): string {
  return (method.tag === 'other' ? method.val : method.tag).toUpperCase();
}

/** A body that breaks off reads as empty: its client is gone, and nothing of what came by then may be carried out. */
function readBody(request: WasiIncomingRequest, headers: HeaderList, maxBytes: number): Uint8Array | 'too-large' {
  const announced = Number(header(headers, 'content-length') ?? 0);
  if (announced > maxBytes) return 'too-large';
  const body = request.consume();
  const stream = body.stream();
  const bytes = readAll(stream, maxBytes);
  dispose(stream, body);
  return bytes === 'broken' ? new Uint8Array(0) : bytes;
}

function newResponse(status: number, headers: HeaderList): OutgoingResponse {
  const response = new OutgoingResponse(Fields.fromList(headers.map(([name, value]) => [name, encodeUtf8(value)])));
  response.setStatusCode(status);
  return response;
}

function sendWhole(out: ResponseOutparam, status: number, headers: HeaderList, bytes: Uint8Array): void {
  const response = newResponse(status, status === 204 ? headers : [...headers, ['content-length', String(bytes.length)]]);
  const body = response.body();
  const early = bytes.length <= WRITE_FIRST_LIMIT;
  if (!early) ResponseOutparam.set(out, { tag: 'ok', val: response });
  if (bytes.length > 0) {
    const stream = body.write();
    writeAll(stream, bytes);
    dispose(stream);
  }
  if (early) ResponseOutparam.set(out, { tag: 'ok', val: response });
  finish(body);
}

/** Ends a body. The host may say that the client has left, or that fewer bytes came than announced because of it: nobody is there to be told. */
function finish(body: OutgoingBody): void {
  try {
    OutgoingBody.finish(body, undefined);
  } catch {
    // The body is the host's by now, whatever it said.
  }
}

function openStream(out: ResponseOutparam, status: number, headers: HeaderList): ReturnType<Responder['stream']> {
  const response = newResponse(status, headers);
  const body = response.body();
  const stream = body.write();
  ResponseOutparam.set(out, { tag: 'ok', val: response });
  let open = true;
  let connected = true;
  return {
    write: (bytes) => {
      if (open && connected) connected = writeAll(stream, bytes);
      return connected;
    },
    end: () => {
      if (!open) return;
      open = false;
      dispose(stream);
      finish(body);
    },
  };
}
