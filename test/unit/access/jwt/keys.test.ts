import { constants, createHash, privateEncrypt } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { describe, expect, it } from 'vitest';
import { MAX_KEYS, parseKey, parseKeySet, type VerificationKey, verifies } from '../../../../src/access/jwt/keys.ts';
import type { Algorithm } from '../../../../src/config.ts';
import { base64url, newKey, type SigningKey, signature } from '../../../support/issuer.ts';

const EC = newKey('ec', 'ES256');
const ED = newKey('ed', 'EdDSA');
const RSA = newKey('rsa', 'RS256');
const MESSAGE = new TextEncoder().encode('eyJhbGciOi.eyJzdWIi');

function parsed(jwk: Readonly<Record<string, unknown>>): VerificationKey {
  const key = parseKey(jwk);
  if (key === undefined) throw new Error('the key was not taken');
  return key;
}

const check = (key: SigningKey, bytes: Uint8Array, message: Uint8Array = MESSAGE) => verifies(parsed(key.jwk), message, bytes);

describe('parseKey', () => {
  it.each([EC, ED, RSA])('takes a public key for $algorithm', (key) => {
    expect(parseKey(key.jwk)).toMatchObject({ algorithm: key.algorithm, kid: key.kid });
    const { alg: _, use: __, ...bare } = key.jwk;
    expect(parseKey(bare)).toMatchObject({ algorithm: key.algorithm });
    expect(parseKey({ ...bare, key_ops: ['verify'] })).toMatchObject({ algorithm: key.algorithm });
  });

  it('takes the name that RFC 9864 gives EdDSA over this curve', () => {
    expect(parseKey({ ...ED.jwk, alg: 'Ed25519' })).toMatchObject({ algorithm: 'EdDSA' });
  });

  it.each<readonly [string, Readonly<Record<string, unknown>>]>([
    ['a secret', { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }],
    ['a secret that calls itself RS256', { kty: 'oct', k: 'c2VjcmV0', alg: 'RS256' }],
    ['a key for encryption', { ...RSA.jwk, use: 'enc' }],
    ['a key that may not verify', { ...EC.jwk, key_ops: ['sign'] }],
    ['an RSA key for PS256', { ...RSA.jwk, alg: 'PS256' }],
    ['an RSA key for ES256', { ...RSA.jwk, alg: 'ES256' }],
    ['an EC key for RS256', { ...EC.jwk, alg: 'RS256' }],
    ['an EC key for HS256', { ...EC.jwk, alg: 'HS256' }],
    ['another curve', { ...EC.jwk, crv: 'P-384' }],
    ['a curve of the other kind', { ...EC.jwk, crv: 'Ed25519' }],
    ['Ed448', { ...ED.jwk, crv: 'Ed448' }],
    ['X25519', { ...ED.jwk, crv: 'X25519' }],
    ['a short coordinate', { ...EC.jwk, x: base64url(new Uint8Array(31).fill(1)) }],
    ['a long coordinate', { ...EC.jwk, y: base64url(new Uint8Array(33)) }],
    ['no second coordinate', { ...EC.jwk, y: undefined }],
    ['a coordinate that is padded', { ...EC.jwk, x: `${EC.jwk.x}=` }],
    ['a private key', { ...EC.jwk, d: 'AQ' }],
    ['a private RSA key', { ...RSA.jwk, d: 'AQ' }],
    ['a number as its name', { ...EC.jwk, kid: 7 }],
    ['an even exponent', { ...RSA.jwk, e: base64url(Uint8Array.of(1, 0, 0)) }],
    ['the exponent 1', { ...RSA.jwk, e: base64url(Uint8Array.of(1)) }],
    ['a large exponent', { ...RSA.jwk, e: base64url(Uint8Array.of(1, 0, 0, 0, 1)) }],
    ['an exponent with a zero before it', { ...RSA.jwk, e: base64url(Uint8Array.of(0, 1, 0, 1)) }],
    ['an even modulus', { ...RSA.jwk, n: base64url(new Uint8Array(256).fill(0xfe)) }],
    ['a modulus of 1024 bits', { ...RSA.jwk, n: base64url(new Uint8Array(128).fill(0xff)) }],
    ['a modulus of 2047 bits', { ...RSA.jwk, n: base64url(new Uint8Array(256).fill(0x7f)) }],
    ['a modulus of more than 4096 bits', { ...RSA.jwk, n: base64url(new Uint8Array(513).fill(0xff)) }],
    ['a modulus with a zero before it', { ...RSA.jwk, n: base64url(Uint8Array.of(0, ...new Uint8Array(256).fill(0xff))) }],
    ['nothing', {}],
  ])('does not take %s', (_, jwk) => {
    expect(parseKey(jwk)).toBeUndefined();
  });
});

describe('parseKeySet', () => {
  it('keeps what is needed of the keys that it takes, and passes over the others', () => {
    const set = { keys: [{ ...EC.jwk, x5c: ['certificate'], exp: 7 }, { kty: 'oct', k: 'AQ' }, 'odd', null, [], RSA.jwk] };
    const keys = parseKeySet(JSON.stringify(set));
    expect(keys).toEqual([
      { kid: 'ec', kty: 'EC', alg: 'ES256', crv: 'P-256', x: EC.jwk.x, y: EC.jwk.y },
      { kid: 'rsa', kty: 'RSA', alg: 'RS256', n: RSA.jwk.n, e: RSA.jwk.e },
    ]);
    expect(keys?.map(parseKey)).toEqual([parseKey(EC.jwk), parseKey(RSA.jwk)]);
  });

  it.each(['', '[]', '{}', '{"keys":{}}', 'null', '<html>', `{"keys":${'['.repeat(50)}`])('gives nothing for %j', (text) => {
    expect(parseKeySet(text)).toBeUndefined();
  });

  it('takes an empty set for what it says', () => {
    expect(parseKeySet('{"keys":[]}')).toEqual([]);
  });

  it('looks at no more keys than an issuer has', () => {
    const keys = Array.from({ length: MAX_KEYS + 5 }, () => EC.jwk);
    expect(parseKeySet(JSON.stringify({ keys }))).toHaveLength(MAX_KEYS);
  });
});

describe('verifies', () => {
  it.each([EC, ED, RSA])('takes a signature of $algorithm over these bytes, and no other', (key) => {
    const good = signature(key, MESSAGE);
    expect(check(key, good)).toBe(true);
    expect(check(key, good, Uint8Array.of(...MESSAGE, 0))).toBe(false);
    expect(check(key, good, new Uint8Array())).toBe(false);
    expect(check(key, signature(newKey('other', key.algorithm), MESSAGE))).toBe(false);
    for (const place of [0, 1, 31, 32, 63, good.length - 1]) {
      for (const bit of [1, 0x80]) {
        const altered = Uint8Array.from(good, (byte, at) => (at === place ? byte ^ bit : byte));
        expect(check(key, altered), `byte ${place}, bit ${bit}`).toBe(false);
      }
    }
    expect(check(key, new Uint8Array())).toBe(false);
    expect(check(key, good.subarray(0, -1))).toBe(false);
    expect(check(key, Uint8Array.of(...good, 0))).toBe(false);
    expect(check(key, Uint8Array.of(0, ...good))).toBe(false);
    expect(check(key, new Uint8Array(good.length))).toBe(false);
    expect(check(key, new Uint8Array(good.length).fill(0xff))).toBe(false);
  });

  it('does not take the signature of one kind of key for another', () => {
    const keys = [EC, ED, RSA];
    for (const key of keys) for (const other of keys) if (key !== other) expect(check(key, signature(other, MESSAGE))).toBe(false);
  });

  // Such a key takes seconds to make on a busy machine.
  it('takes RSA keys up to 4096 bits', { timeout: 60_000 }, () => {
    const large = newKey('large', 'RS256', 4096);
    expect(check(large, signature(large, MESSAGE))).toBe(true);
  });
});

// The vectors below are made after Project Wycheproof's: ecdsa_secp256r1_sha256_p1363, ed25519, rsa_signature_2048_sha256 (invalid padding, "BER", "Bleichenbacher").

describe('ES256', () => {
  const N = p256.Point.Fn.ORDER;
  const good = signature(EC, MESSAGE);
  const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  const r = number(good.subarray(0, 32));
  const s = number(good.subarray(32));
  const raw = (a: bigint, b: bigint) =>
    Buffer.from(a.toString(16).padStart(64, '0').slice(-64) + b.toString(16).padStart(64, '0').slice(-64), 'hex');
  const P = p256.Point.Fp.ORDER;

  it.each<readonly [string, bigint, bigint]>([
    ['r = 0', 0n, s],
    ['s = 0', r, 0n],
    ['both 0', 0n, 0n],
    ['both 1', 1n, 1n],
    ['r = n', N, s],
    ['s = n', r, N],
    ['r = n + 1', N + 1n, s],
    ['s = n + 1', r, N + 1n],
    ['r = n - 1', N - 1n, s],
    ['s = n - 1', r, N - 1n],
    ['r = p', P, s],
    ['the two the other way round', s, r],
    ['r negated', N - r, s],
    ['all ones', (1n << 256n) - 1n, (1n << 256n) - 1n],
  ])('does not take %s', (_, a, b) => {
    expect(check(EC, raw(a, b))).toBe(false);
  });

  it('takes both forms of a signature, as RFC 7518 asks for no certain one', () => {
    expect(check(EC, raw(r, s))).toBe(true);
    expect(check(EC, raw(r, N - s))).toBe(true);
  });

  it('does not take DER', () => {
    const der = p256.Signature.fromBytes(good, 'compact').toBytes('der');
    expect(check(EC, der)).toBe(false);
    // Padded to the length of the raw form, or the raw form cut out of it.
    expect(check(EC, der.subarray(0, 64))).toBe(false);
  });

  it('does not take a key that is no point of the curve, and says so without throwing', () => {
    const jwk = { ...EC.jwk, y: base64url(new Uint8Array(32).fill(5)) };
    expect(verifies(parsed(jwk), MESSAGE, good)).toBe(false);
    const origin = { ...EC.jwk, x: base64url(new Uint8Array(32)), y: base64url(new Uint8Array(32)) };
    expect(verifies(parsed(origin), MESSAGE, good)).toBe(false);
  });
});

describe('EdDSA', () => {
  const L = ed25519.Point.Fn.ORDER;
  const good = signature(ED, MESSAGE);
  const little = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  const bytesOf = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
  const withS = (value: bigint) => Uint8Array.of(...good.subarray(0, 32), ...bytesOf(value));
  const s = little(good.subarray(32));

  it('does not take an s that is not the least of its class', () => {
    for (let times = 1n; times < 15n; times++) {
      if (s + times * L < 1n << 256n) expect(check(ED, withS(s + times * L)), `${times}`).toBe(false);
    }
    expect(check(ED, withS(0n))).toBe(false);
    expect(check(ED, withS(L))).toBe(false);
    expect(check(ED, withS(s))).toBe(true);
  });

  // The encodings of the points of order 1, 2, 4 and 8, some of them not canonical (Chalkias, Garillot, Nikolaenko 2020, table 2).
  const SMALL = [
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '0000000000000000000000000000000000000000000000000000000000000000',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    '0100000000000000000000000000000000000000000000000000000000000080',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ];

  it('takes no key of small order, under which anything is signed', () => {
    for (const key of SMALL) {
      const small = parsed({ ...ED.jwk, x: base64url(Buffer.from(key, 'hex')) });
      for (const point of SMALL) {
        expect(verifies(small, MESSAGE, Uint8Array.of(...Buffer.from(point, 'hex'), ...new Uint8Array(32)))).toBe(false);
      }
    }
  });

  it('takes no R that is not canonical', () => {
    // R of a signature, plus p, where that still fits: only for y < 19, so made from points of small order under a real key.
    for (const point of SMALL) expect(check(ED, Uint8Array.of(...Buffer.from(point, 'hex'), ...good.subarray(32)))).toBe(false);
    const flipped = Uint8Array.from(good, (byte, at) => (at === 31 ? byte ^ 0x80 : byte));
    expect(check(ED, flipped)).toBe(false);
  });
});

describe('RS256', () => {
  const LENGTH = 256;
  const INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');
  const HASH = createHash('sha256').update(MESSAGE).digest();
  /** What the private key makes of a whole block: any padding at all. */
  const signBlock = (block: Uint8Array) => privateEncrypt({ key: RSA.privateKey, padding: constants.RSA_NO_PADDING }, block);
  const padded = (info: Uint8Array, { filler = 0xff, first = 0, type = 1, separator = 0, length = LENGTH }: Padding = {}) =>
    Uint8Array.of(first, type, ...new Uint8Array(length - info.length - 3).fill(filler), separator, ...info);
  interface Padding {
    readonly filler?: number;
    readonly first?: number;
    readonly type?: number;
    readonly separator?: number;
    readonly length?: number;
  }
  const digest = (...info: readonly Uint8Array[]) => Buffer.concat([...info, HASH]);
  const hex = (text: string) => Buffer.from(text, 'hex');
  const GOOD = digest(INFO);
  /** The padding cut short, with something else in the room that is gained. */
  const short = (filler: number, tail: Uint8Array) => {
    const head = Uint8Array.of(0, 1, ...new Uint8Array(filler).fill(0xff), 0, ...GOOD);
    const room = LENGTH - head.length - tail.length;
    return Uint8Array.of(...head, ...new Uint8Array(room).fill(0x5a), ...tail);
  };

  it('takes the one block that RFC 8017 makes', () => {
    expect(check(RSA, signBlock(padded(GOOD)))).toBe(true);
    expect(signBlock(padded(GOOD))).toEqual(signature(RSA, MESSAGE));
  });

  it.each<readonly [string, Uint8Array]>([
    ['eight bytes of padding and garbage behind the hash', short(8, new Uint8Array())],
    ['a hundred bytes of padding and garbage behind the hash', short(100, new Uint8Array())],
    ['no padding and garbage behind the hash', short(0, new Uint8Array())],
    ['padding of zeros', padded(GOOD, { filler: 0 })],
    ['padding of other bytes', padded(GOOD, { filler: 0xfe })],
    ['block type 0', padded(GOOD, { type: 0 })],
    ['block type 2', padded(GOOD, { type: 2 })],
    ['no zero before the hash', padded(GOOD, { separator: 0xff })],
    ['no zero at the front', padded(GOOD, { first: 1, type: 0xff })],
    ['the hash alone', padded(HASH)],
    ['no parameters in the algorithm', padded(digest(hex('302f300b0609608648016503040201'), hex('0420')))],
    ['other parameters than NULL', padded(digest(hex('3032300e06096086480165030402010500'), hex('000420')))],
    ['SHA-1 as the algorithm', padded(digest(hex('302d300906052b0e03021a05000420')))],
    ['SHA-384 as the algorithm', padded(digest(hex('3031300d060960864801650304020205000420')))],
    ['SHA-512 as the algorithm', padded(digest(hex('3031300d060960864801650304020305000420')))],
    ['SHA-224 as the algorithm', padded(digest(hex('3031300d060960864801650304020405000420')))],
    ['a length in long form (BER)', padded(digest(hex('308131300d060960864801650304020105000420')))],
    ['the inner length in long form (BER)', padded(digest(hex('303230810d060960864801650304020105000420')))],
    ['the length of the hash in long form (BER)', padded(digest(hex('3032300d06096086480165030402010500048120')))],
    ['an indefinite length (BER)', padded(Buffer.concat([hex('3080300d060960864801650304020105000420'), HASH, hex('0000')]))],
    ['a longer NULL', padded(digest(hex('3032300e06096086480165030402010501000420')))],
    [
      'something after the hash within the sequence',
      padded(Buffer.concat([hex('3033300d060960864801650304020105000420'), HASH, hex('0500')])),
    ],
    ['a hash cut short', padded(Buffer.concat([hex('3030300d06096086480165030402010500041f'), HASH.subarray(0, 31)]))],
    ['a hash that is one bit off', padded(Buffer.concat([INFO, HASH.map((byte, at) => (at === 31 ? byte ^ 1 : byte))]))],
    ['a sequence within a sequence', padded(digest(hex('30333031300d060960864801650304020105000420')))],
    ['zeros alone', new Uint8Array(LENGTH)],
    ['the number 1', Uint8Array.of(...new Uint8Array(LENGTH - 1), 1)],
  ])('does not take %s', (_, block) => {
    expect(block).toHaveLength(LENGTH);
    expect(check(RSA, block[0] === 0 ? signBlock(block) : block)).toBe(false);
  });

  it('does not take a signature plus the modulus', () => {
    const modulus = BigInt(`0x${Buffer.from(String(RSA.jwk.n), 'base64url').toString('hex')}`);
    const good = signature(RSA, MESSAGE);
    const sum = (BigInt(`0x${Buffer.from(good).toString('hex')}`) + modulus).toString(16);
    expect(check(RSA, Buffer.from(sum.padStart(sum.length + (sum.length % 2), '0'), 'hex'))).toBe(false);
    expect(check(RSA, Buffer.from(modulus.toString(16), 'hex'))).toBe(false);
  });

  it('does not take the cube root of a block with slack, under the exponent 3 (Bleichenbacher 2006)', () => {
    const jwk = { ...RSA.jwk, e: base64url(Uint8Array.of(3)) };
    const head = Uint8Array.of(0, 1, ...new Uint8Array(8).fill(0xff), 0, ...GOOD);
    const target = BigInt(`0x${Buffer.from(head).toString('hex')}${'00'.repeat(LENGTH - head.length)}`);
    // The least number whose cube is not below the target.
    let root = 0n;
    for (let bit = 1n << 700n; bit > 0n; bit >>= 1n) if ((root + bit) ** 3n < target) root += bit;
    root += 1n;
    const forged = Buffer.from(root.toString(16).padStart(LENGTH * 2, '0'), 'hex');
    // It does what it is meant to do: the block begins as a good one does.
    const block = (root ** 3n).toString(16).padStart(LENGTH * 2, '0');
    expect(block.startsWith(Buffer.from(head).toString('hex'))).toBe(true);
    expect(verifies(parsed(jwk), MESSAGE, forged)).toBe(false);
  });
});

describe('a key', () => {
  it('checks its own algorithm alone, whatever a token says', () => {
    const algorithms: readonly Algorithm[] = [EC, ED, RSA].map(({ jwk }) => parsed(jwk).algorithm);
    expect(algorithms).toEqual(['ES256', 'EdDSA', 'RS256']);
  });
});
