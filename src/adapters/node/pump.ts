import type { Readable } from 'node:stream';
import { type ErrorCode, errorCodeOf } from './error-code.ts';
import { type HostEvent, owned, STREAM_WINDOW } from './protocol.ts';

export interface PumpOptions {
  readonly source: Readable;
  /** The stream's number on the other side. */
  readonly stream: number;
  readonly post: (event: HostEvent) => void;
  /** The longest silence of the source while it is read; undefined for none. */
  readonly silenceMs?: number;
  /** What a source that closes before its end is called. */
  readonly incomplete: ErrorCode;
}

/** Sends a readable stream to the worker, never more than the window ahead of what the component has read. */
export class Pump {
  readonly #options: PumpOptions;
  #ahead = 0;
  #over = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PumpOptions) {
    this.#options = options;
    const { source, stream, incomplete } = options;
    source.on('data', (chunk: Buffer) => this.#forward(chunk));
    source.on('end', () => this.#finish({ tag: 'end', stream }));
    source.on('error', (error) => this.#finish({ tag: 'broken', stream, code: errorCodeOf(error) }));
    source.on('close', () => this.#finish({ tag: 'broken', stream, code: incomplete }));
    this.#listen();
  }

  /** The component has read that much. */
  consumed(bytes: number): void {
    this.#ahead -= bytes;
    if (this.#over || this.#ahead >= STREAM_WINDOW || !this.#options.source.isPaused()) return;
    this.#options.source.resume();
    this.#listen();
  }

  /** Nothing more is wanted: the source stays with the caller, paused. */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#options.source.pause();
  }

  /** The same, and whoever still reads at the other end learns that nothing more comes. */
  cut(): void {
    this.#finish({ tag: 'broken', stream: this.#options.stream, code: this.#options.incomplete });
    this.#options.source.pause();
  }

  #forward(chunk: Buffer): void {
    if (this.#over) return;
    this.#ahead += chunk.length;
    this.#options.post({ tag: 'bytes', stream: this.#options.stream, bytes: owned(chunk) });
    if (this.#ahead < STREAM_WINDOW) {
      this.#listen();
    } else {
      this.#options.source.pause();
      // The component is slow, not the source: its silence does not count until it is read again.
      clearTimeout(this.#timer);
    }
  }

  #finish(event: HostEvent): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#options.post(event);
  }

  #listen(): void {
    const { silenceMs, source, stream } = this.#options;
    if (silenceMs === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#finish({ tag: 'broken', stream, code: { tag: 'connection-read-timeout' } });
      source.destroy();
    }, silenceMs);
  }
}
