import { describe, expect, it } from 'vitest';
import { allow, ask, brief, deny, GET, type Manifest, requestAuthentication, TCP } from './mesh.ts';

const idp = (rule: Manifest = {}, spec: Manifest = {}, place = {}) =>
  requestAuthentication('idp', { jwtRules: [{ issuer: 'https://idp', ...rule }], ...spec }, place);
const ALICE = { iss: 'https://idp', sub: 'alice' };
const NEEDED = allow('needed', [{ from: [{ source: { requestPrincipals: ['*'] } }] }]);

describe('RequestAuthentication', () => {
  it.each([
    ['a call without a token passes', [idp()], null, 'allowed'],
    ['unless a policy asks for one', [idp(), NEEDED], null, 'denied by needed'],
    ['a good token passes', [idp(), NEEDED], ALICE, 'allowed by needed'],
    ['a token of another issuer is refused', [idp()], { iss: 'https://other' }, 'denied by idp'],
    ['a token for another audience is refused', [idp({ audiences: ['api'] })], { ...ALICE, aud: 'x' }, 'denied by idp'],
    ['one audience is enough', [idp({ audiences: ['api', 'web'] })], { ...ALICE, aud: ['x', 'web'] }, 'allowed'],
    ['scheme and closing slash of an audience do not count', [idp({ audiences: ['https://api/'] })], { ...ALICE, aud: 'api' }, 'allowed'],
    ['without one nobody looks at tokens', [NEEDED], ALICE, 'denied by needed'],
    [
      'a rule without an issuer takes every issuer',
      [requestAuthentication('idp', { jwtRules: [{ jwksUri: 'https://keys' }] }), NEEDED],
      { iss: 'x', sub: 'y' },
      'allowed by needed',
    ],
    ['one for other pods does not look', [idp({}, { selector: { matchLabels: { app: 'api' } } }), NEEDED], ALICE, 'denied by needed'],
    ['one of the root namespace does', [idp({}, {}, { namespace: 'istio-system' }), NEEDED], ALICE, 'allowed by needed'],
    ['one of another namespace does not', [idp({}, {}, { namespace: 'other' }), NEEDED], ALICE, 'denied by needed'],
    ['one without rules does not look', [requestAuthentication('idp', {})], { iss: 'x' }, 'allowed'],
    [
      'the rules of all of them hold together',
      [idp(), requestAuthentication('b', { jwtRules: [{ issuer: 'https://b' }] }), NEEDED],
      { iss: 'https://b', sub: 'x' },
      'allowed by needed',
    ],
  ])('%s', (_, objects, claims, expected) => {
    expect(brief(ask({ objects, call: { ...GET, claims } }))).toBe(expected);
  });
  it('refuses with 401, and another audience with 403', () => {
    expect(ask({ objects: [idp()], call: { ...GET, claims: { iss: 'x' } } }).refusal).toBe(401);
    expect(ask({ objects: [idp({ audiences: ['a'] })], call: { ...GET, claims: ALICE } }).refusal).toBe(403);
  });
  it('a token that is not known leaves open what asks for it', () => {
    const answer = ask({ objects: [idp(), NEEDED], call: { ...GET, claims: undefined } });
    expect(answer).toMatchObject({ verdict: 'unknown', dependsOn: ['the claims of the call’s token'] });
    expect(answer.assumed.join()).toContain('neither forged nor expired');
    expect(ask({ objects: [idp()], call: { ...GET, claims: undefined } }).verdict).toBe('allowed');
  });
  it('an issuer that is not given is the only one that there is', () => {
    const answer = ask({ objects: [idp(), NEEDED], call: { ...GET, claims: { sub: 'alice' } } });
    expect(answer.verdict).toBe('allowed');
    expect(answer.assumed.join()).toContain('"https://idp"');
  });
  it('divides claims by spaces where it says so', () => {
    const roles = deny('d', [{ when: [{ key: 'request.auth.claims[roles]', values: ['b'] }] }]);
    const claims = { ...ALICE, roles: 'a b' };
    expect(brief(ask({ objects: [idp(), roles], call: { ...GET, claims } }))).toBe('allowed');
    expect(brief(ask({ objects: [idp({ spaceDelimitedClaims: ['roles'] }), roles], call: { ...GET, claims } }))).toBe('denied by d');
  });
  it('looks at no token of a preflight', () => {
    const headers = [
      ['origin', 'https://shop'],
      ['access-control-request-method', 'PUT'],
    ] as const;
    const call = { ...GET, claims: { iss: 'x' }, headers };
    expect(brief(ask({ objects: [idp()], call: { ...call, method: 'OPTIONS' } }))).toBe('allowed');
    expect(brief(ask({ objects: [idp()], call }))).toBe('denied by idp');
    expect(brief(ask({ objects: [idp()], call: { ...call, method: 'OPTIONS', headers: headers.slice(1) } }))).toBe('denied by idp');
    expect(brief(ask({ objects: [idp()], call: { ...call, method: 'OPTIONS', headers: headers.slice(0, 1) } }))).toBe('denied by idp');
  });
  it('has no part in connections of TCP', () => {
    expect(brief(ask({ objects: [idp()], call: { ...TCP, claims: { iss: 'x' } } }))).toBe('allowed');
  });
});
