import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import type { Algorithm } from '../../config.ts';
import { decodeBase64Url } from '../../lib/base64.ts';
import type { JsonObject } from '../../lib/json.ts';
import { isObject } from '../../lib/json.ts';
import { parseBounded } from '../../lib/json-text.ts';
import { type RsaKey, rsaKey, verifyRsaSha256 } from './rsa.ts';

/** A public key that can check signatures of one algorithm and of no other, whatever a token's header says (RFC 8725 section 3.1). */
export type VerificationKey = { readonly kid: string | undefined } & (
  | { readonly algorithm: 'ES256'; readonly point: Uint8Array }
  | { readonly algorithm: 'RS256'; readonly rsa: RsaKey }
  | { readonly algorithm: 'EdDSA'; readonly point: Uint8Array }
);

// The library would make a table of multiples at the first signature, 27 ms in QuickJS, to gain 2 ms a signature. A fresh instance for each request never gets that back.
ed25519.Point.BASE.precompute(1);

const MAX_DEPTH = 8;
/** An issuer has a handful of keys; more than that is not looked at. */
export const MAX_KEYS = 64;
const MAX_KID_CHARACTERS = 512;
const P256_COORDINATE = 32;
const ED25519_POINT = 32;
const UNCOMPRESSED = 0x04;

/** The keys of a set that are for checking signatures of algorithms that we know; undefined where the text is no set (RFC 7517 section 5). What is no such key is passed over. */
export function parseKeySet(text: string): readonly JsonObject[] | undefined {
  const parsed = parseBounded(text, MAX_DEPTH);
  if (parsed.kind !== 'value' || !isObject(parsed.value)) return undefined;
  const { keys } = parsed.value;
  if (!Array.isArray(keys)) return undefined;
  return keys.slice(0, MAX_KEYS).flatMap((jwk: unknown) => {
    const essence = isObject(jwk) && parseKey(jwk) !== undefined ? essenceOf(jwk) : undefined;
    return essence === undefined ? [] : [essence];
  });
}

/** What of a public key is kept: the rest (certificates, dates) is not looked at. */
function essenceOf(jwk: Readonly<Record<string, unknown>>): JsonObject {
  const kept: Record<string, string> = {};
  for (const name of ['kid', 'kty', 'alg', 'crv', 'x', 'y', 'n', 'e']) {
    const value = jwk[name];
    if (typeof value === 'string') kept[name] = value;
  }
  return kept;
}

/**
 * A key of a set (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2), or undefined where it is not one that we take: kind, curve, use, operations and algorithm must agree.
 * A key that comes with its private half is known to others than its owner.
 */
export function parseKey(jwk: Readonly<Record<string, unknown>>): VerificationKey | undefined {
  const { kid, kty, use, key_ops: operations, alg, crv } = jwk;
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KID_CHARACTERS)) return undefined;
  if (use !== undefined && use !== 'sig') return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined;
  if (['d', 'p', 'q', 'k'].some((name) => Object.hasOwn(jwk, name))) return undefined;
  const isFor = (algorithm: Algorithm) => alg === undefined || alg === algorithm;
  if (kty === 'EC' && crv === 'P-256' && isFor('ES256')) {
    const x = bytesOf(jwk.x, P256_COORDINATE);
    const y = bytesOf(jwk.y, P256_COORDINATE);
    return x && y && { kid, algorithm: 'ES256', point: Uint8Array.of(UNCOMPRESSED, ...x, ...y) };
  }
  // RFC 9864 gives the signature a name that says its curve.
  if (kty === 'OKP' && crv === 'Ed25519' && (isFor('EdDSA') || alg === 'Ed25519')) {
    const point = bytesOf(jwk.x, ED25519_POINT);
    return point && { kid, algorithm: 'EdDSA', point };
  }
  if (kty === 'RSA' && isFor('RS256')) {
    const n = bytesOf(jwk.n);
    const e = bytesOf(jwk.e);
    const rsa = n && e && rsaKey(n, e);
    return rsa && { kid, algorithm: 'RS256', rsa };
  }
  return undefined;
}

function bytesOf(value: unknown, length?: number): Uint8Array | undefined {
  const bytes = typeof value === 'string' ? decodeBase64Url(value) : undefined;
  return bytes !== undefined && (length === undefined || bytes.length === length) ? bytes : undefined;
}

/**
 * Whether a signature is a key's over these bytes. ES256: the 64 bytes of RFC 7518 section 3.4, never DER; of the two forms that every ECDSA signature has, both, as the RFC asks no
 * more. EdDSA: RFC 8032 section 5.1.7, the canonical encodings alone, and no key of small order. Never throws.
 */
export function verifies(key: VerificationKey, signed: Uint8Array, signature: Uint8Array): boolean {
  try {
    switch (key.algorithm) {
      case 'ES256':
        return signature.length === 64 && p256.verify(signature, signed, key.point, { lowS: false, prehash: true, format: 'compact' });
      case 'EdDSA':
        return signature.length === 64 && ed25519.verify(signature, signed, key.point, { zip215: false });
      case 'RS256':
        return verifyRsaSha256(key.rsa, signed, signature);
    }
  } catch {
    // The libraries throw on points that are on no curve and numbers out of range.
    return false;
  }
}
