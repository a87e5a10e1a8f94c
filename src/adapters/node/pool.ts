import { availableParallelism } from 'node:os';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { CompiledComponent } from './component.ts';
import { type HostRequest, type ResponseSink, sendHostError } from './exchange.ts';
import type { Assignment, WorkerNotice, WorkerSetup } from './guest/worker.ts';
import { SIGNAL_SLEEPS, SIGNAL_SLOTS } from './protocol.ts';
import { Run } from './run.ts';
import type { Store } from './store.ts';

/** Sizes and times of a pool. */
export interface PoolLimits {
  /** Workers that stay even when there is nothing to do. */
  readonly minimum: number;
  /** The most workers, and so the most requests that run at the same time; those in the background do not count. */
  readonly maximum: number;
  /** The most requests that wait for a worker; one more is answered 503. */
  readonly queue: number;
  /** How long a request may wait for a worker before it is answered 503. */
  readonly queueMs: number;
  /**
   * How often another worker may be started for requests that wait. One is started where the running ones wait for something themselves; where they compute, a
   * further one would only take their processor away.
   */
  readonly growEveryMs: number;
  /** After this time another worker is started for a waiting request even where all processors are busy. */
  readonly starvedMs: number;
  /** After this time without work a worker beyond the minimum ends. */
  readonly idleMs: number;
  /** An instance that computes for so long without once waiting counts as hung. */
  readonly computeMs: number;
  /** The longest time of one request in all. */
  readonly requestMs: number;
}

export const DEFAULT_LIMITS: PoolLimits = {
  minimum: 2,
  maximum: 16,
  queue: 512,
  queueMs: 30_000,
  growEveryMs: 20,
  starvedMs: 1_000,
  idleMs: 30_000,
  computeMs: 30_000,
  requestMs: 900_000,
};

/** How often the pool looks for hung instances, waiting requests and idle workers. */
const WATCH_MS = 250;

/** A component on its second failure to start is broken, not unlucky. */
const START_TRIES = 2;

export interface PoolOptions {
  readonly component: CompiledComponent;
  /** What the component reads from wasi:config. */
  readonly config: ReadonlyMap<string, string>;
  readonly store: Store;
  /** Takes what components write to standard error. */
  readonly print: (bytes: Uint8Array) => void;
  /** Is told of traps and lost workers, a line at a time. */
  readonly say: (line: string) => void;
  readonly limits?: Partial<PoolLimits>;
}

interface Waiting {
  readonly request: HostRequest;
  readonly sink: ResponseSink;
  readonly since: number;
  readonly background: boolean;
}

type SlotState =
  | { readonly tag: 'starting' }
  | { readonly tag: 'idle'; readonly since: number }
  | {
      readonly tag: 'running';
      readonly run: Run;
      readonly signal: Int32Array;
      readonly since: number;
      /** What the counter of its sleeps was when the pool last wanted to grow, and when it last looked for hung instances. */
      readonly sleeps: number;
      readonly watched: { readonly sleeps: number; readonly at: number };
      /** The worker has its next instance already: what it says about that and about the run comes over two ports, in any order. */
      readonly renewed: boolean;
      readonly background: boolean;
    }
  /** The request is answered, the worker makes its next instance. */
  | { readonly tag: 'renewing' };

interface Slot {
  readonly worker: Worker;
  state: SlotState;
  /** The options that the worker has. */
  config: ReadonlyMap<string, string>;
}

/** Worker threads that run the component, one request each at a time. */
export class InstancePool {
  readonly #options: PoolOptions;
  readonly #limits: PoolLimits;
  readonly #slots = new Set<Slot>();
  readonly #queue: Waiting[] = [];
  #config: ReadonlyMap<string, string>;
  readonly #watch: NodeJS.Timeout;
  #growTimer: NodeJS.Timeout | undefined;
  #failedStarts = 0;
  #closed = false;
  #whenIdle: (() => void) | undefined;

  private constructor(options: PoolOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#config = options.config;
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
    this.#watch.unref();
  }

  /** A pool whose first worker is ready. Rejects when the component cannot be instantiated. */
  static async start(options: PoolOptions): Promise<InstancePool> {
    const pool = new InstancePool(options);
    try {
      await Promise.all(Array.from({ length: pool.#limits.minimum }, () => pool.#grow()));
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /** Runs a request as soon as a worker is free. Whatever happens, the sink gets an answer. */
  run(request: HostRequest, sink: ResponseSink): void {
    this.#enqueue(request, sink, false);
  }

  /**
   * Runs a request of the host's own, such as one of the collector's, in a worker beside those for everybody else's: it takes none of their places, nor they
   * its own, and nobody waits for its end when the pool settles.
   */
  runInBackground(request: HostRequest, sink: ResponseSink): void {
    this.#enqueue(request, sink, true);
  }

  /** Gives the component other options, from the next request on. */
  reconfigure(config: ReadonlyMap<string, string>): void {
    this.#config = config;
  }

  #enqueue(request: HostRequest, sink: ResponseSink, background: boolean): void {
    if (this.#closed || this.#queue.length >= this.#limits.queue) {
      refuse(sink, this.#closed ? 'This server is shutting down.' : 'Too many requests are waiting; try again in a moment.');
      return;
    }
    const waiting: Waiting = { request, sink, since: performance.now(), background };
    this.#queue.push(waiting);
    sink.onLeft(() => {
      const at = this.#queue.indexOf(waiting);
      if (at !== -1) this.#queue.splice(at, 1);
    });
    this.#assign();
  }

  /** How many workers there are, by what they do. */
  get size(): { readonly workers: number; readonly running: number; readonly waiting: number } {
    const running = [...this.#slots].filter((slot) => slot.state.tag === 'running').length;
    return { workers: this.#slots.size, running, waiting: this.#queue.length };
  }

  /** Resolves when nothing runs or waits any more, at the latest after `ms`. */
  async settle(ms: number): Promise<void> {
    if (this.#isSettled()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends all workers. What still runs is answered with an error. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#growTimer);
    for (const { sink } of this.#queue.splice(0)) refuse(sink, 'This server is shutting down.');
    await Promise.all([...this.#slots].map((slot) => slot.worker.terminate()));
  }

  #isSettled(): boolean {
    return this.#queue.every((waiting) => waiting.background) && !this.#places().some((slot) => slot.state.tag === 'running');
  }

  /** The workers that the limits are about: all but those in the background. */
  #places(): readonly Slot[] {
    return [...this.#slots].filter((slot) => !isBackground(slot));
  }

  /** Takes the next request out of the queue: the oldest, those in the background last, unless all places of the others are taken. */
  #dequeue(): Waiting | undefined {
    const running = this.#places().filter((slot) => slot.state.tag === 'running').length;
    const first = running < this.#limits.maximum ? this.#queue.findIndex((waiting) => !waiting.background) : -1;
    const next = first === -1 ? this.#queue.findIndex((waiting) => waiting.background) : first;
    return next === -1 ? undefined : this.#queue.splice(next, 1)[0];
  }

  /** Gives waiting requests to idle workers, and has the pool grow when some are left over. */
  #assign(): void {
    for (const slot of this.#slots) {
      if (slot.state.tag !== 'idle') continue;
      const waiting = this.#dequeue();
      if (waiting === undefined) break;
      this.#begin(slot, waiting);
    }
    if (this.#queue.length > 0) this.#growSoon();
    if (this.#isSettled()) this.#whenIdle?.();
  }

  #free(slot: Slot): void {
    slot.state = { tag: 'idle', since: performance.now() };
    this.#assign();
  }

  #begin(slot: Slot, { request, sink, background }: Waiting): void {
    const { port1, port2 } = new MessageChannel();
    const signal = new Int32Array(new SharedArrayBuffer(SIGNAL_SLOTS * Int32Array.BYTES_PER_ELEMENT));
    const { body, ...rest } = request;
    const now = performance.now();
    const run = new Run({
      request,
      sink,
      port: port1,
      signal,
      store: this.#options.store,
      print: this.#options.print,
      onEnd: (result, answered) => {
        // What runs in the background when the pool closes, or after its answer, is cut off on purpose.
        const onPurpose = this.#closed && (background || answered);
        if (result.tag === 'trap' && !onPurpose) this.#options.say(`a component instance was lost: ${result.message}`);
        if (slot.state.tag === 'running' && slot.state.renewed) this.#free(slot);
        else slot.state = { tag: 'renewing' };
        if (this.#isSettled()) this.#whenIdle?.();
      },
    });
    slot.state = { tag: 'running', run, signal, since: now, sleeps: 0, watched: { sleeps: 0, at: now }, renewed: false, background };
    const assignment: Assignment = {
      request: { ...rest, hasBody: body !== undefined },
      port: port2,
      signal,
      options: slot.config === this.#config ? undefined : this.#config,
    };
    slot.config = this.#config;
    slot.worker.postMessage(assignment, [port2]);
    // It has taken a place, and leaves one again.
    if (background && this.#places().length < this.#limits.minimum) this.#grow().catch(() => {});
  }

  #growSoon(): void {
    if (this.#growTimer !== undefined || this.#closed) return;
    this.#growTimer = setTimeout(() => {
      this.#growTimer = undefined;
      // A failure is told and counted where it happens.
      if (this.#wantsMore()) this.#grow().catch(() => {});
      if (this.#queue.length > 0) this.#growSoon();
    }, this.#limits.growEveryMs);
    this.#growTimer.unref();
  }

  #wantsMore(): boolean {
    const slots = this.#places();
    const first = this.#queue.find((waiting) => !waiting.background);
    const behind = this.#queue.filter((waiting) => waiting.background).length;
    if (slots.length >= this.#limits.maximum + behind) return false;
    if (first === undefined || slots.length >= this.#limits.maximum)
      return behind > slots.filter((slot) => slot.state.tag !== 'running').length;
    const starting = slots.filter((slot) => slot.state.tag === 'starting').length;
    const computing = slots.filter((slot) => computes(slot)).length;
    if (starting >= this.#queue.length) return false;
    return computing < availableParallelism() || performance.now() - first.since > this.#limits.starvedMs * (starting + 1);
  }

  /** Starts one worker. Resolves when it is ready, rejects when it ends before. */
  #grow(): Promise<void> {
    const { component } = this.#options;
    const config = this.#config;
    const setup: WorkerSetup = { module: component.module, cores: component.cores, options: config };
    const worker = new Worker(new URL('./guest/worker.ts', import.meta.url), {
      workerData: setup,
      // Nothing of the user's environment and of this process's flags reaches the component's thread.
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
      // Standard output may be the MCP connection: whatever a worker prints goes to the log.
      stdout: true,
      stderr: true,
    });
    worker.stdout.on('data', this.#options.print);
    worker.stderr.on('data', this.#options.print);
    const slot: Slot = { worker, state: { tag: 'starting' }, config };
    this.#slots.add(slot);
    return new Promise((resolve, reject) => {
      let reason = 'its thread ended';
      worker.on('message', (_notice: WorkerNotice) => {
        // Both notices mean the same: an instance stands ready.
        this.#failedStarts = 0;
        if (slot.state.tag === 'running') slot.state = { ...slot.state, renewed: true };
        else this.#free(slot);
        resolve();
      });
      worker.on('error', (error) => {
        reason = error instanceof Error ? error.message : String(error);
      });
      worker.on('exit', () => {
        reject(new Error(`the component does not start: ${reason}`));
        this.#lose(slot, reason);
      });
    });
  }

  /** A worker has ended, whatever the cause. Its request is answered, and another takes its place where one is wanted. */
  #lose(slot: Slot, reason: string): void {
    const before = slot.state;
    this.#slots.delete(slot);
    if (before.tag === 'running') before.run.fail(reason);
    if (this.#closed) return;
    if (before.tag === 'starting') {
      this.#failedStarts++;
      this.#options.say(`a worker did not start: ${reason}`);
      if (this.#failedStarts >= START_TRIES && this.#slots.size === 0) {
        for (const { sink } of this.#queue.splice(0))
          sendHostError(sink, 500, 'internal', 'The component does not start; the log of the host says why.');
      }
      return;
    }
    if (this.#places().length < this.#limits.minimum) this.#grow().catch(() => {});
    if (this.#queue.length > 0) this.#growSoon();
  }

  #look(): void {
    const now = performance.now();
    for (const slot of this.#slots) this.#inspect(slot, now);
    while (this.#queue[0] !== undefined && now - this.#queue[0].since > this.#limits.queueMs) {
      const waiting = this.#queue.shift();
      if (waiting !== undefined) refuse(waiting.sink, 'All instances are busy; try again in a moment.');
    }
  }

  #inspect(slot: Slot, now: number): void {
    const { state } = slot;
    if (state.tag === 'idle' && now - state.since > this.#limits.idleMs && this.#places().length > this.#limits.minimum) {
      this.#slots.delete(slot);
      void slot.worker.terminate();
    }
    if (state.tag !== 'running') return;
    const sleeps = Atomics.load(state.signal, SIGNAL_SLEEPS);
    const moved = isOdd(sleeps) || sleeps !== state.watched.sleeps;
    if (moved) slot.state = { ...state, watched: { sleeps, at: now } };
    const hung = !moved && now - state.watched.at > this.#limits.computeMs;
    if (!hung && now - state.since <= this.#limits.requestMs) return;
    state.run.fail(hung ? `it computed for ${this.#limits.computeMs} ms without a pause` : `it ran for ${this.#limits.requestMs} ms`);
    void slot.worker.terminate();
  }
}

/**
 * Whether a worker takes a processor, as opposed to waiting for something outside. A sleep that was not there the last time this was asked does not count yet: most
 * are over at once, because only the store or the socket had to be told something.
 */
function computes(slot: Slot): boolean {
  const { state } = slot;
  if (state.tag !== 'running') return state.tag !== 'idle';
  const sleeps = Atomics.load(state.signal, SIGNAL_SLEEPS);
  slot.state = { ...state, sleeps };
  return !(isOdd(sleeps) && sleeps === state.sleeps);
}

function isBackground({ state }: Slot): boolean {
  return state.tag === 'running' && state.background;
}

function isOdd(count: number): boolean {
  return count % 2 !== 0;
}

function refuse(sink: ResponseSink, message: string): void {
  sendHostError(sink, 503, 'unavailable', message);
}
