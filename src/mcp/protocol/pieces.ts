import { encodeUtf8 } from '../../lib/utf8.ts';

/**
 * JSON text in pieces, in order. What is known when the component is built lies there as bytes already: encoding costs QuickJS
 * about 90 ns a character, so a request should only encode what is its own.
 */
export type Pieces = readonly (string | Uint8Array)[];

/** The pieces as one block of UTF-8. */
export function joinPieces(pieces: Pieces): Uint8Array {
  let length = 0;
  const blocks: Uint8Array[] = [];
  for (const piece of pieces) {
    const block = typeof piece === 'string' ? encodeUtf8(piece) : piece;
    blocks.push(block);
    length += block.length;
  }
  const only = blocks[0];
  if (blocks.length === 1 && only !== undefined) return only;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const block of blocks) {
    joined.set(block, at);
    at += block.length;
  }
  return joined;
}
