import { StoreFailure } from './store.ts';

/** One connection to a server, from its handshake to its end. */
export interface Link<Client> {
  readonly client: Client;
  /** Resolves when the connection is lost or ended; never rejects. */
  readonly lost: Promise<void>;
  readonly end: () => Promise<void>;
}

/** Times, in milliseconds. */
export interface ConnectionLimits {
  /** How long an operation may take, connecting included. */
  readonly operationMs: number;
  /** A connection on which nothing was answered for so long is given up; on the way, a firewall may have forgotten it. */
  readonly silenceMs: number;
  /** After an attempt to connect failed, operations fail for so long without another. */
  readonly retryMs: number;
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = { operationMs: 3_000, silenceMs: 10_000, retryMs: 250 };

export interface ConnectionOptions<Client> {
  /** What the server is, for messages; never with credentials. */
  readonly name: string;
  /** One attempt, that comes to an end by itself. */
  readonly connect: () => Promise<Link<Client>>;
  /** What went wrong in a few words of our own: an error's text may quote a value or a password. */
  readonly explain: (error: unknown) => string;
  /** Is told when the server cannot be reached, and when it can again, a line at a time. */
  readonly say: (line: string) => void;
  readonly limits?: Partial<ConnectionLimits> | undefined;
}

/** How an operation ends that its server left without an answer. */
class Unanswered extends Error {}

/**
 * A connection that is made when it is needed, and made anew after it was lost.
 *
 * The clients of stores can do that themselves, but they keep what could not be sent and send it once the server is back: a write that was reported as
 * failed would come true minutes later, over newer ones. So here a lost connection is never revived, and what was under way on it has failed.
 */
export class KeptConnection<Client> {
  readonly #options: ConnectionOptions<Client>;
  readonly #limits: ConnectionLimits;
  /** Rejects the operations under way, by the link they run on. */
  readonly #running = new Map<Link<Client>, Set<(error: Error) => void>>();
  #link: Promise<Link<Client>> | undefined;
  #failure: { readonly error: unknown; readonly at: number } | undefined;
  /** Since when nothing has been answered although something was asked. */
  #silentSince: number | undefined;
  #closed = false;

  constructor(options: ConnectionOptions<Client>) {
    this.#options = options;
    this.#limits = { ...DEFAULT_CONNECTION_LIMITS, ...options.limits };
  }

  /**
   * Runs an operation on the connection. Rejects with `StoreFailure`: its own, or one that says what is wrong with the server. A failed write may have been
   * carried out all the same.
   */
  async run<Result>(operation: (client: Client) => Promise<Result>): Promise<Result> {
    const deadline = performance.now() + this.#limits.operationMs;
    try {
      const link = await this.#inTime(this.#connected(), deadline);
      return await this.#on(link, operation, deadline);
    } catch (error) {
      throw error instanceof StoreFailure ? error : this.#failed(this.#why(error));
    }
  }

  /** Ends the connection for good. What is under way fails. */
  async close(): Promise<void> {
    this.#closed = true;
    const link = await this.#link?.catch(() => undefined);
    await link?.end();
  }

  #failed(why: string): StoreFailure {
    return new StoreFailure({ tag: 'other', val: `${this.#options.name}: ${why}` });
  }

  #why(error: unknown): string {
    return error instanceof Unanswered ? error.message : this.#options.explain(error);
  }

  /** The connection, that of an attempt which is under way, or a new one. */
  #connected(): Promise<Link<Client>> {
    if (this.#closed) return Promise.reject(new Unanswered('the connection is closed'));
    if (this.#failure !== undefined && performance.now() - this.#failure.at < this.#limits.retryMs)
      return Promise.reject(this.#failure.error);
    this.#link ??= this.#connect();
    return this.#link;
  }

  async #connect(): Promise<Link<Client>> {
    try {
      const link = await this.#options.connect();
      if (this.#failure !== undefined) this.#options.say(`${this.#options.name} answers again`);
      this.#failure = undefined;
      this.#silentSince = undefined;
      this.#running.set(link, new Set());
      void link.lost.then(() => this.#lose(link));
      return link;
    } catch (error) {
      if (this.#failure === undefined && !this.#closed) this.#options.say(`${this.#options.name} cannot be reached: ${this.#why(error)}`);
      this.#failure = { error, at: performance.now() };
      this.#link = undefined;
      throw error;
    }
  }

  #lose(link: Link<Client>): void {
    this.#link = undefined;
    for (const reject of this.#running.get(link) ?? []) reject(new Unanswered('the connection was lost before the answer came'));
    this.#running.delete(link);
  }

  async #on<Result>(link: Link<Client>, operation: (client: Client) => Promise<Result>, deadline: number): Promise<Result> {
    const running = this.#running.get(link);
    if (running === undefined) throw new Unanswered('the connection was lost');
    const { promise: cut, reject } = Promise.withResolvers<never>();
    // Whatever comes second, answer or loss, is nobody's concern.
    cut.catch(() => {});
    running.add(reject);
    this.#silentSince ??= performance.now();
    try {
      const result = await this.#inTime(Promise.race([operation(link.client), cut]), deadline);
      this.#silentSince = undefined;
      return result;
    } catch (error) {
      // An error is an answer too, unless there was none.
      if (!(error instanceof Unanswered)) this.#silentSince = undefined;
      else if (this.#silentSince !== undefined && performance.now() - this.#silentSince >= this.#limits.silenceMs) void link.end();
      throw error;
    } finally {
      running.delete(reject);
    }
  }

  async #inTime<Result>(promise: Promise<Result>, deadline: number): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Unanswered(`no answer within ${this.#limits.operationMs} ms`)), deadline - performance.now());
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
