import type { InputStream, OutputStream } from 'wasi:io/streams@0.2.12';
import { ByteBuffer } from './byte-buffer.ts';
import { dispose, fromU64, toU64, witTag } from './resource.ts';

/** How much is asked of a stream at once. */
export const READ_CHUNK = 65_536;

/**
 * Writes all bytes and flushes, waiting whenever the other side is slow. False when the other side has closed: what was written until then may or may
 * not have arrived. Each piece is a copy of its own, because hosts have been seen to send a view from the start of its buffer.
 */
export function writeAll(stream: OutputStream, bytes: Uint8Array): boolean {
  try {
    let at = 0;
    while (at < bytes.length) {
      const room = fromU64(stream.checkWrite());
      if (room === 0) {
        const ready = stream.subscribe();
        ready.block();
        dispose(ready);
        continue;
      }
      stream.write(bytes.slice(at, at + room));
      at += room;
    }
    stream.flush();
    return true;
  } catch (thrown) {
    if (isStreamError(thrown)) return false;
    throw thrown;
  }
}

/** Whether a stream ended (`closed`) or broke (`last-operation-failed`), as opposed to a defect of ours. */
export function isStreamError(thrown: unknown): boolean {
  const tag = witTag(thrown);
  return tag === 'closed' || tag === 'last-operation-failed';
}

/** Reads a stream to its end, blocking, up to a limit. `broken` when it ended otherwise than by its end. */
export function readAll(stream: InputStream, maxBytes: number): Uint8Array | 'too-large' | 'broken' {
  const buffer = new ByteBuffer(maxBytes);
  for (;;) {
    let piece: Uint8Array;
    try {
      piece = stream.blockingRead(toU64(READ_CHUNK));
    } catch (thrown) {
      const tag = witTag(thrown);
      if (tag === 'closed') return buffer.bytes();
      if (tag === 'last-operation-failed') return 'broken';
      throw thrown;
    }
    if (!buffer.add(piece)) return 'too-large';
  }
}
