import { Readable, type Writable } from 'node:stream';
import type { HostRequest, ResponseSink } from '../../adapters/node/exchange.ts';
import type { WireHeaders } from '../../adapters/node/protocol.ts';
import { isObject } from '../../lib/json.ts';
import { EventReader } from './event-reader.ts';
import { LineReader } from './line-reader.ts';

export interface StdioOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly run: (request: HostRequest, sink: ResponseSink) => void;
}

/** The longest line; the component's own limit (MAX_BODY_BYTES) is usually lower and answers better. */
const MAX_LINE_BYTES = 67_108_864;

const INTERNAL_ERROR = -32603;
const INVALID_REQUEST = -32600;
const PROTOCOL_VERSION = 'io.modelcontextprotocol/protocolVersion';

/** Which parameter the header `Mcp-Name` repeats (2026-07-28, basic/transports/streamable-http, standard request headers). */
const NAMED_BY: Readonly<Record<string, string>> = { 'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri' };

/**
 * MCP over standard input and output (basic/transports, stdio: a message a line). Each message goes to the component as the HTTP request that it would be over
 * Streamable HTTP, at once and beside all others; what comes back is written as it comes. The SDK's own transport is not used because it refuses
 * messages it cannot parse without an answer, and batches; here the component says what is wrong with them, as it does over HTTP.
 * Resolves when the input has ended and everything is answered.
 */
export async function serveStdio({ input, output, run }: StdioOptions): Promise<void> {
  const session = new Session(output, run);
  const lines = new LineReader(MAX_LINE_BYTES);
  for await (const chunk of input) {
    for (const line of lines.push(chunk)) session.take(line);
  }
  const last = lines.end();
  if (last !== undefined) session.take(last);
  await session.settled();
}

class Session {
  readonly #output: Writable;
  readonly #run: StdioOptions['run'];
  /** What runs, by the JSON of the request's id, so that it can be cancelled. */
  readonly #running = new Map<StdioSink, string | undefined>();
  #version: string | undefined;
  #whenSettled: (() => void) | undefined;

  constructor(output: Writable, run: StdioOptions['run']) {
    this.#output = output;
    this.#run = run;
  }

  take(line: Uint8Array | 'too-long'): void {
    if (line === 'too-long') {
      this.#write(errorMessage(null, INVALID_REQUEST, `The message is longer than ${MAX_LINE_BYTES} bytes.`));
      return;
    }
    if (line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)) return;
    const message = parse(line);
    const { method, params, id: wireId } = fieldsOf(message);
    if (method === 'notifications/cancelled') {
      this.#cancel(fieldsOf(params));
      return;
    }
    const id = wireId === undefined ? undefined : JSON.stringify(wireId);
    const sink = new StdioSink(id, {
      message: (text) => {
        this.#learnVersion(message, text);
        this.#write(text);
      },
      ended: () => this.#ended(sink),
    });
    this.#running.set(sink, id);
    this.#run(requestFor(line, message, this.#version), sink);
  }

  async settled(): Promise<void> {
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenSettled = resolve;
    });
  }

  /** Over HTTP a stateless request is cancelled by leaving, so that is what the component sees. */
  #cancel({ requestId }: Fields): void {
    const wanted = JSON.stringify(requestId);
    for (const [sink, id] of this.#running) if (id !== undefined && id === wanted) sink.leave();
  }

  #ended(sink: StdioSink): void {
    this.#running.delete(sink);
    if (this.#running.size === 0) this.#whenSettled?.();
  }

  /** What `initialize` settled is said with every later message (2025-06-18, basic/transports, protocol version header). */
  #learnVersion(request: unknown, answer: string): void {
    if (fieldsOf(request).method !== 'initialize') return;
    const { protocolVersion } = fieldsOf(fieldsOf(JSON.parse(answer)).result);
    if (typeof protocolVersion === 'string') this.#version = protocolVersion;
  }

  #write(text: string): void {
    this.#output.write(`${text}\n`);
  }
}

interface SinkEvents {
  /** One JSON-RPC message, or a batch of them, as a line of JSON. */
  readonly message: (text: string) => void;
  readonly ended: () => void;
}

/** Turns the HTTP answer to one message back into messages. */
class StdioSink implements ResponseSink {
  readonly #id: string | undefined;
  readonly #events: SinkEvents;
  readonly #decoder = new TextDecoder();
  readonly #leftListeners: (() => void)[] = [];
  #eventReader: EventReader | undefined;
  #body = '';
  #answered = false;
  #over = false;

  constructor(id: string | undefined, events: SinkEvents) {
    this.#id = id;
    this.#events = events;
  }

  head(_status: number, headers: WireHeaders): void {
    const type = headers.find(([name]) => name === 'content-type')?.[1];
    if (type !== undefined && Buffer.from(type).toString('latin1').startsWith('text/event-stream')) this.#eventReader = new EventReader();
  }

  write(bytes: Uint8Array, taken: () => void): void {
    if (this.#over) return;
    const text = this.#decoder.decode(bytes, { stream: true });
    if (this.#eventReader === undefined) this.#body += text;
    else for (const data of this.#eventReader.push(text)) this.#tell(data);
    taken();
  }

  end(): void {
    if (this.#over) return;
    if (this.#eventReader === undefined && this.#body.trim() !== '') this.#tell(this.#body);
    this.#close('The server ended without an answer.');
  }

  breakOff(): void {
    if (!this.#over) this.#close('The server broke off; its log says why.');
  }

  onLeft(listener: () => void): void {
    this.#leftListeners.push(listener);
  }

  /** The client does not want the answer any more. */
  leave(): void {
    if (this.#over) return;
    this.#over = true;
    for (const listener of this.#leftListeners) listener();
    this.#events.ended();
  }

  #tell(text: string): void {
    const message = parse(Buffer.from(text));
    if (!isRpc(message)) return;
    if (fieldsOf(message).method === undefined) this.#answered = true;
    this.#events.message(JSON.stringify(message));
  }

  /** A request always gets an answer, also where the host had to answer in the component's place. */
  #close(problem: string): void {
    this.#over = true;
    if (this.#id !== undefined && !this.#answered) {
      const { message } = fieldsOf(fieldsOf(parse(Buffer.from(this.#body))).error);
      this.#events.message(errorMessage(JSON.parse(this.#id), INTERNAL_ERROR, typeof message === 'string' ? message : problem));
    }
    this.#events.ended();
  }
}

/** The members that are looked at, of whatever has come. */
interface Fields {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
  readonly message?: unknown;
  readonly requestId?: unknown;
  readonly protocolVersion?: unknown;
  readonly _meta?: unknown;
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

function isRpc(value: unknown): boolean {
  return Array.isArray(value) ? value.some(isRpc) : fieldsOf(value).jsonrpc === '2.0';
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

function errorMessage(id: unknown, code: number, message: string): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } });
}

function requestFor(line: Uint8Array, message: unknown, version: string | undefined): HostRequest {
  const headers: [string, string][] = [
    ['content-type', 'application/json'],
    ['content-length', String(line.length)],
    ['accept', 'application/json, text/event-stream'],
  ];
  const { method, params } = fieldsOf(message);
  const meta = fieldsOf(params)._meta;
  const stateless = isObject(meta) ? meta[PROTOCOL_VERSION] : undefined;
  const said = typeof stateless === 'string' ? stateless : version;
  if (said !== undefined) headers.push(['mcp-protocol-version', headerValue(said)]);
  if (typeof stateless === 'string' && typeof method === 'string') {
    headers.push(['mcp-method', headerValue(method)]);
    const name = isObject(params) ? params[NAMED_BY[method] ?? ''] : undefined;
    if (typeof name === 'string') headers.push(['mcp-name', headerValue(name)]);
  }
  return {
    method: 'POST',
    scheme: 'HTTP',
    authority: 'localhost',
    pathWithQuery: '/v1/mcp',
    headers: headers.map(([name, value]) => [name, Buffer.from(value, 'latin1')]),
    body: Readable.from([Buffer.from(line)]),
  };
}

/** As it is where a header can carry it, else in the transport's base64 form (2026-07-28, basic/transports/streamable-http, value encoding). */
function headerValue(text: string): string {
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith('=?')
    ? text
    : `=?base64?${Buffer.from(text).toString('base64')}?=`;
}
