import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import type { Algorithm } from '../../src/config.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../src/ports/http.ts';

export const ISSUER = 'https://issuer.test/realm';
export const AUDIENCE = 'https://mesh.test/v1/mcp';
export const JWKS_URL = 'https://issuer.test/realm/keys';

/** The options of a server that takes this issuer's tokens. */
export const ISSUER_OPTIONS: Readonly<Record<string, string>> = {
  ANONYMOUS_ROLE: 'none',
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
  JWKS_URL,
  ROLES: 'viewer=sub:*,scope:mesh:read; operator@shop=group:sre; operator=scope:mesh:write; admin=sub:alice,scope:mesh:admin',
};

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly privateKey: KeyObject;
  /** As the issuer publishes it. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

function signingKey(kid: string, algorithm: Algorithm, privateKey: KeyObject): SigningKey {
  const jwk: JsonWebKey = createPublicKey(privateKey).export({ format: 'jwk' });
  return { kid, algorithm, privateKey, jwk: { ...jwk, kid, use: 'sig', alg: algorithm } };
}

/** A new key. RSA keys take a while: a test file should make few. */
export function newKey(kid: string, algorithm: Algorithm, bits: number = 2048): SigningKey {
  switch (algorithm) {
    case 'ES256':
      return signingKey(kid, algorithm, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    case 'EdDSA':
      return signingKey(kid, algorithm, generateKeyPairSync('ed25519').privateKey);
    case 'RS256':
      return signingKey(kid, algorithm, generateKeyPairSync('rsa', { modulusLength: bits }).privateKey);
  }
}

export const base64url = (value: string | Uint8Array): string => Buffer.from(value).toString('base64url');

export function signature({ algorithm, privateKey }: SigningKey, signed: string | Uint8Array): Uint8Array {
  const bytes = Buffer.from(signed);
  switch (algorithm) {
    case 'ES256':
      return sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    case 'EdDSA':
      return sign(null, bytes, privateKey);
    case 'RS256':
      return sign('sha256', bytes, privateKey);
  }
}

export type Claims = Readonly<Record<string, unknown>>;

/** Claims that are good at this time, in milliseconds. */
export function goodClaims(now: number, more: Claims = {}): Claims {
  const seconds = Math.floor(now / 1000);
  return { iss: ISSUER, aud: AUDIENCE, sub: 'bob', iat: seconds - 10, nbf: seconds - 10, exp: seconds + 300, ...more };
}

/** A signed token; `header` wins over what fits the key. */
export function tokenOf(key: SigningKey, claims: Claims, header: Claims = {}): string {
  const head = { alg: key.algorithm, typ: 'at+jwt', kid: key.kid, ...header };
  const signed = `${base64url(JSON.stringify(head))}.${base64url(JSON.stringify(claims))}`;
  return `${signed}.${base64url(signature(key, signed))}`;
}

/** An issuer that publishes its keys. */
export class Issuer {
  keys: readonly SigningKey[];
  /** What it answers instead, where it is out of order. */
  instead: HttpResponse | HttpFailure | undefined;

  constructor(keys: readonly SigningKey[]) {
    this.keys = keys;
  }

  readonly answer = (request: HttpRequest): HttpResponse | HttpFailure => {
    if (request.url !== JWKS_URL) return new HttpFailure('unreachable', 'only the issuer is there');
    return (
      this.instead ?? {
        status: 200,
        headers: [],
        truncated: false,
        body: Buffer.from(JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) })),
      }
    );
  };
}
