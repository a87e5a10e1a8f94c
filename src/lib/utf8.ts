/**
 * UTF-8 for engines with and without TextEncoder: QuickJS has neither it nor TextDecoder, StarlingMonkey and Node have both.
 * Behaviour is that of the Encoding Standard: lone surrogates become U+FFFD, so do malformed bytes, a leading byte order mark is kept.
 */

interface Encoder {
  encode(text: string): Uint8Array;
}
interface Decoder {
  decode(bytes: Uint8Array): string;
}
interface NativeEncoding {
  readonly TextEncoder?: new () => Encoder;
  readonly TextDecoder?: new (label: string, options: { ignoreBOM: boolean }) => Decoder;
}

// Typed by hand, because the component is compiled without the web's type library.
const native = globalThis as NativeEncoding;
const encoder = native.TextEncoder && new native.TextEncoder();
const decoder = native.TextDecoder && new native.TextDecoder('utf-8', { ignoreBOM: true });

/** The UTF-8 bytes of a text. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder ? encoder.encode(text) : encodePortably(text);
}

/** The text of UTF-8 bytes. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder ? decoder.decode(bytes) : decodePortably(bytes);
}

/** `encodeUtf8` without the engine's help; exported so that its test can hold it against TextEncoder. */
export function encodePortably(text: string): Uint8Array {
  // Nearly everything that we write is ASCII, and the engine's own search sees so much faster than a loop.
  if (!NON_ASCII.test(text)) {
    const ascii = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) ascii[i] = text.charCodeAt(i);
    return ascii;
  }
  const bytes = new Uint8Array(byteLength(text));
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = code < 0xdc00 ? text.charCodeAt(i + 1) : Number.NaN;
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i++;
      } else {
        code = 0xfffd;
      }
    }
    if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
    } else if (code < 0x10000) {
      bytes[at++] = 0xe0 | (code >> 12);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
    } else {
      bytes[at++] = 0xf0 | (code >> 18);
      bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
    }
    bytes[at++] = 0x80 | (code & 0x3f);
  }
  return bytes;
}

const NON_ASCII = /[^\0-\x7f]/;

/** How many bytes a text takes as UTF-8, without encoding it. */
export function byteLength(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) length += 1;
    else if (code < 0x800) length += 2;
    else if (code < 0xd800 || code > 0xdbff) length += 3;
    else {
      const low = text.charCodeAt(i + 1);
      if (low >= 0xdc00 && low <= 0xdfff) {
        length += 4;
        i++;
      } else length += 3;
    }
  }
  return length;
}

// `String.fromCharCode.apply` takes its arguments on the stack; this many fit in every engine.
const CHUNK = 4096;

/** `decodeUtf8` without the engine's help; exported so that its test can hold it against TextDecoder. */
export function decodePortably(bytes: Uint8Array): string {
  // Joined at the end: adding to one long text copies it each time.
  const pieces: string[] = [];
  let units: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    // A run of ASCII goes over in one native call: it is nearly everything that we read.
    const end = asciiEnd(bytes, at);
    if (end > at) {
      if (units.length > 0) {
        pieces.push(String.fromCharCode.apply(null, units));
        units = [];
      }
      // A typed array is array-like, which is all that apply asks for; the type library wants number[].
      pieces.push(String.fromCharCode.apply(null, bytes.subarray(at, end) as unknown as number[]));
      at = end;
      continue;
    }
    const { code, length } = decodeSequence(bytes, at);
    if (code >= 0x10000) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
    else units.push(code);
    if (units.length >= CHUNK) {
      pieces.push(String.fromCharCode.apply(null, units));
      units = [];
    }
    at += length;
  }
  if (units.length > 0) pieces.push(String.fromCharCode.apply(null, units));
  return pieces.join('');
}

// After so many bytes a run of ASCII is taken for a long one: a view for looking at four bytes at once then pays.
const LONG_RUN = 32;

/** Where the run of ASCII ends that begins here, at most a chunk further on. In QuickJS a step of a loop is what costs, so it looks at four bytes a step. */
function asciiEnd(bytes: Uint8Array, at: number): number {
  const limit = Math.min(bytes.length, at + CHUNK);
  const short = Math.min(limit, at + LONG_RUN);
  let end = at;
  while (end < short && (bytes[end] as number) < 0x80) end++;
  if (end < short || end === limit) return end;
  // A view of words begins at a multiple of four.
  while (end < limit && (bytes.byteOffset + end) % 4 !== 0 && (bytes[end] as number) < 0x80) end++;
  if ((bytes.byteOffset + end) % 4 === 0) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + end, (limit - end) >> 2);
    let word = 0;
    while (word < words.length && ((words[word] as number) & 0x80808080) === 0) word++;
    end += word * 4;
  }
  while (end < limit && (bytes[end] as number) < 0x80) end++;
  return end;
}

/** One multi-byte sequence, or U+FFFD for the longest prefix that could have begun one (Encoding Standard, "UTF-8 decoder"). */
function decodeSequence(bytes: Uint8Array, at: number): { code: number; length: number } {
  const first = bytes[at] as number;
  const malformed = (length: number) => ({ code: 0xfffd, length });
  let needed: number;
  let low = 0x80;
  let high = 0xbf;
  let code: number;
  if (first >= 0xc2 && first <= 0xdf) {
    needed = 1;
    code = first & 0x1f;
  } else if (first >= 0xe0 && first <= 0xef) {
    needed = 2;
    code = first & 0xf;
    if (first === 0xe0) low = 0xa0;
    if (first === 0xed) high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    needed = 3;
    code = first & 0x7;
    if (first === 0xf0) low = 0x90;
    if (first === 0xf4) high = 0x8f;
  } else {
    return malformed(1);
  }
  for (let i = 1; i <= needed; i++) {
    const next = bytes[at + i];
    if (next === undefined || next < low || next > high) return malformed(i);
    low = 0x80;
    high = 0xbf;
    code = (code << 6) | (next & 0x3f);
  }
  return { code, length: needed + 1 };
}
