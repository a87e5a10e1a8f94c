import { createHmac, createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readToken } from '../../../../src/access/jwt/token.ts';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { parseConfig } from '../../../../src/config.ts';
import { base64url, type Claims, goodClaims, ISSUER_OPTIONS, Issuer, newKey, type SigningKey, tokenOf } from '../../../support/issuer.ts';
import { fakeClock, fakeHttp } from '../../../support/ports.ts';
import { quietPorts } from '../../../support/quiet-ports.ts';

const EC = newKey('ec', 'ES256');
const ED = newKey('ed', 'EdDSA');
const RSA = newKey('rsa', 'RS256');
const KEYS = [EC, ED, RSA];

function world(options: Readonly<Record<string, string>> = {}) {
  const issuer = new Issuer(KEYS);
  const clock = fakeClock();
  const ports = { ...quietPorts().ports, clock, http: fakeHttp(issuer.answer), keyvalue: memoryKeyValue() };
  const given = { ...ISSUER_OPTIONS, ...options };
  const config = parseConfig({ get: (name) => given[name] });
  return {
    issuer,
    clock,
    read: (token: string) => readToken(token, ports, config),
    good: (more: Claims = {}) => goodClaims(clock.now(), more),
  };
}

describe('readToken', () => {
  it.each(KEYS)('takes a good token signed with $algorithm, and gives its bearer with their roles', (key) => {
    const { read, good } = world();
    expect(read(tokenOf(key, good({ groups: ['sre', 'dev'], scope: 'openid' })))).toEqual({
      tag: 'bearer',
      principal: {
        name: 'bob',
        via: 'token',
        groups: ['sre', 'dev'],
        grants: [
          { role: 'viewer', namespaces: '*' },
          { role: 'operator', namespaces: ['shop'] },
        ],
      },
    });
  });

  it('gives nobody a role whom no rule fits', () => {
    const { read, good } = world({ ROLES: 'admin=sub:alice' });
    expect(read(tokenOf(EC, good()))).toMatchObject({ tag: 'bearer', principal: { name: 'bob', grants: [] } });
  });

  it('takes a token that names no key where the issuer has one that fits', () => {
    const { read, good, issuer } = world();
    const token = tokenOf(EC, good(), { kid: undefined });
    expect(read(token)).toMatchObject({ tag: 'bearer' });
    issuer.keys = [...KEYS, newKey('another', 'ES256')];
    const fresh = world();
    fresh.issuer.keys = issuer.keys;
    expect(fresh.read(token)).toEqual({ tag: 'refused', problem: 'key' });
  });

  const refused = (token: string, options?: Readonly<Record<string, string>>) => {
    const outcome = world(options).read(token);
    return outcome.tag === 'refused' ? outcome.problem : outcome.tag;
  };
  const good = (more: Claims = {}) => world().good(more);

  it('does not take a token of a key that is not the issuer’s, whatever it is called', () => {
    for (const { kid, algorithm } of KEYS) {
      const forger = newKey(kid, algorithm);
      expect(refused(tokenOf(forger, good()))).toBe('signature');
      expect(refused(tokenOf(forger, good(), { jwk: forger.jwk, jku: 'https://evil.test/keys' }))).toBe('signature');
      expect(refused(tokenOf(forger, good(), { kid: 'mine' }))).toBe('key');
    }
  });

  it('takes no unsigned token', () => {
    const head = (header: Claims) => `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(good()))}`;
    expect(refused(`${head({ alg: 'none' })}.`)).toBe('algorithm');
    expect(refused(`${head({ alg: 'nOnE', kid: 'ec' })}.`)).toBe('algorithm');
    expect(refused(`${head({ alg: 'ES256', kid: 'ec' })}.`)).toBe('signature');
    expect(refused(`${head({ alg: 'EdDSA', kid: 'ed' })}.`)).toBe('signature');
    expect(refused(`${head({ alg: 'RS256', kid: 'rsa' })}.`)).toBe('signature');
  });

  it('takes no HMAC made with the public key, in any of its forms', () => {
    for (const { kid, privateKey, jwk } of KEYS) {
      const publicKey = createPublicKey(privateKey);
      const secrets = [
        publicKey.export({ format: 'pem', type: 'spki' }),
        publicKey.export({ format: 'der', type: 'spki' }),
        JSON.stringify(jwk),
        Buffer.from(String(jwk.n ?? jwk.x), 'base64url'),
        '',
      ];
      for (const secret of secrets) {
        for (const alg of ['HS256', 'ES256', 'RS256', 'EdDSA']) {
          const signed = `${base64url(JSON.stringify({ alg, kid }))}.${base64url(JSON.stringify(good()))}`;
          const token = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
          expect(['algorithm', 'signature', 'key']).toContain(refused(token));
        }
      }
    }
  });

  it('takes no signature under a header that names another algorithm', () => {
    for (const key of KEYS) {
      for (const { algorithm } of KEYS) {
        if (algorithm !== key.algorithm) expect(refused(tokenOf(key, good(), { alg: algorithm }))).toBe('key');
      }
      for (const alg of ['PS256', 'RS512', 'ES384', 'ES256K', 'Ed448']) expect(refused(tokenOf(key, good(), { alg }))).toBe('algorithm');
    }
  });

  it('takes only the algorithms of JWT_ALGORITHMS', () => {
    expect(refused(tokenOf(RSA, good()), { JWT_ALGORITHMS: 'ES256,EdDSA' })).toBe('algorithm');
    expect(refused(tokenOf(EC, good()), { JWT_ALGORITHMS: 'ES256,EdDSA' })).toBe('bearer');
  });

  it.each<readonly [Claims, string]>([
    [{ iss: 'https://evil.test' }, 'issuer'],
    [{ aud: 'https://other.test' }, 'audience'],
    [{ exp: 1 }, 'expired'],
    [{ nbf: 4_000_000_000 }, 'not-yet'],
    [{ sub: undefined }, 'claims'],
  ])('takes no token that says %j, however well it is signed', (more, problem) => {
    expect(refused(tokenOf(EC, good(more)))).toBe(problem);
  });

  it('takes no token any more when its time is over', () => {
    const { read, clock, good } = world();
    const token = tokenOf(EC, good());
    expect(read(token).tag).toBe('bearer');
    clock.advance(359_000);
    expect(read(token).tag).toBe('bearer');
    clock.advance(2_000);
    expect(read(token)).toEqual({ tag: 'refused', problem: 'expired' });
  });

  it('does not ask the issuer about what is wrong already', () => {
    const asked: string[] = [];
    const http = fakeHttp(({ url }) => {
      asked.push(url);
      throw new Error('nobody should ask');
    });
    const config = parseConfig({ get: (name) => ISSUER_OPTIONS[name] });
    for (const token of ['', 'a.b.c', tokenOf(EC, good({ iss: 'x' })), tokenOf(EC, good({ exp: 1 }))]) {
      expect(readToken(token, { ...quietPorts().ports, clock: fakeClock(), http }, config).tag).toBe('refused');
    }
    expect(asked).toEqual([]);
  });

  it('takes no token that was altered anywhere', () => {
    const { read, good } = world();
    const tokens = KEYS.map((key: SigningKey) => tokenOf(key, good()));
    for (const token of tokens) expect(read(token).tag).toBe('bearer');
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n'];
    fc.assert(
      fc.property(
        fc.constantFrom(...tokens),
        fc.nat(),
        fc.constantFrom(...letters),
        fc.constantFrom('replace', 'insert', 'remove'),
        (token, at, letter, how) => {
          const place = at % token.length;
          const rest = how === 'insert' ? token.slice(place) : token.slice(place + 1);
          const altered = `${token.slice(0, place)}${how === 'remove' ? '' : letter}${rest}`;
          fc.pre(altered !== token);
          expect(read(altered).tag).toBe('refused');
        },
      ),
      { numRuns: 400 },
    );
  });

  it('takes no token that was put together from two', () => {
    const { read, good } = world();
    const [head = '', , tail = ''] = tokenOf(EC, good()).split('.');
    const [otherHead = '', body = '', otherTail = ''] = tokenOf(EC, good({ sub: 'alice' })).split('.');
    expect(read(`${head}.${body}.${tail}`)).toEqual({ tag: 'refused', problem: 'signature' });
    expect(read(`${otherHead}.${body}.${otherTail}`).tag).toBe('bearer');
  });
});
