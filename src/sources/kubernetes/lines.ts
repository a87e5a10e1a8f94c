import { decodeUtf8 } from '../../lib/utf8.ts';

const NEWLINE = 0x0a;

/**
 * Puts lines of UTF-8 together from pieces that are cut anywhere, also within a character. Pieces are kept as they came until their line is whole, and all
 * lines of a piece are decoded at once, so that the cost is that of the bytes. What follows the last newline is no line.
 */
export class LineReader {
  readonly #maxLineBytes: number;
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The lines that these bytes complete, without their newlines; undefined once a line is longer than allowed, after which nothing more can be read. */
  push(bytes: Uint8Array): readonly string[] | undefined {
    const end = bytes.lastIndexOf(NEWLINE);
    if (end === -1) return this.#keep(bytes) ? [] : undefined;
    const whole = join([...this.#rest, bytes.subarray(0, end)]);
    this.#rest = [];
    this.#restBytes = 0;
    const tooLong = !this.#keep(bytes.subarray(end + 1));
    const lines = decodeUtf8(whole).split('\n');
    return tooLong || lines.some((line) => line.length > this.#maxLineBytes) ? undefined : lines;
  }

  #keep(bytes: Uint8Array): boolean {
    if (bytes.length > 0) this.#rest.push(bytes);
    this.#restBytes += bytes.length;
    return this.#restBytes <= this.#maxLineBytes;
  }
}

/** The pieces as one, copied once; a single piece is itself. */
export function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const joined = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
