const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDING = 0x3d;
const INVALID = 0xff;

/** The six bits of each character, by its code. */
const SIX_BITS = new Uint8Array(128).fill(INVALID);
for (let value = 0; value < ALPHABET.length; value++) SIX_BITS[ALPHABET.charCodeAt(value)] = value;

/** How long the base64 text of so many bytes is. */
export function encodedLength(byteLength: number): number {
  return Math.ceil(byteLength / 3) * 4;
}

/** Bytes as base64 with padding (RFC 4648, section 4). A loop: for what is short, such as credentials. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = bytes.subarray(at, at + 3);
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += ALPHABET.charAt(bits >> 18) + ALPHABET.charAt((bits >> 12) & 0x3f);
    text += (b === undefined ? '=' : ALPHABET.charAt((bits >> 6) & 0x3f)) + (c === undefined ? '=' : ALPHABET.charAt(bits & 0x3f));
  }
  return text;
}

/**
 * The bytes of a base64 text (RFC 4648, section 4), or undefined. Strict: the padding must be there, and there is nothing beside the alphabet, neither
 * line breaks nor the URL alphabet, and no bits left over, so that each text which is taken is the one encoding of its bytes.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  return fromBase64 === undefined ? decodePortably(text) : decodeNatively(text, fromBase64);
}

/**
 * The bytes of a base64url text without padding (RFC 4648 section 5, RFC 7515 section 2), or undefined. Strict in the same way: each text which is taken is the one
 * encoding of its bytes.
 */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  return decodeBase64(text.replace(/-/g, '+').replace(/_/g, '/') + '='.repeat((4 - (text.length % 4)) % 4));
}

type FromBase64 = (text: string, options: { readonly lastChunkHandling: 'strict' }) => Uint8Array;

// Typed by hand: newer than the language that we compile against. QuickJS has it, and is twenty times as quick with it as with a loop.
const { fromBase64 } = Uint8Array as unknown as { readonly fromBase64?: FromBase64 };

/** Strict as the engine may be, it passes over white space. */
function decodeNatively(text: string, decode: FromBase64): Uint8Array | undefined {
  if (/\s/.test(text)) return undefined;
  try {
    return decode.call(Uint8Array, text, { lastChunkHandling: 'strict' });
  } catch {
    return undefined;
  }
}

/** `decodeBase64` for engines without `Uint8Array.fromBase64`. */
function decodePortably(text: string): Uint8Array | undefined {
  const padding = text.charCodeAt(text.length - 1) !== PADDING ? 0 : text.charCodeAt(text.length - 2) !== PADDING ? 1 : 2;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const characters = text.length - padding;
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < characters; i++) {
    const value = SIX_BITS[text.charCodeAt(i)] ?? INVALID;
    if (value === INVALID) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = bits >> held;
    }
  }
  return (bits & ((1 << held) - 1)) === 0 ? bytes : undefined;
}
