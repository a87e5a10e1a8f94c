import { once } from 'node:events';
import { Readable } from 'node:stream';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { ResponseSink } from '../../src/adapters/node/exchange.ts';
import { SIGNAL_SLOTS } from '../../src/adapters/node/protocol.ts';
import { Run } from '../../src/adapters/node/run.ts';
import type { Store } from '../../src/adapters/node/store.ts';
import type { Mark, Order, Setup } from './worker.ts';

/** What one request to a fresh instance took. */
export interface Measured {
  readonly status: number;
  readonly text: string;
  readonly bytes: number;
  readonly wallMs: number;
  readonly marks: readonly Mark[];
}

export interface Ask {
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** What the component reads from wasi:config. */
  readonly options: ReadonlyMap<string, string>;
  /** How many times slower than ours the component's clock runs; 1 where it is not given. */
  readonly slowness?: number;
}

const HOST = 'localhost';

/** Runs one request after the other, each in a fresh instance of the component. */
export class MeasuredInstances {
  readonly #worker: Worker;
  readonly #store: Store;

  private constructor(worker: Worker, store: Store) {
    this.#worker = worker;
    this.#store = store;
  }

  static async start(setup: Setup, store: Store): Promise<MeasuredInstances> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: setup, env: {}, argv: [] });
    await once(worker, 'message');
    return new MeasuredInstances(worker, store);
  }

  /** Rejects when the instance is lost, or what it prints says that something went wrong. */
  async ask({ path, headers, body, options, slowness = 1 }: Ask): Promise<Measured> {
    const { port1, port2 } = new MessageChannel();
    const signal = new Int32Array(new SharedArrayBuffer(SIGNAL_SLOTS * Int32Array.BYTES_PER_ELEMENT));
    const bytes = Buffer.from(body);
    const wire = [['host', HOST] as const, ['content-length', String(bytes.length)] as const, ...headers].map(
      ([name, value]) => [name, new Uint8Array(Buffer.from(value))] as const,
    );
    const request = { method: 'POST', scheme: 'HTTP', authority: HOST, pathWithQuery: path, headers: wire } as const;
    const started = performance.now();
    const answer = new Promise<Pick<Measured, 'status' | 'text' | 'bytes'>>((resolve, reject) => {
      const pieces: Uint8Array[] = [];
      let status = 0;
      const sink: ResponseSink = {
        head: (code) => {
          status = code;
        },
        write: (piece, taken) => {
          pieces.push(piece);
          taken();
        },
        end: () => {
          const whole = Buffer.concat(pieces);
          resolve({ status, text: whole.toString(), bytes: whole.length });
        },
        breakOff: () => reject(new Error('the answer broke off')),
        onLeft: () => {},
      };
      new Run({
        request: { ...request, body: Readable.from([bytes]) },
        sink,
        port: port1,
        signal,
        store: this.#store,
        print: () => {},
        onEnd: (result) => {
          if (result.tag === 'trap') reject(new Error(`an instance was lost: ${result.message}`));
        },
      });
    });
    const over = once(this.#worker, 'message');
    const order: Order = { request: { ...request, hasBody: true }, port: port2, signal, options, slowness };
    this.#worker.postMessage(order, [port2]);
    const given = await answer;
    const [marks] = await over;
    // The worker posts nothing else.
    return { ...given, wallMs: performance.now() - started, marks: marks as readonly Mark[] };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
