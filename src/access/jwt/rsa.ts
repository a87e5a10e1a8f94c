import { sha256 } from '@noble/hashes/sha2.js';
import { hexOf } from '../../lib/hex.ts';

/** An RSA public key. */
export interface RsaKey {
  readonly modulus: bigint;
  readonly exponent: bigint;
  /** Of the modulus, in bytes. */
  readonly length: number;
}

/** RFC 7518 section 3.3: 2048 bits or more. Above 4096, checking costs more than a request should. */
const MIN_BITS = 2048;
const MAX_BITS = 4096;
const MAX_EXPONENT_BYTES = 4;

/** RFC 8017 section 9.2, note 1: DER of DigestInfo for SHA-256, up to the hash. */
const DIGEST_INFO = '3031300d060960864801650304020105000420';
const SHA256_BYTES = 32;

/** A key from its big-endian numbers (RFC 7518 section 6.3.1), or undefined where it is not one to trust: length, an even modulus, an exponent that is even, 1 or large. */
export function rsaKey(n: Uint8Array, e: Uint8Array): RsaKey | undefined {
  if (n.length === 0 || n[0] === 0 || e.length === 0 || e[0] === 0 || e.length > MAX_EXPONENT_BYTES || n.length * 8 > MAX_BITS)
    return undefined;
  const modulus = numberOf(n);
  const exponent = numberOf(e);
  if (modulus >> BigInt(MIN_BITS - 1) === 0n || (modulus & 1n) === 0n || (exponent & 1n) === 0n || exponent === 1n) return undefined;
  return { modulus, exponent, length: n.length };
}

/**
 * RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2.2). The whole block that the message must give is made and compared; the one that comes out of the
 * signature is never parsed, so no slack in its padding can hide a forgery (Bleichenbacher 2006, CVE-2006-4339 and its many followers).
 */
export function verifyRsaSha256({ modulus, exponent, length }: RsaKey, signed: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== length) return false;
  const number = numberOf(signature);
  return number < modulus && power(number, exponent, modulus) === BigInt(`0x${encodedMessage(signed, length)}`);
}

/** EMSA-PKCS1-v1_5 (RFC 8017 section 9.2), in hexadecimal digits: 00 01 FF… 00 DigestInfo. */
function encodedMessage(signed: Uint8Array, length: number): string {
  const filler = length - 3 - DIGEST_INFO.length / 2 - SHA256_BYTES;
  return `0001${'ff'.repeat(filler)}00${DIGEST_INFO}${hexOf(sha256(signed))}`;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${hexOf(bytes)}`);
}
