import type { ErrorCode } from '../error-code.ts';
import type { HostEvent } from '../protocol.ts';
import { IncomingBody, OutgoingBody, outputPipe } from './bodies.ts';
import { Fields } from './fields.ts';
import { InputPipe } from './input-stream.ts';
import type { Mailbox } from './mailbox.ts';
import type { OutputPipe } from './output-stream.ts';
import { Pollable, type Waitable } from './poll.ts';
import { throwWit } from './wit-error.ts';

/** wasi:http/types `method`: the known names in lower case, any other as `other`. */
export type Method = { readonly tag: string; readonly val?: string };
type Scheme = { readonly tag: 'HTTP' | 'HTTPS' } | { readonly tag: 'other'; readonly val: string };

/** RFC 9110 section 9.1: a method is a token. */
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
/** RFC 3986 section 3.2 without user information, which no request may carry. */
const AUTHORITY = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
/** Printable ASCII without spaces, not a whole URL and without a fragment. */
const PATH = /^[/?*][\x21\x22\x24-\x7e]*$/;

/** What wasmtime allows where a component sets no limit. */
const DEFAULT_TIMEOUT_MS = 600_000;
const NANOSECONDS_PER_MS = 1e6;

function methodName(method: Method): string {
  return (method.tag === 'other' ? (method.val ?? '') : method.tag).toUpperCase();
}

/** wasi:http/types `outgoing-request`. */
export class OutgoingRequest {
  readonly #headers: Fields;
  readonly #pipe: OutputPipe;
  #method: Method = { tag: 'get' };
  #scheme: Scheme | undefined;
  #authority: string | undefined;
  #path: string | undefined;
  #bodyTaken = false;

  constructor(headers: Fields) {
    this.#headers = Fields.frozen(headers);
    this.#pipe = outputPipe(headers, 'HTTP-request-body-size');
  }

  body(): OutgoingBody {
    if (this.#bodyTaken) throwWit(undefined);
    this.#bodyTaken = true;
    return new OutgoingBody(this.#pipe);
  }

  method(): Method {
    return this.#method;
  }

  setMethod(method: Method): void {
    if (!METHOD.test(methodName(method))) throwWit(undefined);
    this.#method = method;
  }

  pathWithQuery(): string | undefined {
    return this.#path;
  }

  setPathWithQuery(path: string | undefined): void {
    if (path !== undefined && !PATH.test(path)) throwWit(undefined);
    this.#path = path;
  }

  scheme(): Scheme | undefined {
    return this.#scheme;
  }

  setScheme(scheme: Scheme | undefined): void {
    this.#scheme = scheme;
  }

  authority(): string | undefined {
    return this.#authority;
  }

  setAuthority(authority: string | undefined): void {
    if (authority !== undefined && !AUTHORITY.test(authority)) throwWit(undefined);
    this.#authority = authority;
  }

  headers(): Fields {
    return Fields.frozen(this.#headers.clone());
  }

  /** Hands the request to the main thread. Throws an error code where it cannot be sent at all. */
  static send(request: OutgoingRequest, options: RequestOptions | undefined, mailbox: Mailbox): FutureIncomingResponse {
    const scheme = request.#scheme?.tag ?? 'HTTPS';
    const authority = request.#authority;
    if (authority === undefined || scheme === 'other') throwWit({ tag: 'HTTP-request-URI-invalid' });
    const call = mailbox.next();
    const body = request.#bodyTaken ? mailbox.next() : undefined;
    mailbox.send({
      tag: 'send',
      call,
      request: {
        method: methodName(request.#method),
        scheme: scheme === 'HTTP' ? 'http' : 'https',
        authority,
        path: request.#path ?? '/',
        headers: Fields.wire(request.#headers),
        body,
        ...RequestOptions.timeouts(options),
      },
    });
    if (body !== undefined) request.#pipe.attach(mailbox, body);
    return new FutureIncomingResponse(new Call(mailbox, call, request.#pipe));
  }

  [Symbol.dispose](): void {}
}

/** wasi:http/types `request-options`. Durations are nanoseconds as bigint. */
export class RequestOptions {
  #connect: bigint | undefined;
  #firstByte: bigint | undefined;
  #betweenBytes: bigint | undefined;

  connectTimeout(): bigint | undefined {
    return this.#connect;
  }

  setConnectTimeout(duration: bigint | undefined): void {
    this.#connect = duration;
  }

  firstByteTimeout(): bigint | undefined {
    return this.#firstByte;
  }

  setFirstByteTimeout(duration: bigint | undefined): void {
    this.#firstByte = duration;
  }

  betweenBytesTimeout(): bigint | undefined {
    return this.#betweenBytes;
  }

  setBetweenBytesTimeout(duration: bigint | undefined): void {
    this.#betweenBytes = duration;
  }

  static timeouts(options: RequestOptions = new RequestOptions()) {
    const ms = (duration: bigint | undefined) =>
      duration === undefined ? DEFAULT_TIMEOUT_MS : Math.min(DEFAULT_TIMEOUT_MS, Number(duration) / NANOSECONDS_PER_MS);
    return {
      connectTimeoutMs: ms(options.#connect),
      firstByteTimeoutMs: ms(options.#firstByte),
      betweenBytesTimeoutMs: ms(options.#betweenBytes),
    };
  }

  [Symbol.dispose](): void {}
}

type Outcome = { readonly tag: 'ok'; readonly val: IncomingResponse } | { readonly tag: 'err'; readonly val: ErrorCode };

/** One outgoing call: the answer's head, when it has come, and its body. */
class Call implements Waitable {
  readonly mailbox: Mailbox;
  readonly #number: number;
  readonly #request: OutputPipe;
  readonly pipe: InputPipe;
  #outcome: Outcome | undefined;

  constructor(mailbox: Mailbox, number: number, request: OutputPipe) {
    this.mailbox = mailbox;
    this.#number = number;
    this.#request = request;
    this.pipe = new InputPipe(mailbox, number);
    mailbox.listen(number, (event) => this.#take(event));
  }

  #take(event: HostEvent): void {
    if (event.tag === 'response')
      this.#outcome = { tag: 'ok', val: new IncomingResponse(event.status, Fields.received(event.headers), this.pipe) };
    else if (event.tag === 'failed') this.#outcome = { tag: 'err', val: event.code };
    else this.pipe.take(event);
  }

  isReady(): boolean {
    return this.#outcome !== undefined;
  }

  outcome(): Outcome | undefined {
    this.mailbox.drain();
    return this.#outcome;
  }

  /** Called when the component wants the answer: a request whose body is still open must have its headers on the way by then. */
  hasten(): void {
    if (this.#outcome === undefined && this.#request.isOpen) this.mailbox.send({ tag: 'hasten', call: this.#number });
  }
}

/** wasi:http/types `future-incoming-response`. Dropped before the answer was taken, it ends the call. */
export class FutureIncomingResponse {
  readonly #call: Call;
  #taken = false;

  constructor(call: Call) {
    this.#call = call;
  }

  subscribe(): Pollable {
    this.#call.hasten();
    return new Pollable(this.#call);
  }

  get(): { readonly tag: 'ok'; readonly val: Outcome } | { readonly tag: 'err'; readonly val: undefined } | undefined {
    if (this.#taken) return { tag: 'err', val: undefined };
    const outcome = this.#call.outcome();
    if (outcome === undefined) return undefined;
    this.#taken = true;
    return { tag: 'ok', val: outcome };
  }

  [Symbol.dispose](): void {
    if (!this.#taken) this.#call.pipe.cancel();
  }
}

/** wasi:http/types `incoming-response`. Dropped before its body was taken, it ends the call. */
export class IncomingResponse {
  readonly #status: number;
  readonly #headers: Fields;
  readonly #pipe: InputPipe;
  #consumed = false;

  constructor(status: number, headers: Fields, pipe: InputPipe) {
    this.#status = status;
    this.#headers = headers;
    this.#pipe = pipe;
  }

  status(): number {
    return this.#status;
  }

  headers(): Fields {
    return this.#headers;
  }

  consume(): IncomingBody {
    if (this.#consumed) throwWit(undefined);
    this.#consumed = true;
    return new IncomingBody(this.#pipe);
  }

  [Symbol.dispose](): void {
    if (!this.#consumed) this.#pipe.cancel();
  }
}
