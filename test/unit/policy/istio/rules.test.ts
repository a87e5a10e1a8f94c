import { describe, expect, it } from 'vitest';
import type { AccessCall, Peer } from '../../../../src/policy/access/model.ts';
import {
  allow,
  ask,
  brief,
  CLIENT,
  deny,
  GET,
  type Manifest,
  meshed,
  PLAIN,
  requestAuthentication,
  SETTINGS,
  spiffe,
  TCP,
} from './mesh.ts';

/** Whether a rule matches a call, asked of an ALLOW policy that has no other. */
function matches(rule: Manifest, call: Partial<AccessCall> = {}, peer: Peer = CLIENT, more: readonly Manifest[] = []): boolean | 'unknown' {
  const { verdict } = ask({ objects: [allow('rule', [rule]), ...more], call: { ...GET, ...call }, peer });
  return verdict === 'unknown' ? verdict : verdict === 'allowed';
}

const from = (source: Manifest): Manifest => ({ from: [{ source }] });
const to = (operation: Manifest): Manifest => ({ to: [{ operation }] });
const when = (key: string, values: readonly string[], not = false): Manifest => ({
  when: [{ key, [not ? 'notValues' : 'values']: values }],
});

type Row = readonly [what: string, rule: Manifest, expected: boolean | 'unknown', call?: Partial<AccessCall>, peer?: Peer];

function table(rows: readonly Row[]): void {
  for (const [what, rule, expected, call, peer] of rows) it(what, () => expect(matches(rule, call, peer)).toBe(expected));
}

describe('rules', () => {
  it('absent rules never match: ALLOW denies, DENY denies nothing', () => {
    expect(brief(ask({ objects: [allow('none', undefined)] }))).toBe('denied by none');
    expect(brief(ask({ objects: [deny('none', undefined)] }))).toBe('allowed');
    expect(brief(ask({ objects: [allow('none', [])] }))).toBe('denied by none');
  });
  it('a rule without conditions always matches', () => {
    expect(brief(ask({ objects: [allow('all', [{}])] }))).toBe('allowed by all');
    expect(brief(ask({ objects: [deny('all', [{}])] }))).toBe('denied by all');
  });
  table([
    ['from, to and when must hold together', { ...from({ namespaces: ['shop'] }), ...to({ methods: ['POST'] }) }, false],
    ['the items of from are alternatives', { from: [{ source: { namespaces: ['x'] } }, { source: { namespaces: ['shop'] } }] }, true],
    ['the items of to are alternatives', { to: [{ operation: { methods: ['POST'] } }, { operation: { methods: ['GET'] } }] }, true],
    [
      'the items of when must hold together',
      {
        when: [
          { key: 'destination.port', values: ['8080'] },
          { key: 'destination.port', values: ['9'] },
        ],
      },
      false,
    ],
    ['the fields of a source must hold together', from({ namespaces: ['shop'], principals: ['x'] }), false],
    ['the values of a field are alternatives', from({ namespaces: ['x', 'shop'] }), true],
    [
      'values and notValues of a condition must hold together',
      { when: [{ key: 'source.namespace', values: ['s*'], notValues: ['shop'] }] },
      false,
    ],
    ['an attribute that Istio does not know skips the rule', when('destination.labels[app]', ['web']), false],
    ['a condition without values asks nothing', { when: [{ key: 'source.namespace' }] }, true],
  ]);
});

describe('from.source', () => {
  table([
    ['principals: exact, without spiffe://', from({ principals: ['cluster.local/ns/shop/sa/client'] }), true],
    ['principals: spiffe:// never matches', from({ principals: [spiffe()] }), false],
    ['principals: a prefix', from({ principals: ['cluster.local/ns/shop/*'] }), true],
    ['principals: a suffix', from({ principals: ['*/sa/client'] }), true],
    ['principals: presence', from({ principals: ['*'] }), true],
    ['principals: presence without an identity', from({ principals: ['*'] }), false, {}, PLAIN],
    ['principals: another trust domain', from({ principals: ['td2/ns/shop/sa/client'] }), false],
    ['principals: any trust domain', from({ principals: ['*/ns/shop/sa/client'] }), true],
    ['notPrincipals', from({ notPrincipals: ['cluster.local/ns/shop/sa/client'] }), false],
    ['notPrincipals holds for who proves no identity', from({ notPrincipals: ['*'] }), true, {}, PLAIN],
    ['namespaces: exact', from({ namespaces: ['shop'] }), true],
    ['namespaces: no part of one', from({ namespaces: ['sho'] }), false],
    ['namespaces: a prefix', from({ namespaces: ['sh*'] }), true],
    ['namespaces: a suffix', from({ namespaces: ['*op'] }), true],
    ['namespaces: a star within', from({ namespaces: ['s*p'] }), true],
    ['namespaces without an identity', from({ namespaces: ['*'] }), false, {}, PLAIN],
    ['notNamespaces', from({ notNamespaces: ['shop'] }), false],
    ['notNamespaces holds for who proves no identity', from({ notNamespaces: ['shop'] }), true, {}, PLAIN],
    ['serviceAccounts: of the policy’s namespace', from({ serviceAccounts: ['client'] }), true],
    [
      'serviceAccounts: of the policy’s namespace alone',
      from({ serviceAccounts: ['client'] }),
      false,
      {},
      meshed(spiffe('client', 'other')),
    ],
    ['serviceAccounts: of a namespace', from({ serviceAccounts: ['other/client'] }), true, {}, meshed(spiffe('client', 'other'))],
    ['serviceAccounts: no part of a name', from({ serviceAccounts: ['cli'] }), false],
    ['serviceAccounts: nothing but a slash after it', from({ serviceAccounts: ['client'] }), false, {}, meshed(`${spiffe()}/`)],
    ['serviceAccounts: with more after it', from({ serviceAccounts: ['client'] }), true, {}, meshed(`${spiffe()}/more`)],
    [
      'serviceAccounts: with something between',
      from({ serviceAccounts: ['client'] }),
      true,
      {},
      meshed('spiffe://cluster.local/ns/shop/x/y/sa/client'),
    ],
    ['notServiceAccounts', from({ notServiceAccounts: ['client'] }), false],
    ['trustDomains: exact', from({ trustDomains: ['cluster.local'] }), true],
    ['trustDomains: a part', from({ trustDomains: ['cluster'] }), false],
    ['trustDomains: patterns', from({ trustDomains: ['*.local'] }), true],
    ['notTrustDomains', from({ notTrustDomains: ['cluster.*'] }), false],
    ['ipBlocks: a range', from({ ipBlocks: ['10.0.0.0/8'] }), true],
    ['ipBlocks: an address', from({ ipBlocks: ['10.0.0.8'] }), false],
    ['ipBlocks: IPv6', from({ ipBlocks: ['fd00::/8'] }), true, {}, meshed(spiffe(), 'fd00::1')],
    ['ipBlocks: IPv4 lies in no range of IPv6', from({ ipBlocks: ['::/0'] }), false],
    ['notIpBlocks', from({ notIpBlocks: ['10.0.0.0/8'] }), false],
    ['remoteIpBlocks: without x-forwarded-for the client itself', from({ remoteIpBlocks: ['10.0.0.0/8'] }), true],
    [
      'remoteIpBlocks: the last of x-forwarded-for',
      from({ remoteIpBlocks: ['1.1.1.1'] }),
      true,
      { headers: [['x-forwarded-for', '9.9.9.9, 1.1.1.1']] },
    ],
    ['notRemoteIpBlocks', from({ notRemoteIpBlocks: ['1.1.1.1'] }), false, { headers: [['x-forwarded-for', '1.1.1.1']] }],
    ['x-forwarded-for does not change ipBlocks', from({ ipBlocks: ['1.1.1.1'] }), false, { headers: [['x-forwarded-for', '1.1.1.1']] }],
    ['a range that cannot be read drops an ALLOW rule', from({ ipBlocks: ['10.0.0.0/8', 'nonsense'] }), false],
  ]);
  it('a range that cannot be read drops out of a DENY rule, which then is wider', () => {
    expect(brief(ask({ objects: [deny('d', [from({ notIpBlocks: ['nonsense'], namespaces: ['shop'] })])] }))).toBe('denied by d');
  });
});

describe('principals and the mesh’s trust domains', () => {
  const settings = { ...SETTINGS, trustDomain: 'new.td', trustDomainAliases: ['old.td'] };
  it.each([
    ['the mesh’s own', 'new.td/ns/shop/sa/client', 'new.td', 'allowed'],
    ['an alias in the policy means all', 'old.td/ns/shop/sa/client', 'new.td', 'allowed'],
    ['the client may be of an alias', 'new.td/ns/shop/sa/client', 'old.td', 'allowed'],
    ['cluster.local means the mesh’s own', 'cluster.local/ns/shop/sa/client', 'new.td', 'allowed'],
    ['cluster.local means its aliases', 'cluster.local/ns/shop/sa/client', 'old.td', 'allowed'],
    ['another means itself', 'third.td/ns/shop/sa/client', 'new.td', 'denied'],
    ['a suffix of one means that and all others', '*w.td/ns/shop/sa/client', 'old.td', 'allowed'],
    ['a prefix of one means all', 'new*/ns/shop/sa/client', 'old.td', 'allowed'],
    ['a prefix of none means itself', 'third*/ns/shop/sa/client', 'new.td', 'denied'],
    ['a principal that has not five parts is left alone', 'cluster.local/sa/client', 'new.td', 'denied'],
  ])('%s', (_, principal, domain, verdict) => {
    const objects = [allow('a', [from({ principals: [principal] })])];
    expect(ask({ objects, settings, peer: meshed(spiffe('client', 'shop', domain)) }).verdict).toBe(verdict);
  });
});

describe('to.operation', () => {
  table([
    ['methods: exact', to({ methods: ['GET'] }), true],
    ['methods: case counts', to({ methods: ['get'] }), false],
    ['methods: a prefix', to({ methods: ['G*'] }), true],
    ['methods: presence', to({ methods: ['*'] }), true],
    ['notMethods', to({ notMethods: ['GET'] }), false],
    ['methods of gRPC are POST', to({ methods: ['POST'] }), true, { protocol: 'grpc', method: undefined, path: '/shop.Cart/Add' }],
    ['ports', to({ ports: ['8080'] }), true],
    ['ports: another', to({ ports: ['80'] }), false],
    ['notPorts', to({ notPorts: ['8080'] }), false],
    ['ports: a name is none', to({ ports: ['http', '8080'] }), false],
    ['hosts: exact, without case', to({ hosts: ['WEB.Shop'] }), true],
    ['hosts: case of the call', to({ hosts: ['web.shop'] }), true, { host: 'WEB.SHOP' }],
    ['hosts: a port is part of it', to({ hosts: ['web.shop'] }), false, { host: 'web.shop:8080' }],
    ['hosts: any port', to({ hosts: ['web.shop:*'] }), true, { host: 'web.shop:8080' }],
    ['hosts: a suffix, without case', to({ hosts: ['*.SHOP'] }), true],
    ['hosts: a prefix', to({ hosts: ['web.*'] }), true],
    ['notHosts', to({ notHosts: ['*.shop'] }), false],
    ['paths: exact', to({ paths: ['/a'] }), true, { path: '/a' }],
    ['paths: case counts', to({ paths: ['/A'] }), false, { path: '/a' }],
    ['paths: without the query', to({ paths: ['/a'] }), true, { path: '/a?b=c' }],
    ['paths: a prefix', to({ paths: ['/a/*'] }), true, { path: '/a/b/c' }],
    ['paths: a suffix', to({ paths: ['*/c'] }), true, { path: '/a/b/c' }],
    ['paths: presence', to({ paths: ['*'] }), true],
    ['notPaths', to({ notPaths: ['/a*'] }), false, { path: '/abc' }],
    ['paths: a star within stands for itself', to({ paths: ['/a/*/c'] }), false, { path: '/a/b/c' }],
    ['{*} is one segment', to({ paths: ['/a/{*}/c'] }), true, { path: '/a/b/c' }],
    ['{*} is not two', to({ paths: ['/a/{*}'] }), false, { path: '/a/b/c' }],
    ['{*} is not none', to({ paths: ['/a/{*}'] }), false, { path: '/a/' }],
    ['{**} is many segments', to({ paths: ['/a/{**}'] }), true, { path: '/a/b/c' }],
    ['{**} is none', to({ paths: ['/a/{**}'] }), true, { path: '/a/' }],
    ['{**} needs the slash before it', to({ paths: ['/a/{**}'] }), false, { path: '/a' }],
    ['{**} with a segment after it', to({ paths: ['/{**}/z'] }), true, { path: '/a/b/z' }],
    ['{*} before {**}', to({ paths: ['/{*}/b/{**}'] }), true, { path: '/a/b/c/d' }],
    ['{*} takes no character that a segment cannot hold', to({ paths: ['/a/{*}'] }), false, { path: '/a/x=y' }],
    ['a template ignores the query', to({ paths: ['/a/{*}'] }), true, { path: '/a/b?c=d' }],
    ['a template that Envoy refuses', to({ paths: ['/{**}/{*}'] }), 'unknown', { path: '/a/b' }],
    ['a template in notPaths', to({ notPaths: ['/a/{*}'] }), false, { path: '/a/b' }],
  ]);
});

describe('when', () => {
  const idp = requestAuthentication('idp', { jwtRules: [{ issuer: 'https://idp' }] });
  table([
    ['request.headers', when('request.headers[x-stage]', ['one']), true, { headers: [['X-Stage', 'one']] }],
    ['request.headers: the name ignores case', when('request.headers[X-STAGE]', ['one']), true, { headers: [['x-stage', 'one']] }],
    ['request.headers: missing', when('request.headers[x-stage]', ['*']), false],
    ['request.headers: missing holds for notValues', when('request.headers[x-stage]', ['*'], true), true],
    [
      'request.headers: several values are one text',
      when('request.headers[x]', ['a,b']),
      true,
      {
        headers: [
          ['x', 'a'],
          ['x', 'b'],
        ],
      },
    ],
    ['request.headers: host is the authority', when('request.headers[host]', ['web.shop']), true],
    ['request.headers: not known', when('request.headers[x-stage]', ['one']), 'unknown', { headers: undefined }],
    ['request.headers without brackets drops the rule', when('request.headers.x', ['one']), false],
    ['source.ip', when('source.ip', ['10.0.0.0/8']), true],
    ['remote.ip', when('remote.ip', ['1.1.1.1']), true, { headers: [['x-forwarded-for', '1.1.1.1']] }],
    ['source.namespace', when('source.namespace', ['shop']), true],
    ['source.principal', when('source.principal', ['cluster.local/ns/shop/sa/client']), true],
    ['source.serviceAccount', when('source.serviceAccount', ['shop/client']), true],
    ['source.trustDomain', when('source.trustDomain', ['x']), false],
    ['destination.port', when('destination.port', ['8080']), true],
    ['destination.ip is not known', when('destination.ip', ['10.1.0.0/16']), 'unknown'],
    ['connection.sni', when('connection.sni', ['*.shop']), true, { sni: 'web.shop' }],
    ['connection.sni within the mesh is not known', when('connection.sni', ['web']), 'unknown'],
    ['connection.sni is empty in plain text', when('connection.sni', ['*']), false, {}, PLAIN],
    ['experimental.envoy.filters', when('experimental.envoy.filters.network.mysql_proxy[db.table]', ['[select]']), 'unknown'],
    [
      'claims count for nothing where no token is checked',
      when('request.auth.claims[role]', ['admin']),
      false,
      { claims: { role: 'admin' } },
    ],
  ]);
  it.each([
    ['request.auth.principal', when('request.auth.principal', ['https://idp/alice']), true],
    ['request.auth.principal: presence', when('request.auth.principal', ['*']), true],
    ['request.auth.principal: any issuer', when('request.auth.principal', ['*/alice']), true],
    ['request.auth.principal: any subject', when('request.auth.principal', ['https://idp/*']), true],
    ['request.auth.principal: the last slash divides', when('request.auth.principal', ['https:/alice']), false],
    ['request.auth.principal: the end of an issuer', when('request.auth.principal', ['*://idp/alice']), true],
    ['request.auth.principal: another end', when('request.auth.principal', ['*x://idp/alice']), false],
    ['request.auth.principal: the beginning of a subject', when('request.auth.principal', ['https://idp/al*']), true],
    ['request.auth.principal: another beginning', when('request.auth.principal', ['https://idp/b*']), false],
    ['request.auth.principal: the beginning of an issuer', when('request.auth.principal', ['https:*']), true],
    ['request.auth.principal: a subject alone', when('request.auth.principal', ['*ice']), true],
    ['requestPrincipals', from({ requestPrincipals: ['https://idp/bob'] }), false],
    ['notRequestPrincipals', from({ notRequestPrincipals: ['https://idp/bob'] }), true],
    ['request.auth.audiences, of a list', when('request.auth.audiences', ['api']), true],
    ['request.auth.presenter', when('request.auth.presenter', ['app']), true],
    ['request.auth.claims, a text', when('request.auth.claims[role]', ['adm*']), true],
    ['request.auth.claims, a list', when('request.auth.claims[groups]', ['ops']), true],
    ['request.auth.claims, within another', when('request.auth.claims[realm][roles]', ['ops']), true],
    ['request.auth.claims, a number matches nothing', when('request.auth.claims[level]', ['7']), false],
    ['request.auth.claims: scope is divided by spaces', when('request.auth.claims[scope]', ['write']), true],
    ['request.auth.claims: missing', when('request.auth.claims[none]', ['*']), false],
    ['request.auth.claims: notValues', when('request.auth.claims[role]', ['admin'], true), false],
  ])('%s', (_, rule, expected) => {
    const claims = {
      iss: 'https://idp',
      sub: 'alice',
      aud: ['x', 'api'],
      azp: 'app',
      role: 'admin',
      groups: ['dev', 'ops'],
      realm: { roles: ['ops'] },
      level: 7,
      scope: 'read write',
    };
    expect(matches(rule, { claims }, CLIENT, [idp])).toBe(expected);
  });
});

describe('a connection of TCP', () => {
  const tcp = (objects: readonly Manifest[]) => brief(ask({ objects, call: TCP }));
  it('an ALLOW rule with what only HTTP has drops out', () => {
    expect(tcp([allow('a', [to({ methods: ['GET'] })])])).toBe('denied by a');
    expect(tcp([allow('a', [{ ...from({ namespaces: ['shop'] }), ...to({ paths: ['*'] }) }])])).toBe('denied by a');
    expect(tcp([allow('a', [{ to: [{ operation: { methods: ['GET'] } }, { operation: { ports: ['8080'] } }] }])])).toBe('denied by a');
    expect(tcp([allow('a', [to({ methods: ['GET'] }), from({ namespaces: ['shop'] })])])).toBe('allowed by a');
  });
  it('a DENY rule loses what only HTTP has and denies more', () => {
    expect(tcp([deny('d', [to({ methods: ['POST'] })])])).toBe('denied by d');
    expect(tcp([deny('d', [{ ...from({ namespaces: ['shop'] }), ...to({ paths: ['/x'] }) }])])).toBe('denied by d');
    expect(tcp([deny('d', [{ ...from({ namespaces: ['other'] }), ...to({ paths: ['/x'] }) }])])).toBe('allowed');
    expect(tcp([deny('d', [to({ ports: ['9090'], methods: ['POST'] })])])).toBe('allowed');
    const { decidedBy } = ask({ objects: [deny('d', [to({ methods: ['POST'] })])], call: TCP });
    expect(decidedBy.says).toContain('without spec.rules[0].to[0].operation.methods: only HTTP has it');
  });
  it.each([
    ['hosts', to({ hosts: ['x'] })],
    ['request.headers', when('request.headers[x]', ['y'])],
    ['request.auth.claims', when('request.auth.claims[x]', ['y'])],
    ['request.auth.principal', when('request.auth.principal', ['y'])],
    ['requestPrincipals', from({ requestPrincipals: ['y'] })],
  ])('%s is of HTTP', (_, rule) => {
    expect(tcp([deny('d', [rule])])).toBe('denied by d');
    expect(tcp([allow('a', [rule])])).toBe('denied by a');
  });
  it.each([
    ['principals', from({ principals: ['x'] })],
    ['remoteIpBlocks', from({ remoteIpBlocks: ['1.1.1.1'] })],
    ['ports', to({ ports: ['1'] })],
  ])('%s is not', (_, rule) => {
    expect(tcp([deny('d', [rule])])).toBe('allowed');
  });
});
