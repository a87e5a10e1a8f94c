import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessAnswer, AccessCall, Callee, IstioClient, Peer } from '../../../../src/policy/access/model.ts';
import { istioInbound } from '../../../../src/policy/istio/inbound.ts';
import { readObjects } from '../../../../src/policy/objects/kube-object.ts';
import { authorizationPolicy, conceal, knownCall, objects, type Setting, setting, veil } from './arbitraries.ts';
import { type Manifest, policy, SETTINGS, WEB } from './mesh.ts';

const RUNS = Number(process.env.ISTIO_RUNS ?? 200);

function decide(manifests: readonly Manifest[], place: Setting, peer: Peer, call: AccessCall): AccessAnswer {
  const world = { objects: readObjects([...manifests, ...place.extra]), settings: { ...SETTINGS, trustDomainAliases: place.aliases } };
  return istioInbound(place.callee, 8080, world).decide(peer, call);
}

const asked = fc.tuple(setting, knownCall, veil).map(([place, known, hidden]) => ({ place, ...conceal(known, hidden) }));
const RANK = { denied: 0, unknown: 1, allowed: 2, 'not-found': 0 } as const;

function spec(manifest: Manifest): Readonly<Record<string, unknown>> {
  const { spec: value } = manifest;
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

/** An authorization policy under a name that no other has. */
const extra = (change: Readonly<Record<string, unknown>>, annotations: Readonly<Record<string, string>> = {}) =>
  fc
    .tuple(authorizationPolicy, fc.constantFrom('shop', 'istio-system'))
    .map(([each, namespace]) => policy('extra', { ...spec(each), ...change }, { namespace, annotations }));

const property = <Values extends [unknown, ...unknown[]]>(
  arbitraries: { [Index in keyof Values]: fc.Arbitrary<Values[Index]> },
  check: (...values: Values) => void,
) => fc.assert(fc.property(...arbitraries, check), { numRuns: RUNS });

describe('whatever the objects and the call', () => {
  it('the order of objects never matters', () => {
    property([objects, fc.integer(), asked], (some, seed, { place, peer, call }) => {
      const turned = [...some].sort((a, b) => hash(a, seed) - hash(b, seed));
      expect(decide(turned, place, peer, call)).toEqual(decide(some, place, peer, call));
    });
  });
  it('another ALLOW policy never takes a permission away', () => {
    // One that is the first for a proxy does: there is one for each here.
    const first = [
      policy('first', { rules: [{ from: [{ source: { namespaces: ['shop'] } }] }] }),
      policy('second', {
        rules: [{ to: [{ operation: { methods: ['GET'] } }] }],
        targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'waypoint' }],
      }),
    ];
    property([objects, extra({ action: 'ALLOW' }), asked], (some, added, { place, peer, call }) => {
      const before = decide([...some, ...first], place, peer, call);
      const after = decide([...some, ...first, added], place, peer, call);
      expect(RANK[after.verdict]).toBeGreaterThanOrEqual(RANK[before.verdict]);
    });
  });
  it('another DENY policy never gives one', () => {
    property([objects, extra({ action: 'DENY' }), asked], (some, added, { place, peer, call }) => {
      const before = decide(some, place, peer, call);
      expect(RANK[decide([...some, added], place, peer, call).verdict]).toBeLessThanOrEqual(RANK[before.verdict]);
    });
  });
  it('nor does another CUSTOM policy', () => {
    // A dry run of one may be lost among several authorizers.
    const isShadow = (each: Manifest) => /"istio.io\/dry-run":"(true|1)".*"CUSTOM"/.test(JSON.stringify(each));
    property([objects, extra({ action: 'CUSTOM', provider: { name: 'ext' } }), asked], (some, added, { place, peer, call }) => {
      const real = some.filter((each) => !isShadow(each));
      const before = decide(real, place, peer, call);
      expect(RANK[decide([...real, added], place, peer, call).verdict]).toBeLessThanOrEqual(RANK[before.verdict]);
    });
  });
  it('AUDIT, and a dry run of ALLOW or DENY, change no verdict', () => {
    const silent = fc.oneof(
      extra({ action: 'AUDIT' }),
      extra({ action: 'ALLOW' }, { 'istio.io/dry-run': 'true' }),
      extra({ action: 'DENY' }, { 'istio.io/dry-run': 'true' }),
    );
    property([objects, silent, asked], (some, added, { place, peer, call }) => {
      expect(decide([...some, added], place, peer, call).verdict).toBe(decide(some, place, peer, call).verdict);
    });
  });
  it('a policy of another namespace changes nothing', () => {
    property([objects, authorizationPolicy, asked], (some, added, { place, peer, call }) => {
      const foreign = policy('extra', spec(added), { namespace: 'elsewhere' });
      expect(decide([...some, foreign], place, peer, call).verdict).toBe(decide(some, place, peer, call).verdict);
    });
  });
  it('an answer is whole: what decides is in the chain, what is unknown is named, what is refused is said', () => {
    property([objects, asked], (some, { place, peer, call }) => {
      const { verdict, decidedBy, chain, dependsOn, refusal } = decide(some, place, peer, call);
      expect(chain).toContainEqual(decidedBy);
      expect(dependsOn.length > 0).toBe(verdict === 'unknown');
      expect(new Set(dependsOn).size).toBe(dependsOn.length);
      if (verdict !== 'denied') expect(refusal).toBeUndefined();
      for (const { says } of chain) expect(says).toMatch(/^\S.*\.$/);
    });
  });
  it('what stands on the client’s side matters for waypoints alone: what is taken for granted there is ztunnel, and others go past them', () => {
    const via = (peer: Peer, proxy: IstioClient['proxy']): Peer => ({ ...peer, istio: { proxy, service: 'web' } });
    property([objects, asked], (some, { place, peer, call }) => {
      const [granted, ztunnel, sidecar, gateway] = [peer, via(peer, 'ztunnel'), via(peer, 'sidecar'), via(peer, 'gateway')].map(
        (each) => decide(some, place, each, call).verdict,
      );
      expect(ztunnel).toBe(granted);
      expect(gateway).toBe(sidecar);
      if (place.waypoint === undefined) expect(sidecar).toBe(granted);
      else {
        const past = { ...place, callee: { ...place.callee, namespaceLabels: {} }, extra: place.extra.slice(0, 1) };
        expect(sidecar).toBe(decide(some, past, peer, call).verdict);
      }
    });
  });
  it('who was asked before changes nothing', () => {
    property([objects, asked, asked], (some, first, second) => {
      const world = { objects: readObjects([...some, ...first.place.extra]), settings: SETTINGS };
      const inbound = istioInbound(first.place.callee, 8080, world);
      const before = inbound.decide(first.peer, first.call);
      inbound.decide(second.peer, second.call);
      expect(inbound.decide(first.peer, first.call)).toEqual(before);
    });
  });
});

/** Two different numbers for two different objects, in an order that nobody can foresee. */
function hash(manifest: Manifest, seed: number): number {
  let sum = seed | 0;
  for (const letter of JSON.stringify(manifest)) sum = (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0;
  return sum;
}

describe('objects that hold anything', () => {
  const KINDS = ['AuthorizationPolicy', 'PeerAuthentication', 'RequestAuthentication', 'Service', 'Gateway'] as const;
  const GROUPS = { Service: 'v1', Gateway: 'gateway.networking.k8s.io/v1' } as const;
  const junk = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(
      'ALLOW',
      'DENY',
      'STRICT',
      { matchLabels: { app: 'web' } },
      { matchLabels: 7 },
      ['*'],
      [null],
      [[]],
      '__proto__',
      { mode: 'STRICT' },
    ),
  );
  const keys = (...names: readonly string[]) => fc.dictionary(fc.constantFrom(...names), junk);
  const item = fc.oneof(
    junk,
    fc.record({
      source: fc.oneof(junk, keys('principals', 'notPrincipals', 'namespaces', 'ipBlocks', 'serviceAccounts', 'requestPrincipals')),
    }),
    fc.record({ operation: fc.oneof(junk, keys('hosts', 'ports', 'methods', 'paths', 'notPaths')) }),
    fc.record({
      key: fc.oneof(junk, fc.constantFrom('request.headers[', 'request.auth.claims[', 'source.ip', 'toString')),
      values: junk,
      notValues: junk,
    }),
  );
  const rule = fc.oneof(junk, fc.dictionary(fc.constantFrom('from', 'to', 'when'), fc.oneof(junk, fc.array(item, { maxLength: 3 }))));
  const anySpec = fc.oneof(
    junk,
    fc.dictionary(
      fc.constantFrom(
        'action',
        'rules',
        'selector',
        'targetRefs',
        'targetRef',
        'provider',
        'mtls',
        'portLevelMtls',
        'jwtRules',
        'ports',
        'listeners',
      ),
      fc.oneof(junk, fc.array(fc.oneof(junk, rule), { maxLength: 3 })),
    ),
  );
  const manifest = fc.tuple(fc.constantFrom(...KINDS), anySpec, junk, junk).map(([kind, content, status, annotations]) => ({
    apiVersion: kind === 'Service' || kind === 'Gateway' ? GROUPS[kind] : 'security.istio.io/v1',
    kind,
    metadata: { name: kind === 'Gateway' ? 'waypoint' : 'web', namespace: 'shop', annotations },
    spec: content,
    status,
  }));
  const text = fc.option(fc.string(), { nil: undefined });
  const call: fc.Arbitrary<AccessCall> = fc.record({
    protocol: fc.constantFrom('http', 'grpc', 'tcp', 'tls', 'unknown'),
    method: text,
    path: text,
    host: text,
    headers: fc.option(fc.array(fc.tuple(fc.string(), fc.string())), { nil: undefined }),
    sni: text,
    claims: fc.option(
      fc
        .dictionary(fc.constantFrom('iss', 'sub', 'aud', 'scope', '__proto__'), fc.jsonValue())
        .map((given): AccessCall['claims'] => JSON.parse(JSON.stringify(given))),
      { nil: null },
    ),
  });
  const peer: fc.Arbitrary<Peer> = fc.record({
    identity: fc.oneof(
      fc.record({
        tag: fc.constant('mutual-tls' as const),
        name: fc.oneof(fc.string(), fc.constant('spiffe://cluster.local/ns/shop/sa/client')),
      }),
      fc.constantFrom({ tag: 'plain-text' as const }, { tag: 'unknown' as const }),
    ),
    address: text,
    loopback: fc.constant(false),
  });
  const callee: fc.Arbitrary<Callee> = fc
    .constantFrom<Partial<Callee>>(
      {},
      { mesh: 'istio-ambient', services: ['web'], namespaceLabels: { 'istio.io/use-waypoint': 'waypoint' } },
      { mesh: 'istio-ambient' },
      { services: ['web'] },
    )
    .map((change) => ({ ...WEB, ...change }));

  it('never break the evaluator, and the order of them never matters', () => {
    property([fc.array(manifest, { maxLength: 4 }), callee, peer, call], (some, whom, who, what) => {
      const ask = (list: readonly unknown[]) =>
        istioInbound(whom, 8080, { objects: readObjects(list), settings: SETTINGS }).decide(who, what);
      const answer = ask(some);
      expect(answer.dependsOn.length > 0).toBe(answer.verdict === 'unknown');
      expect(ask([...some].reverse())).toEqual(answer);
    });
  });
});
