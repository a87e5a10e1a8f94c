import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputPipe, InputStream } from '../../../../../src/adapters/node/guest/input-stream.ts';
import { IoError } from '../../../../../src/adapters/node/guest/io-error.ts';
import { OutputPipe, OutputStream } from '../../../../../src/adapters/node/guest/output-stream.ts';
import { Pollable, poll } from '../../../../../src/adapters/node/guest/poll.ts';
import { STREAM_WINDOW } from '../../../../../src/adapters/node/protocol.ts';
import { TestLine, witErrorOf } from './line.ts';

let line: TestLine;
beforeEach(() => {
  line = new TestLine();
});
afterEach(() => line.close());

function openInput(stream = 1): InputStream {
  const pipe = new InputPipe(line.mailbox, stream);
  line.mailbox.listen(stream, (event) => pipe.take(event));
  return new InputStream(pipe);
}

describe('an input stream', () => {
  it('gives every byte once and in order, whatever the pieces and the reads are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 })),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        (pieces, sizes) => {
          const stream = openInput();
          for (const bytes of pieces) line.post({ tag: 'bytes', stream: 1, bytes: bytes.slice() });
          line.post({ tag: 'end', stream: 1 });
          const all = Buffer.concat(pieces);
          const read: Uint8Array[] = [];
          for (let i = 0, length = 0; length < all.length; i++) {
            const piece = stream.read(BigInt(sizes[i % sizes.length] ?? 1));
            expect(piece.length).toBeGreaterThan(0);
            read.push(piece);
            length += piece.length;
          }
          expect(Buffer.concat(read).equals(all)).toBe(true);
          expect(witErrorOf(() => stream.read(1n))).toEqual({ tag: 'closed' });
        },
      ),
    );
  });

  it('is empty for the moment, then closed for good', () => {
    const stream = openInput();
    expect(stream.read(10n)).toHaveLength(0);
    expect(stream.subscribe().ready()).toBe(false);
    line.post({ tag: 'end', stream: 1 });
    expect(stream.subscribe().ready()).toBe(true);
    expect(witErrorOf(() => stream.read(10n))).toEqual({ tag: 'closed' });
    expect(witErrorOf(() => stream.blockingRead(10n))).toEqual({ tag: 'closed' });
  });

  it('says why it broke, after the bytes that came before', () => {
    const stream = openInput();
    line.post({ tag: 'bytes', stream: 1, bytes: Uint8Array.of(1, 2) });
    line.post({ tag: 'broken', stream: 1, code: { tag: 'connection-terminated' } });
    expect([...stream.blockingRead(10n)]).toEqual([1, 2]);
    const error = witErrorOf(() => stream.blockingRead(10n));
    expect(error).toEqual({ tag: 'last-operation-failed', val: expect.any(IoError) });
  });

  it('acknowledges what was read in portions, and cancels when it is not wanted any more', () => {
    const pipe = new InputPipe(line.mailbox, 1);
    pipe.take({ tag: 'bytes', stream: 1, bytes: new Uint8Array(STREAM_WINDOW) });
    pipe.read(100);
    expect(line.commands()).toEqual([]);
    pipe.read(STREAM_WINDOW / 2);
    expect(line.commands()).toEqual([{ tag: 'consumed', stream: 1, bytes: STREAM_WINDOW / 2 + 100 }]);
    pipe.cancel();
    pipe.cancel();
    expect(line.commands()).toEqual([{ tag: 'cancel', stream: 1 }]);
  });

  it('hears only of itself', () => {
    const [first, second] = [openInput(1), openInput(2)];
    line.post({ tag: 'bytes', stream: 2, bytes: Uint8Array.of(7) });
    expect(first.read(1n)).toHaveLength(0);
    expect([...second.read(1n)]).toEqual([7]);
  });
});

describe('an output stream', () => {
  it('sends what was written, a view as what it shows', () => {
    const pipe = new OutputPipe(undefined);
    pipe.attach(line.mailbox, 3);
    const whole = Uint8Array.from([1, 2, 3, 4, 5]);
    new OutputStream(pipe).write(whole.subarray(1, 3));
    expect(line.commands()).toEqual([{ tag: 'write', stream: 3, bytes: Uint8Array.of(2, 3) }]);
    expect([...whole]).toEqual([1, 2, 3, 4, 5]);
  });

  it('keeps what is written before it is connected, and hands it over in order', () => {
    const pipe = new OutputPipe(undefined);
    const stream = new OutputStream(pipe);
    stream.write(Uint8Array.of(1));
    stream.blockingWriteAndFlush(Uint8Array.of(2));
    pipe.finish();
    expect(line.commands()).toEqual([]);
    pipe.attach(line.mailbox, 3);
    expect(line.commands()).toEqual([
      { tag: 'write', stream: 3, bytes: Uint8Array.of(1) },
      { tag: 'write', stream: 3, bytes: Uint8Array.of(2) },
      { tag: 'finish', stream: 3 },
    ]);
  });

  it('has room for a window, and again when the other side has taken it', () => {
    const pipe = new OutputPipe(undefined);
    pipe.attach(line.mailbox, 3);
    const stream = new OutputStream(pipe);
    expect(stream.checkWrite()).toBe(BigInt(STREAM_WINDOW));
    stream.write(new Uint8Array(STREAM_WINDOW));
    expect(stream.checkWrite()).toBe(0n);
    expect(stream.subscribe().ready()).toBe(false);
    expect(() => stream.write(Uint8Array.of(1))).toThrow('more bytes than check-write permitted');
    line.post({ tag: 'room', stream: 3, bytes: 10 });
    stream.subscribe().block();
    expect(stream.checkWrite()).toBe(10n);
  });

  it('has no room while it flushes', () => {
    const pipe = new OutputPipe(undefined);
    pipe.attach(line.mailbox, 3);
    const stream = new OutputStream(pipe);
    stream.write(Uint8Array.of(1, 2));
    stream.flush();
    expect(stream.checkWrite()).toBe(0n);
    line.post({ tag: 'room', stream: 3, bytes: 2 });
    expect(stream.checkWrite()).toBe(BigInt(STREAM_WINDOW));
    stream.blockingFlush();
  });

  it('is closed when nobody reads any more', () => {
    const pipe = new OutputPipe(undefined);
    pipe.attach(line.mailbox, 3);
    const stream = new OutputStream(pipe);
    line.post({ tag: 'gone', stream: 3 });
    stream.subscribe().block();
    expect(witErrorOf(() => stream.checkWrite())).toEqual({ tag: 'closed' });
    expect(witErrorOf(() => stream.write(Uint8Array.of(1)))).toEqual({ tag: 'closed' });
    expect(witErrorOf(() => stream.blockingWriteAndFlush(Uint8Array.of(1)))).toEqual({ tag: 'closed' });
  });

  describe('with an announced size', () => {
    const error = { tag: 'HTTP-response-body-size', val: 4n } as const;
    const announced = () => {
      const pipe = new OutputPipe({ bytes: 4, error });
      pipe.attach(line.mailbox, 3);
      return pipe;
    };

    it('takes exactly that, or nothing at all', () => {
      const full = announced();
      full.write(new Uint8Array(4));
      expect(full.finish()).toBeUndefined();
      expect(announced().finish()).toBeUndefined();
    });

    it('breaks off when fewer bytes came', () => {
      const pipe = announced();
      pipe.write(new Uint8Array(3));
      line.commands();
      expect(pipe.finish()).toEqual(error);
      expect(line.commands()).toEqual([{ tag: 'abort', stream: 3 }]);
    });

    it('breaks off when more bytes come', () => {
      const pipe = announced();
      expect(witErrorOf(() => pipe.write(new Uint8Array(5)))).toMatchObject({ tag: 'last-operation-failed' });
      expect(line.commands()).toEqual([{ tag: 'abort', stream: 3 }]);
    });
  });

  it('forwards from an input stream no more than there is room for', () => {
    const pipe = new OutputPipe(undefined);
    pipe.attach(line.mailbox, 3);
    const input = openInput(1);
    line.post({ tag: 'bytes', stream: 1, bytes: Uint8Array.of(1, 2, 3) });
    expect(new OutputStream(pipe).blockingSplice(input, 2n)).toBe(2n);
    expect(line.commands()).toEqual([{ tag: 'write', stream: 3, bytes: Uint8Array.of(1, 2) }]);
  });
});

describe('poll', () => {
  const timer = (ms: number) => {
    const at = performance.now() + ms;
    return new Pollable({ mailbox: line.mailbox, at, isReady: () => performance.now() >= at });
  };

  it('names everything that is ready', () => {
    const [first, second] = [openInput(1), openInput(2)];
    line.post({ tag: 'end', stream: 2 });
    expect([...poll([first.subscribe(), second.subscribe(), timer(0)])]).toEqual([1, 2]);
  });

  it('sleeps until the earliest time', () => {
    const before = performance.now();
    expect([...poll([openInput(1).subscribe(), timer(60_000), timer(30)])]).toEqual([2]);
    expect(performance.now() - before).toBeGreaterThanOrEqual(30);
    expect(performance.now() - before).toBeLessThan(30_000);
  });

  it('traps on an empty list, and on what could never be ready', () => {
    expect(() => poll([])).toThrow('empty list');
    const full = new OutputPipe(undefined);
    full.write(new Uint8Array(STREAM_WINDOW));
    expect(() => new OutputStream(full).subscribe().block()).toThrow('would never end');
  });
});
