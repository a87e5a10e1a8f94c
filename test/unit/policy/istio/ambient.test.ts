import { describe, expect, it } from 'vitest';
import { AMBIENT, allow, ask, brief, CLIENT, deny, GET, type Manifest, meshed, PLAIN, policy, SETTINGS, spiffe } from './mesh.ts';

const at = (objects: readonly Manifest[], more = {}) => brief(ask({ objects, callee: AMBIENT, ...more }));
const METHODS = { operation: { methods: ['POST'] } };
const PORTS = { operation: { ports: ['8080'] } };
const SHOP = { source: { namespaces: ['shop'] } };

describe('ztunnel', () => {
  it.each([
    ['an ALLOW rule with what only HTTP has never matches', [allow('a', [{ to: [METHODS] }])], 'denied by a'],
    ['nor does one with something else beside it', [allow('a', [{ from: [SHOP], to: [METHODS, PORTS] }])], 'denied by a'],
    ['an ALLOW rule without', [allow('a', [{ from: [SHOP], to: [PORTS] }])], 'allowed by a'],
    ['a DENY rule of which nothing is left matches nothing', [deny('d', [{ to: [METHODS] }])], 'allowed'],
    ['nor one of whose to nothing is left', [deny('d', [{ from: [SHOP], to: [METHODS] }])], 'allowed'],
    ['a DENY rule loses what only HTTP has', [deny('d', [{ to: [{ operation: { methods: ['POST'], ports: ['8080'] } }] }])], 'denied by d'],
    ['an empty alternative is none', [deny('d', [{ to: [METHODS, PORTS] }])], 'denied by d'],
    [
      'a condition that it does not know matches nothing',
      [deny('d', [{ from: [SHOP], when: [{ key: 'connection.sni', values: ['*'] }] }])],
      'allowed',
    ],
    ['source.serviceAccount is one of those', [deny('d', [{ when: [{ key: 'source.serviceAccount', values: ['client'] }] }])], 'allowed'],
    ['a condition without values matches nothing', [deny('d', [{ when: [{ key: 'source.namespace' }] }])], 'allowed'],
    ['a rule without conditions always matches', [deny('d', [{}])], 'denied by d'],
    ['absent rules never match', [allow('a', undefined)], 'denied by a'],
    ['CUSTOM is passed over', [policy('c', { action: 'CUSTOM', rules: [{}], provider: { name: 'ext' } })], 'allowed'],
    ['AUDIT is passed over', [policy('c', { action: 'AUDIT', rules: [{}] })], 'allowed'],
    ['a dry run is a remark', [deny('d', [{}], { annotations: { 'istio.io/dry-run': 'true' } })], 'allowed'],
    [
      'targetRefs are not for it',
      [policy('d', { action: 'DENY', rules: [{}], targetRefs: [{ kind: 'Service', name: 'web' }] })],
      'allowed',
    ],
    ['a selector', [policy('d', { action: 'DENY', rules: [{}], selector: { matchLabels: { app: 'web' } } })], 'denied by d'],
    ['a selector without matchLabels is for nobody', [policy('d', { action: 'DENY', rules: [{}], selector: {} })], 'allowed'],
    ['the root namespace', [deny('d', [{}], { namespace: 'istio-system' })], 'denied by d'],
    ['trustDomains count for nothing', [deny('d', [{ from: [{ source: { trustDomains: ['cluster.local'] } }] }])], 'allowed'],
    ['not even beside something', [allow('a', [{ from: [{ source: { trustDomains: ['x'], namespaces: ['shop'] } }] }])], 'allowed by a'],
    ['values that cannot be read are left out', [deny('d', [{ to: [{ operation: { ports: ['http', '8080'] } }] }])], 'denied by d'],
    ['and what nothing is left of matches nothing', [deny('d', [{ from: [{ source: { notIpBlocks: ['nonsense'] } }] }])], 'allowed'],
    ['serviceAccounts', [deny('d', [{ from: [{ source: { serviceAccounts: ['client'] } }] }])], 'denied by d'],
    ['ipBlocks', [deny('d', [{ from: [{ source: { ipBlocks: ['10.0.0.0/8'] } }] }])], 'denied by d'],
    ['principals', [deny('d', [{ from: [{ source: { principals: ['*/sa/client'] } }] }])], 'denied by d'],
    ['notPrincipals', [deny('d', [{ from: [{ source: { notPrincipals: ['*/sa/client'] } }] }])], 'allowed'],
    ['a star within a namespace stands for itself', [deny('d', [{ from: [{ source: { namespaces: ['s*p'] } }] }])], 'allowed'],
    [
      'source.principal',
      [deny('d', [{ when: [{ key: 'source.principal', values: ['cluster.local/ns/shop/sa/client'] }] }])],
      'denied by d',
    ],
    ['destination.port', [deny('d', [{ when: [{ key: 'destination.port', notValues: ['80'] }] }])], 'denied by d'],
    ['destination.ip is not known', [deny('d', [{ when: [{ key: 'destination.ip', values: ['10.0.0.0/8'] }] }])], 'unknown by d'],
  ])('%s', (_, objects, expected) => {
    expect(at(objects)).toBe(expected);
  });
  it('trust domains have no aliases', () => {
    const settings = { ...SETTINGS, trustDomain: 'td', trustDomainAliases: ['cluster.local'] };
    const objects = [allow('a', [{ from: [{ source: { principals: ['cluster.local/ns/shop/sa/client'] } }] }])];
    expect(at(objects, { settings, peer: meshed(spiffe('client', 'shop', 'td')) })).toBe('denied by a');
  });
  it('a client without an identity', () => {
    expect(at([allow('a', [{ from: [SHOP] }])], { peer: PLAIN })).toBe('denied by a');
    expect(at([allow('a', [{ from: [{ source: { notNamespaces: ['x'] } }] }])], { peer: PLAIN })).toBe('allowed by a');
  });
  it('resets connections, and never looks at a call', () => {
    const answer = ask({ objects: [deny('d', [{}])], callee: AMBIENT, call: { ...GET, method: undefined } });
    expect(answer.refusal).toBe('reset');
    expect(
      ask({ objects: [deny('d', [{ to: [METHODS] }])], callee: AMBIENT, call: { ...GET, method: undefined }, peer: CLIENT }).verdict,
    ).toBe('allowed');
  });
});
