// Odd multipliers with well spread bits; the two lanes must differ, and the finish needs its own.
const LANE_A = 0x2c1b3c6d;
const LANE_B = 0x297a2d39;
const FINISH_A = 0x85ebca6b;
const FINISH_B = 0xc2b2ae35;

/**
 * A 64-bit hash of a text as 16 hexadecimal digits: for names of content and for checks against slips, never against an attacker.
 * Two 32-bit lanes, because QuickJS has no cheap 64-bit integer and SHA-256 costs it four times as much; two UTF-16 units a step,
 * because a step's calls are what costs. For a fixed input each step is a bijection of the 64-bit state, so nothing is lost before the finish.
 */
export function hashText(text: string): string {
  let a = 0x6a09e667;
  let b = 0x3c6ef372;
  const pairs = text.length & ~1;
  for (let i = 0; i < pairs; i += 2) {
    a = Math.imul(a ^ (text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16)), LANE_A);
    b = Math.imul(b ^ a ^ (a >>> 15), LANE_B);
  }
  if (pairs < text.length) {
    a = Math.imul(a ^ text.charCodeAt(pairs), LANE_A);
    b = Math.imul(b ^ a ^ (a >>> 15), LANE_B);
  }
  // The length tells a text from the same text followed by U+0000.
  a = finish(a ^ b ^ text.length);
  b = finish(b ^ a);
  return hex(a) + hex(b);
}

/** Spreads every bit over the whole word, so that texts which differ in one bit have unrelated names. */
function finish(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), FINISH_A);
  const twice = Math.imul(once ^ (once >>> 13), FINISH_B);
  return twice ^ (twice >>> 16);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
