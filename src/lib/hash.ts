import { encodeUtf8 } from './utf8.ts';

// Odd multipliers with well spread bits; the two lanes must differ, and the finish needs its own.
const LANE_A = 0x2c1b3c6d;
const LANE_B = 0x297a2d39;
const FINISH_A = 0x85ebca6b;
const FINISH_B = 0xc2b2ae35;

// Looked up once: in QuickJS a look-up costs as much as the multiplication.
const { imul } = Math;

/**
 * A 64-bit hash of bytes as 16 hexadecimal digits: for names of content and for checks against slips, never against an attacker.
 * Two 32-bit lanes, because QuickJS has no cheap 64-bit integer and SHA-256 costs it many times as much; four bytes a step, because steps are what
 * costs. For fixed bytes each step is a bijection of the 64-bit state, so nothing is lost before the finish.
 */
export function hashBytes(bytes: Uint8Array): string {
  let a = 0x6a09e667;
  let b = 0x3c6ef372;
  // Words are read in the machine's order, which is little-endian wherever WebAssembly runs and on all that Node supports but s390x.
  const whole = bytes.length & ~3;
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, whole >> 2);
  for (let i = 0; i < words.length; i++) {
    a = imul(a ^ (words[i] as number), LANE_A);
    b = imul(b ^ a ^ (a >>> 15), LANE_B);
  }
  let rest = 0;
  for (let i = whole; i < bytes.length; i++) rest = (rest << 8) | (bytes[i] as number);
  a = imul(a ^ rest, LANE_A);
  b = imul(b ^ a ^ (a >>> 15), LANE_B);
  // The length tells bytes from the same bytes followed by zeros.
  a = finish(a ^ b ^ bytes.length);
  b = finish(b ^ a);
  return hex(a) + hex(b);
}

/** The hash of a text's UTF-8. */
export function hashText(text: string): string {
  return hashBytes(encodeUtf8(text));
}

/** Spreads every bit over the whole word, so that inputs which differ in one bit have unrelated names. */
function finish(word: number): number {
  const once = imul(word ^ (word >>> 16), FINISH_A);
  const twice = imul(once ^ (once >>> 13), FINISH_B);
  return twice ^ (twice >>> 16);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
