import { describe, expect, it } from 'vitest';
import { claimProblem, subjectOf } from '../../../../src/access/jwt/claims.ts';
import { AUDIENCE, goodClaims, ISSUER } from '../../../support/issuer.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
const S = NOW / 1000;
const expected = { issuer: ISSUER, audiences: [AUDIENCE, 'other'], leewayMs: 60_000, now: NOW };
const problem = (more: Readonly<Record<string, unknown>>) => claimProblem(JSON.parse(JSON.stringify(goodClaims(NOW, more))), expected);

describe('claimProblem', () => {
  it.each([
    {},
    { aud: 'other' },
    { aud: ['elsewhere', AUDIENCE] },
    { nbf: undefined, iat: undefined },
    { exp: S - 59 },
    { nbf: S + 60 },
    { iat: S + 60 },
    { exp: S + 0.5 },
  ])('finds nothing wrong with %j', (more) => {
    expect(problem(more)).toBeUndefined();
  });

  it.each([
    [{ iss: 'https://evil.test' }, 'issuer'],
    [{ iss: `${ISSUER}/` }, 'issuer'],
    [{ iss: ISSUER.toUpperCase() }, 'issuer'],
    [{ iss: undefined }, 'claims'],
    [{ iss: [ISSUER] }, 'claims'],
    [{ aud: 'elsewhere' }, 'audience'],
    [{ aud: [] }, 'audience'],
    [{ aud: `${AUDIENCE}/` }, 'audience'],
    [{ aud: undefined }, 'claims'],
    [{ aud: [AUDIENCE, 7] }, 'claims'],
    [{ aud: { 0: AUDIENCE } }, 'claims'],
    [{ exp: undefined }, 'claims'],
    [{ exp: String(S + 300) }, 'claims'],
    [{ exp: null }, 'claims'],
    [{ exp: -1 }, 'claims'],
    // Milliseconds by mistake: it would never expire.
    [{ exp: NOW }, 'claims'],
    [{ exp: S - 60 }, 'expired'],
    [{ exp: S - 3600 }, 'expired'],
    [{ exp: 0 }, 'expired'],
    [{ nbf: S + 61 }, 'not-yet'],
    [{ iat: S + 61 }, 'not-yet'],
    [{ nbf: String(S) }, 'claims'],
    [{ iat: true }, 'claims'],
  ])('of %j says %s', (more, word) => {
    expect(problem(more)).toBe(word);
  });

  it('does not take a number that JSON can write and no clock can show', () => {
    expect(claimProblem({ ...goodClaims(NOW), exp: JSON.parse('1e999') }, expected)).toBe('claims');
  });
});

describe('subjectOf', () => {
  it('gives subject, groups and scopes', () => {
    expect(subjectOf({ sub: 'bob', groups: ['a', 'b'], scope: 'read  write', scp: ['x'] }, 'groups')).toEqual({
      name: 'bob',
      groups: ['a', 'b'],
      shown: { sub: ['bob'], group: ['a', 'b'], scope: ['read', 'write', 'x'] },
    });
    expect(subjectOf({ sub: 'bob', groups: 'one', scp: 'read write' }, 'groups')).toMatchObject({
      groups: ['one'],
      shown: { scope: ['read', 'write'] },
    });
    expect(subjectOf({ sub: 'bob' }, 'groups')).toMatchObject({ groups: [], shown: { scope: [] } });
  });

  it('finds groups by the claim’s name, or along its dots', () => {
    expect(subjectOf({ sub: 'bob', realm_access: { roles: ['a'] } }, 'realm_access.roles')).toMatchObject({ groups: ['a'] });
    expect(subjectOf({ sub: 'bob', 'https://x.test/groups': ['a'] }, 'https://x.test/groups')).toMatchObject({ groups: ['a'] });
    expect(subjectOf({ sub: 'bob', realm_access: 'x' }, 'realm_access.length')).toMatchObject({ groups: [] });
    expect(subjectOf({ sub: 'bob' }, 'constructor.name')).toMatchObject({ groups: [] });
  });

  it.each([
    {},
    { sub: '' },
    { sub: 7 },
    { sub: 'x'.repeat(257) },
    { sub: 'bob\n{"message":"request"}' },
    { sub: 'bob\u0000' },
    { sub: 'bob\u202eevil' },
    { sub: 'bob\u2028' },
    { sub: 'bob\ufffd' },
    { sub: 'bob\ud800' },
    { sub: 'bob', groups: [7] },
    { sub: 'bob', groups: { admin: true } },
    { sub: 'bob', groups: Array.from({ length: 501 }, () => 'x') },
  ])('does not take %j', (claims) => {
    expect(subjectOf(claims, 'groups')).toEqual({ tag: 'refused', problem: 'claims' });
  });

  it('takes names in any script', () => {
    expect(subjectOf({ sub: 'Jürgen 王 🙂' }, 'groups')).toMatchObject({ name: 'Jürgen 王 🙂' });
  });
});
