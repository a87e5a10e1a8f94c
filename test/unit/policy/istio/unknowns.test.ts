import { describe, expect, it } from 'vitest';
import type { AccessCall, Peer } from '../../../../src/policy/access/model.ts';
import { allow, ask, CLIENT, deny, GET, type Manifest, policy, TCP } from './mesh.ts';

const from = (source: Manifest) => [{ from: [{ source }] }];
const to = (operation: Manifest) => [{ to: [{ operation }] }];
const SOMEWHERE: Peer = { ...CLIENT, address: undefined };

describe('what is not known', () => {
  it.each<readonly [string, Manifest, Partial<AccessCall>, Peer, string]>([
    ["the client's address", deny('d', from({ ipBlocks: ['10.0.0.0/8'] })), {}, SOMEWHERE, "the client's address"],
    [
      'the original client’s address',
      deny('d', from({ remoteIpBlocks: ['10.0.0.0/8'] })),
      { headers: undefined },
      CLIENT,
      'the header x-forwarded-for',
    ],
    ['the method', deny('d', to({ methods: ['GET'] })), { method: undefined }, CLIENT, 'the method'],
    ['the path', deny('d', to({ paths: ['/a'] })), { path: undefined }, CLIENT, 'the path'],
    ['the path of a template', deny('d', to({ paths: ['/{*}'] })), { path: undefined }, CLIENT, 'the path'],
    ['the host', deny('d', to({ hosts: ['a'] })), { host: undefined }, CLIENT, 'the host'],
    ['a header', deny('d', [{ when: [{ key: 'request.headers[x]', values: ['1'] }] }]), { headers: undefined }, CLIENT, 'the header "x"'],
  ])('%s', (_, object, call, peer, phrase) => {
    const answer = ask({ objects: [object], call: { ...GET, ...call }, peer });
    expect(answer).toMatchObject({ verdict: 'unknown', dependsOn: [phrase], decidedBy: { object: { name: 'd' } } });
    expect(answer.refusal).toBeUndefined();
  });
  it('the rule that may match is named', () => {
    const rules = [...to({ methods: ['PUT'], hosts: ['x'] }), ...to({ methods: ['GET'] })];
    expect(ask({ objects: [deny('d', rules)], call: { ...GET, method: undefined } }).decidedBy.field).toBe('spec.rules[1]');
  });
  it('does not matter where something else decides', () => {
    const call = { ...GET, method: undefined };
    expect(ask({ objects: [deny('d', [{ ...to({ methods: ['GET'] })[0], ...from({ namespaces: ['other'] })[0] }])], call }).verdict).toBe(
      'allowed',
    );
    expect(ask({ objects: [deny('d', to({ methods: ['GET'] })), deny('e', [{}])], call }).verdict).toBe('denied');
    expect(ask({ objects: [allow('a', to({ methods: ['GET'] })), allow('b', [{}])], call }).verdict).toBe('allowed');
    expect(ask({ objects: [deny('d', to({ methods: ['GET'] })), allow('a', [])], call }).verdict).toBe('denied');
    expect(ask({ objects: [policy('x', { action: 'AUDIT', rules: to({ methods: ['GET'] }) })], call }).verdict).toBe('allowed');
  });
  it.each<readonly [string, readonly Manifest[], string]>([
    ['one rule or the other matches', [allow('a', to({ methods: ['GET'] })), allow('b', to({ notMethods: ['GET'] }))], 'allowed'],
    ['so with patterns', [allow('a', to({ paths: ['/admin*'] })), allow('b', to({ notPaths: ['/admin*'] }))], 'allowed'],
    ['so with a narrower one', [allow('a', to({ paths: ['/a/b*'] })), allow('b', to({ notPaths: ['/a*'] }))], 'unknown'],
    ['so with hosts, without case', [allow('a', to({ hosts: ['*.Shop'] })), allow('b', to({ notHosts: ['*.shop'] }))], 'allowed'],
    ['one denies or the other', [deny('a', to({ methods: ['GET'] })), deny('b', to({ notMethods: ['GET'] }))], 'denied'],
    ['what is denied is not allowed', [deny('d', to({ methods: ['GET'] })), allow('a', to({ methods: ['GET'] }))], 'denied'],
    ['another method is left', [allow('a', to({ methods: ['GET'] })), allow('b', to({ methods: ['POST'] }))], 'unknown'],
    [
      'both ends of a path',
      [deny('a', to({ paths: ['/a*'], notPaths: ['*z'] })), deny('b', to({ paths: ['*z'] })), deny('c', to({ notPaths: ['/a*'] }))],
      'denied',
    ],
    ['one end of a path', [deny('d', to({ paths: ['*z'] }))], 'unknown'],
    ['one beginning of a path', [deny('d', to({ paths: ['/z*'] }))], 'unknown'],
    ['a template is not tried', [allow('a', to({ paths: ['/{*}'] })), allow('b', to({ notPaths: ['/{*}'] }))], 'unknown'],
    [
      'a header that is none is not tried',
      [allow('a', to({ methods: ['GET'] })), allow('b', [{ when: [{ key: 'request.headers[:method]', notValues: ['GET'] }] }])],
      'unknown',
    ],
    [
      'an authorizer is still asked',
      [policy('c', { action: 'CUSTOM', provider: { name: 'x' }, rules: to({ methods: ['GET'] }) })],
      'unknown',
    ],
  ])('does not matter where no value changes the outcome: %s', (_, objects, verdict) => {
    const answer = ask({ objects, call: { ...GET, method: undefined, path: undefined, host: undefined } });
    expect(answer.verdict).toBe(verdict);
    expect(answer.dependsOn.length > 0).toBe(verdict === 'unknown');
    expect(answer.refusal).toBe(verdict === 'denied' ? 403 : undefined);
    if (verdict !== 'unknown') expect(answer.decidedBy.says).toMatch(/^Whatever the (method|path|host) is, the call is /);
  });
  it('does not matter where every value satisfies the rule', () => {
    expect(
      ask({
        objects: [allow('a', to({ methods: ['*'], paths: ['/*'], hosts: ['*'] }))],
        call: { ...GET, method: undefined, path: undefined, host: undefined },
      }).verdict,
    ).toBe('allowed');
  });
  it('every path begins with a slash', () => {
    const call = { ...GET, path: undefined };
    // A template beside it keeps paths from being tried one by one.
    expect(ask({ objects: [deny('d', to({ paths: ['/*', '/a/{*}'] }))], call }).verdict).toBe('denied');
    expect(ask({ objects: [deny('d', to({ paths: ['/', '/a/{*}'] }))], call }).verdict).toBe('unknown');
    expect(ask({ objects: [deny('d', to({ paths: ['/b*', '/a/{*}'] }))], call }).verdict).toBe('unknown');
  });
  it('is named completely', () => {
    const objects = [deny('d', to({ methods: ['GET'], hosts: ['a'] })), allow('a', from({ ipBlocks: ['10.0.0.0/8'] }))];
    const answer = ask({ objects, call: { ...GET, method: undefined, host: undefined }, peer: SOMEWHERE });
    expect(answer.dependsOn).toEqual(['the host', 'the method', "the client's address"]);
  });
  it('a path that a proxy would change is taken as it is, and that is said', () => {
    expect(ask({ objects: [], call: { ...GET, path: '/a/../b' } }).assumed.join()).toContain('normalised');
    expect(ask({ objects: [], call: GET }).assumed).toEqual([]);
  });
  it('what the API server would refuse is not guessed at', () => {
    const answer = ask({ objects: [deny('d', [{ from: [{ source: { namespaces: 'shop' } }] }])] });
    expect(answer.verdict).toBe('unknown');
    expect(answer.dependsOn.join()).toContain('spec.rules[0] of AuthorizationPolicy shop/d');
    expect(ask({ objects: [deny('d', 'everything')] }).verdict).toBe('unknown');
    expect(ask({ objects: [deny('d', [{ from: [{ source: { namespaces: ['shop', 7] } }] }])] }).verdict).toBe('unknown');
    expect(ask({ objects: [deny('d', [{ from: [{ source: { namespaces: ['shop'] } }, 7] }])] }).verdict).toBe('unknown');
    expect(ask({ objects: [deny('d', [{ from: [{ source: 7 }] }])] }).verdict).toBe('unknown');
    expect(ask({ objects: [deny('d', [{ to: [{ operation: [] }] }])] }).verdict).toBe('unknown');
    expect(ask({ objects: [deny('d', [{ when: [{ key: 7 }] }])] }).verdict).toBe('unknown');
    expect(ask({ objects: [deny('d', [null])] }).verdict).toBe('allowed');
  });
  it('a call that says what only HTTP has is one of HTTP', () => {
    const call: AccessCall = { ...TCP, protocol: 'unknown', method: 'GET' };
    expect(ask({ objects: [deny('d', to({ methods: ['POST'] }))], call }).verdict).toBe('allowed');
  });
});
