import type { Clock } from '../../ports/clock.ts';
import type { Http, HttpStreams, StreamEvent } from '../../ports/http.ts';
import type { AnswerReader } from './answers.ts';
import type { ApiRequest, Connection } from './requests.ts';

/** Where the API is and who we are to it, for longer than a token may last. */
export interface LiveConnection {
  /** Without a trailing slash; may have a path, as behind a proxy. */
  readonly baseUrl: string;
  /** The bearer token as it is now, empty for none: asked at the beginning, and again when the API refuses the one before. What it throws goes to the caller. */
  readonly token: () => string;
}

/** One request, and who hears of its answer. */
export interface Exchange<Result> {
  /** Makes the request, as who we are now. */
  readonly request: (credentials: Connection) => ApiRequest;
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  readonly reader: AnswerReader<Result>;
  /** Hears each result, and whose token the request bore; says whether there is any use in more of them. */
  readonly take: (result: Result, token: string) => boolean;
  /** The stream is no longer open; called once, before the last `take`. */
  readonly over?: () => void;
}

/** All requests that are under way. */
export class Exchanges {
  readonly #clock: Clock;
  readonly #connection: LiveConnection;
  readonly #streams: HttpStreams;
  readonly #listeners = new Map<number, (event: StreamEvent) => void>();
  #token: string | undefined;
  #requests = 0;
  #bytes = 0;
  #demo = false;

  constructor(http: Http, clock: Clock, connection: LiveConnection) {
    this.#clock = clock;
    this.#connection = connection;
    this.#streams = http.streams();
  }

  /** How many are open. */
  get count(): number {
    return this.#streams.count;
  }

  /** How many were ever sent. */
  get requests(): number {
    return this.#requests;
  }

  /** Of all bodies. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The API calls itself a demo. */
  get demo(): boolean {
    return this.#demo;
  }

  /** Who we are now. */
  get credentials(): Connection {
    this.#token ??= this.#connection.token();
    return { baseUrl: this.#connection.baseUrl, token: this.#token };
  }

  /** Reads the token again, unless that was done since one was refused. */
  renewToken(refused: string): void {
    if (this.#token === refused) this.#token = this.#connection.token();
  }

  open<Result>({ request, timeoutMs, maxBodyBytes, reader, take, over }: Exchange<Result>): void {
    const { credentials } = this;
    const stream = this.#streams.open({ method: 'GET', ...request(credentials), timeoutMs, maxBodyBytes });
    this.#requests++;
    this.#listeners.set(stream, (event) => {
      if (event.tag === 'data') this.#bytes += event.bytes.length;
      const results = reader.take(event, this.#clock.now());
      if (reader.demo) this.#demo = true;
      if (event.tag === 'end' || event.tag === 'failed') this.#forget(stream, over);
      for (const result of results) {
        if (take(result, credentials.token)) continue;
        this.#leave(stream, over);
        return;
      }
    });
  }

  /** Hears what happened; blocks until something did, or for `maxWaitMs`. */
  poll(maxWaitMs: number): void {
    if (this.#listeners.size === 0) {
      if (maxWaitMs > 0) this.#clock.sleep(maxWaitMs);
      return;
    }
    for (const event of this.#streams.next(maxWaitMs)) this.#listeners.get(event.stream)?.(event);
  }

  closeAll(): void {
    this.#streams.closeAll();
    this.#listeners.clear();
  }

  #leave(stream: number, over: (() => void) | undefined): void {
    if (!this.#listeners.has(stream)) return;
    this.#streams.close(stream);
    this.#forget(stream, over);
  }

  #forget(stream: number, over: (() => void) | undefined): void {
    if (this.#listeners.delete(stream)) over?.();
  }
}
