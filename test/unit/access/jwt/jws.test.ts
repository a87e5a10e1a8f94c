import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TOKEN_CHARACTERS, parseToken } from '../../../../src/access/jwt/jws.ts';
import { ALGORITHMS } from '../../../../src/config.ts';
import { base64url } from '../../../support/issuer.ts';

const SIGNATURE = base64url(new Uint8Array(64).fill(7));
const HEADER = { alg: 'ES256', kid: 'k1', typ: 'at+jwt' };

const token = (header: unknown, claims: unknown = { sub: 'x' }) =>
  `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}.${SIGNATURE}`;
const problem = (text: string) => {
  const parsed = parseToken(text, ALGORITHMS);
  return 'tag' in parsed ? parsed.problem : undefined;
};

describe('parseToken', () => {
  it('gives the parts of a token, and what the signature is over', () => {
    const text = token(HEADER);
    expect(parseToken(text, ALGORITHMS)).toEqual({
      algorithm: 'ES256',
      kid: 'k1',
      claims: { sub: 'x' },
      signed: new TextEncoder().encode(text.slice(0, text.lastIndexOf('.'))),
      signature: new Uint8Array(64).fill(7),
    });
  });

  it.each([
    'none',
    'None',
    'NONE',
    '',
    'HS256',
    'HS384',
    'HS512',
    'ES384',
    'ES512',
    'RS1',
    'RS384',
    'PS256',
    'es256',
    'Ed25519',
    null,
    1,
    ['ES256'],
    undefined,
  ])('takes no token whose alg is %j', (alg) => {
    expect(problem(token({ ...HEADER, alg }))).toBe('algorithm');
  });

  it('takes only the algorithms that it is told', () => {
    expect(parseToken(token(HEADER), ['RS256', 'EdDSA'])).toEqual({ tag: 'refused', problem: 'algorithm' });
  });

  it.each(['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'application/jwt', undefined])('takes the type %j', (typ) => {
    expect(problem(token({ ...HEADER, typ }))).toBeUndefined();
  });

  it.each(['dpop+jwt', 'secevent+jwt', 'logout+jwt', '', null, 7])('does not take the type %j', (typ) => {
    expect(problem(token({ ...HEADER, typ }))).toBe('type');
  });

  it.each([[['b64']], [[]], [null], [['exp']]])('takes no critical extensions: %j', (crit) => {
    expect(problem(token({ ...HEADER, crit, b64: false }))).toBe('critical');
  });

  it.each(['', 7, null, 'k'.repeat(513)])('takes no odd name of a key: %j', (kid) => {
    expect(problem(token({ ...HEADER, kid }))).toBe('malformed');
  });

  it('looks at no key and no address of keys in the header', () => {
    const parsed = parseToken(
      token({ ...HEADER, jwk: { kty: 'oct' }, jku: 'https://evil.test', x5u: 'https://evil.test', x5c: ['x'] }),
      ALGORITHMS,
    );
    expect(parsed).toMatchObject({ algorithm: 'ES256', kid: 'k1' });
    expect(JSON.stringify(parsed)).not.toContain('evil');
  });

  const [head = '', body = ''] = token(HEADER).split('.');
  it.each([
    ['nothing', ''],
    ['one part', 'abc'],
    ['two parts', `${head}.${body}`],
    ['four parts', `${head}.${body}.${SIGNATURE}.x`],
    ['five parts, as an encrypted token has', `${head}.${body}.a.b.c`],
    ['padding', `${head}=.${body}.${SIGNATURE}`],
    ['a line break', `${head}\n.${body}.${SIGNATURE}`],
    ['a space', `${head}. ${body}.${SIGNATURE}`],
    ['the other alphabet', `${head}.${body}.++//`],
    ['bits left over', `${head}.${body}.AB`],
    ['a length that base64 cannot have', `${head}.${body}.A`],
    ['an array as a header', `${base64url('[]')}.${body}.${SIGNATURE}`],
    ['a text as a payload', `${head}.${base64url('"x"')}.${SIGNATURE}`],
    ['no JSON', `${head}.${base64url('{')}.${SIGNATURE}`],
    ['an endless depth', `${head}.${base64url('{"a":'.repeat(2000))}.${SIGNATURE}`],
    ['the JSON serialisation', JSON.stringify({ protected: head, payload: body, signature: SIGNATURE })],
  ])('takes no token with %s', (_, text) => {
    expect(problem(text)).toBe('malformed');
  });

  it('does not look at what is too long', () => {
    expect(problem(`${head}.${body}.${'A'.repeat(MAX_TOKEN_CHARACTERS)}`)).toBe('too-long');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.json(), fc.json(), fc.string()).map(([a, b, c]) => `${base64url(a)}.${base64url(b)}.${base64url(c)}`),
        ),
        (text) => {
          parseToken(text, ALGORITHMS);
        },
      ),
    );
  });
});
