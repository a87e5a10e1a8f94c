import type { ErrorCode } from '../error-code.ts';
import { type GuestRequest, REQUEST_BODY } from '../protocol.ts';
import { IncomingBody, OutgoingBody, outputPipe } from './bodies.ts';
import { Fields } from './fields.ts';
import { InputPipe } from './input-stream.ts';
import type { Mailbox } from './mailbox.ts';
import type { Method } from './outgoing.ts';
import type { OutputPipe } from './output-stream.ts';
import { throwWit } from './wit-error.ts';

const KNOWN_METHODS: readonly string[] = ['get', 'head', 'post', 'put', 'delete', 'connect', 'options', 'trace', 'patch'];

/** wasi:http/types `incoming-request`. */
export class IncomingRequest {
  readonly #request: GuestRequest;
  readonly #headers: Fields;
  readonly #pipe: InputPipe;
  #consumed = false;

  constructor(request: GuestRequest, mailbox: Mailbox) {
    this.#request = request;
    this.#headers = Fields.received(request.headers);
    this.#pipe = new InputPipe(mailbox, REQUEST_BODY, request.hasBody ? 'open' : 'ended');
    mailbox.listen(REQUEST_BODY, (event) => this.#pipe.take(event));
  }

  method(): Method {
    const name = this.#request.method.toLowerCase();
    return KNOWN_METHODS.includes(name) ? { tag: name } : { tag: 'other', val: this.#request.method };
  }

  pathWithQuery(): string {
    return this.#request.pathWithQuery;
  }

  scheme(): { readonly tag: 'HTTP' | 'HTTPS' } {
    return { tag: this.#request.scheme };
  }

  authority(): string | undefined {
    return this.#request.authority;
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

/** wasi:http/types `outgoing-response`. */
export class OutgoingResponse {
  readonly #headers: Fields;
  readonly #pipe: OutputPipe;
  #status = 200;
  #bodyTaken = false;

  constructor(headers: Fields) {
    this.#headers = Fields.frozen(headers);
    this.#pipe = outputPipe(headers, 'HTTP-response-body-size');
  }

  statusCode(): number {
    return this.#status;
  }

  setStatusCode(status: number): void {
    if (status < 100 || status > 999) throwWit(undefined);
    this.#status = status;
  }

  headers(): Fields {
    return Fields.frozen(this.#headers.clone());
  }

  body(): OutgoingBody {
    if (this.#bodyTaken) throwWit(undefined);
    this.#bodyTaken = true;
    return new OutgoingBody(this.#pipe);
  }

  /** Hands the response to the main thread. Without a body resource it ends at once. */
  static respond(response: OutgoingResponse, mailbox: Mailbox): void {
    const stream = mailbox.next();
    mailbox.send({ tag: 'respond', status: response.#status, headers: Fields.wire(response.#headers), stream });
    if (!response.#bodyTaken) response.#pipe.finish();
    response.#pipe.attach(mailbox, stream);
  }

  [Symbol.dispose](): void {}
}

/** wasi:http/types `response-outparam`. */
export class ResponseOutparam {
  readonly #mailbox: Mailbox;

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  static set(
    param: ResponseOutparam,
    response: { readonly tag: 'ok'; readonly val: OutgoingResponse } | { readonly tag: 'err'; readonly val: ErrorCode },
  ): void {
    if (response.tag === 'ok') OutgoingResponse.respond(response.val, param.#mailbox);
    else param.#mailbox.send({ tag: 'refuse', code: response.val });
  }

  [Symbol.dispose](): void {}
}
