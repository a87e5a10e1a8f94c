import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { type ErrorCode, errorCodeOf } from './error-code.ts';
import type { HostEvent, OutgoingCall, WireHeaders } from './protocol.ts';
import { Pump } from './pump.ts';

/**
 * A connection for each call, as wasmtime makes them: a kept one may have been closed by the other side, and then an honest request fails. Agents of our own also
 * mean that no proxy out of the user's environment comes in between.
 */
const AGENTS = { http: new http.Agent({ keepAlive: false }), https: new https.Agent({ keepAlive: false }) };

/** Names in lower case, values byte for byte: Node hands header text over as latin1. */
export function wireHeaders(raw: readonly string[]): WireHeaders {
  const headers: [string, Uint8Array][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    headers.push([(raw[i] ?? '').toLowerCase(), new Uint8Array(Buffer.from(raw[i + 1] ?? '', 'latin1'))]);
  }
  return headers;
}

/** Header lines for Node, in the flat form that keeps order and repetitions. */
export function rawHeaders(headers: WireHeaders): string[] {
  return headers.flatMap(([name, value]) => [name, Buffer.from(value).toString('latin1')]);
}

/** One outgoing HTTP call of the component, in the main thread. */
export class UpstreamCall {
  readonly #number: number;
  readonly #call: OutgoingCall;
  readonly #post: (event: HostEvent) => void;
  readonly #request: ClientRequest | undefined;
  #pump: Pump | undefined;
  #settled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(number: number, call: OutgoingCall, post: (event: HostEvent) => void) {
    this.#number = number;
    this.#call = call;
    this.#post = post;
    try {
      this.#request = this.#open();
    } catch (error) {
      this.#fail(errorCodeOf(error));
    }
  }

  get bodyStream(): number | undefined {
    return this.#call.body;
  }

  /** A piece of the request's body. `taken` when it has been handed on. */
  write(bytes: Uint8Array, taken: () => void): void {
    if (this.#request === undefined || this.#request.destroyed) return;
    this.#frame(this.#request);
    this.#request.write(bytes, (error) => {
      if (!error) taken();
    });
  }

  finishBody(): void {
    this.#request?.end();
  }

  hasten(): void {
    if (this.#request === undefined || this.#request.headersSent) return;
    this.#frame(this.#request);
    this.#request.flushHeaders();
  }

  /** Before headers leave ahead of the end of a body of unknown length. Node would send such a body without framing for GET and DELETE. */
  #frame(request: ClientRequest): void {
    if (!request.headersSent && !request.hasHeader('content-length')) request.setHeader('transfer-encoding', 'chunked');
  }

  consumed(bytes: number): void {
    this.#pump?.consumed(bytes);
  }

  /** Ends the call, whatever it has come to, and closes its connection. */
  cancel(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#pump?.stop();
    this.#request?.destroy();
  }

  #open(): ClientRequest {
    const { scheme, authority, method, path, headers, body, connectTimeoutMs } = this.#call;
    const { hostname, port } = new URL(`${scheme}://${authority}`);
    const secure = scheme === 'https';
    const request = (secure ? https : http).request({
      agent: AGENTS[scheme],
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      method,
      path,
      setHost: false,
    });
    // One by one: headers given as a list are fixed at once, before it is known whether a body comes and how it is framed.
    request.setHeader('host', authority);
    for (const [name, value] of headers) request.appendHeader(name, Buffer.from(value).toString('latin1'));
    this.#expire(connectTimeoutMs, { tag: 'connection-timeout' });
    request.on('socket', (socket) => socket.once(secure ? 'secureConnect' : 'connect', () => this.#connected()));
    request.on('response', (response) => this.#receive(response));
    request.on('error', (error) => this.#fail(errorCodeOf(error)));
    request.on('close', () => this.#stopBody());
    if (body === undefined) request.end();
    else if (headers.some(([name]) => name === 'content-length')) request.flushHeaders();
    return request;
  }

  #connected(): void {
    if (!this.#settled) this.#expire(this.#call.firstByteTimeoutMs, { tag: 'connection-read-timeout' });
  }

  #receive(response: IncomingMessage): void {
    if (this.#settled) {
      response.destroy();
      return;
    }
    this.#settled = true;
    clearTimeout(this.#timer);
    // A server that has answered without reading the whole body reads no more of it: the connection is not kept.
    response.on('end', () => this.#stopBody());
    this.#post({ tag: 'response', call: this.#number, status: response.statusCode ?? 0, headers: wireHeaders(response.rawHeaders) });
    this.#pump = new Pump({
      source: response,
      stream: this.#number,
      post: this.#post,
      silenceMs: this.#call.betweenBytesTimeoutMs,
      incomplete: { tag: 'HTTP-response-incomplete' },
    });
  }

  #stopBody(): void {
    const { body } = this.#call;
    if (body !== undefined && this.#request?.writableFinished !== true) this.#post({ tag: 'gone', stream: body });
  }

  #expire(ms: number, code: ErrorCode): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#fail(code);
      this.#request?.destroy();
    }, ms);
  }

  #fail(code: ErrorCode): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#post({ tag: 'failed', call: this.#number, code });
  }
}
