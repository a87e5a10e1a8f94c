import type { ErrorCode } from '../error-code.ts';
import { type HostEvent, STREAM_WINDOW } from '../protocol.ts';
import type { InputStream } from './input-stream.ts';
import { IoError, throwStream } from './io-error.ts';
import type { Mailbox } from './mailbox.ts';
import { Pollable, type Waitable } from './poll.ts';

/** The most that the `blocking-write…-and-flush` functions take in one call, by the interface. */
const BLOCKING_WRITE_LIMIT = 4096;

/** Where an output stream's bytes go. All three throw a stream error once nobody takes them any more. */
export interface Sink extends Waitable {
  /** How many bytes may be written now. */
  room(): number;
  write(bytes: Uint8Array): void;
  /** Asks that everything be handed on; there is no room until it is. */
  flush(): void;
}

/** The size that the header announced, and the error to give when the body has another. */
export interface AnnouncedSize {
  readonly bytes: number;
  readonly error: ErrorCode;
}

/**
 * Bytes on their way from the component to the main thread. Until the request or response they belong to has been handed over they are kept here, up to
 * the window.
 */
export class OutputPipe implements Sink {
  mailbox: Mailbox | undefined;
  readonly #announced: AnnouncedSize | undefined;
  readonly #kept: Uint8Array[] = [];
  #stream = 0;
  #state: 'open' | 'gone' | 'finished' | 'aborted' = 'open';
  #room = STREAM_WINDOW;
  #flushing = false;
  #written = 0;

  constructor(announced: AnnouncedSize | undefined) {
    this.#announced = announced;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Connects the pipe to a stream that the main thread has been told of, and hands over what was kept. */
  attach(mailbox: Mailbox, stream: number): void {
    this.mailbox = mailbox;
    this.#stream = stream;
    mailbox.listen(stream, (event) => this.#take(event));
    for (const bytes of this.#kept.splice(0)) mailbox.send({ tag: 'write', stream, bytes });
    if (this.#state === 'finished' || this.#state === 'aborted') this.#close();
  }

  #take(event: HostEvent): void {
    if (event.tag === 'gone' && this.#state === 'open') this.#state = 'gone';
    if (event.tag !== 'room') return;
    this.#room += event.bytes;
    if (this.#room === STREAM_WINDOW) this.#flushing = false;
  }

  isReady(): boolean {
    return this.#state !== 'open' || (this.#room > 0 && !this.#flushing);
  }

  room(): number {
    this.mailbox?.drain();
    if (this.#state !== 'open') throwStream({ tag: 'closed' });
    return this.#flushing ? 0 : this.#room;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > this.room()) throw new Error('a write of more bytes than check-write permitted');
    if (bytes.length === 0) return;
    this.#written += bytes.length;
    if (this.#announced !== undefined && this.#written > this.#announced.bytes) {
      this.abort();
      throwStream({ tag: 'last-operation-failed', val: new IoError('more bytes than content-length announced', this.#announced.error) });
    }
    this.#room -= bytes.length;
    if (this.mailbox === undefined) this.#kept.push(bytes);
    else this.mailbox.send({ tag: 'write', stream: this.#stream, bytes });
  }

  flush(): void {
    this.room();
    // What is kept here is handed over by `attach`, which cannot happen while the component waits.
    this.#flushing = this.mailbox !== undefined && this.#room < STREAM_WINDOW;
  }

  /** The body is complete. Returns the error to give where its size is not the announced one; an empty body is that of a HEAD or a 304. */
  finish(): ErrorCode | undefined {
    if (this.#state === 'open' && this.#announced !== undefined && this.#written > 0 && this.#written < this.#announced.bytes) {
      this.abort();
      return this.#announced.error;
    }
    this.#end('finished');
    return undefined;
  }

  /** The body will never be complete. */
  abort(): void {
    this.#end('aborted');
  }

  #end(how: 'finished' | 'aborted'): void {
    if (this.#state === 'finished' || this.#state === 'aborted') return;
    this.#state = how;
    if (this.mailbox !== undefined) this.#close();
  }

  #close(): void {
    this.mailbox?.send({ tag: this.#state === 'finished' ? 'finish' : 'abort', stream: this.#stream });
    this.mailbox?.forget(this.#stream);
  }
}

/** wasi:io/streams `output-stream`. Lengths are u64: jco hands them over, and takes them, as bigint. */
export class OutputStream {
  readonly #sink: Sink;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  checkWrite(): bigint {
    return BigInt(this.#sink.room());
  }

  write(bytes: Uint8Array): void {
    this.#sink.write(bytes);
  }

  flush(): void {
    this.#sink.flush();
  }

  blockingFlush(): void {
    this.#sink.flush();
    this.subscribe().block();
    this.#sink.room();
  }

  blockingWriteAndFlush(bytes: Uint8Array): void {
    if (bytes.length > BLOCKING_WRITE_LIMIT) throw new Error(`a blocking write takes ${BLOCKING_WRITE_LIMIT} bytes at most`);
    for (let at = 0; at < bytes.length; ) {
      this.subscribe().block();
      const room = this.#sink.room();
      this.#sink.write(bytes.slice(at, at + room));
      at += room;
    }
    this.blockingFlush();
  }

  writeZeroes(length: bigint): void {
    this.#sink.write(new Uint8Array(Number(length)));
  }

  blockingWriteZeroesAndFlush(length: bigint): void {
    this.blockingWriteAndFlush(new Uint8Array(Number(length)));
  }

  splice(source: InputStream, length: bigint): bigint {
    const room = BigInt(this.#sink.room());
    const bytes = source.read(length < room ? length : room);
    this.#sink.write(bytes);
    return BigInt(bytes.length);
  }

  blockingSplice(source: InputStream, length: bigint): bigint {
    this.subscribe().block();
    source.subscribe().block();
    return this.splice(source, length);
  }

  subscribe(): Pollable {
    return new Pollable(this.#sink);
  }

  [Symbol.dispose](): void {}
}
