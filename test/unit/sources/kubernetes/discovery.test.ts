import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEPT_KINDS, type KeptKind } from '../../../../src/mesh/kept.ts';
import {
  type Asking,
  afterAnswers,
  BEGIN_DISCOVERY,
  DISCOVERY_ACCEPT,
  type Discovery,
  type DiscoveryAnswer,
} from '../../../../src/sources/kubernetes/discovery.ts';
import { KINDS } from '../../../../src/sources/kubernetes/kinds.ts';
import type { Refusal } from '../../../../src/sources/kubernetes/outcome.ts';

const json = (value: unknown): DiscoveryAnswer => ({ tag: 'json', value });
const refused = (refusal: Refusal): DiscoveryAnswer => ({ tag: 'refused', refusal });
const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'watch'];

type Groups = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** `{group: {version: [plural]}}` as one document. */
function aggregated(groups: Groups, version = 'v2'): DiscoveryAnswer {
  return json({
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: Object.entries(groups).map(([name, versions]) => ({
      metadata: name === '' ? { creationTimestamp: null } : { name, creationTimestamp: null },
      versions: Object.entries(versions).map(([each, resources]) => ({
        version: each,
        freshness: 'Current',
        resources: resources.map((resource) => ({
          resource,
          responseKind: { group: name, version: each, kind: 'X' },
          scope: 'Namespaced',
          verbs: VERBS,
          subresources: [{ subresource: 'status', verbs: ['get'] }],
        })),
      })),
    })),
  });
}

const groupList = (groups: Groups) =>
  json({
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: Object.entries(groups).map(([name, versions]) => ({
      name,
      versions: Object.keys(versions).map((version) => ({ groupVersion: `${name}/${version}`, version })),
    })),
  });
const resourceList = (resources: readonly string[]) =>
  json({
    kind: 'APIResourceList',
    apiVersion: 'v1',
    resources: resources.map((name) => ({ name, namespaced: true, kind: 'X', verbs: VERBS })),
  });

/** Answers every path until discovery is over; gives also what was asked. */
function discover(answer: (path: string) => DiscoveryAnswer) {
  const asked: string[] = [];
  let state: Discovery = BEGIN_DISCOVERY;
  while (state.tag === 'asking') {
    const asking: Asking = state;
    asked.push(...asking.paths);
    state = afterAnswers(asking, new Map(asking.paths.map((path) => [path, answer(path)])));
    if (asked.length > 100) throw new Error('discovery does not end');
  }
  return { state, asked };
}

function versionsOf(state: Discovery, ...kinds: readonly KeptKind[]) {
  if (state.tag !== 'done') throw new Error(JSON.stringify(state));
  return kinds.map((kind) => state.versions.get(kind));
}

const CORE: Groups = { '': { v1: ['pods', 'pods/log', 'services', 'namespaces', 'serviceaccounts'] } };
const OTHERS: Groups = {
  apps: { v1: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'] },
  batch: { v1: ['jobs', 'cronjobs'] },
  'gateway.networking.k8s.io': {
    v1: ['gateways', 'httproutes'],
    v1beta1: ['gateways', 'httproutes', 'referencegrants'],
    v1alpha2: ['tcproutes', 'tlsroutes'],
  },
  'policy.linkerd.io': {
    v1beta2: ['servers', 'httproutes'],
    v1beta1: ['servers', 'serverauthorizations', 'httproutes'],
    v1alpha1: ['servers'],
  },
  'networking.istio.io': { v1beta1: ['virtualservices'], v1alpha3: ['virtualservices', 'envoyfilters'] },
  'metrics.k8s.io': { v1beta1: ['pods', 'nodes'] },
};

const EXPECTED: readonly (readonly [KeptKind, readonly string[]])[] = [
  ['pods', ['v1']],
  ['deployments', ['v1']],
  ['cronJobs', ['v1']],
  ['httpRoutes', ['v1']],
  ['tcpRoutes', ['v1alpha2']],
  ['tlsRoutes', ['v1alpha2']],
  ['grpcRoutes', []],
  ['linkerdServers', ['v1beta2']],
  ['linkerdServerAuthorizations', ['v1beta1']],
  ['linkerdHttpRoutes', ['v1beta2']],
  ['linkerdServiceProfiles', []],
  ['istioVirtualServices', ['v1beta1']],
  ['istioAuthorizationPolicies', []],
];

describe('discovery', () => {
  it('asks for the one document first, in both of its versions, then for the plain one', () => {
    expect(DISCOVERY_ACCEPT.split(',')).toEqual([
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
      'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
      'application/json',
    ]);
  });

  it.each(['v2', 'v2beta1'])('finds the newest version that we know, in one round (%s)', (version) => {
    const { state, asked } = discover((path) => aggregated(path === '/api' ? CORE : OTHERS, version));
    expect(asked).toEqual(['/api', '/apis']);
    for (const [kind, versions] of EXPECTED) expect(versionsOf(state, kind)).toEqual([versions]);
  });

  it('asks a server of the older way for the groups that we know, and finds the same', () => {
    const { state, asked } = discover((path) => {
      if (path === '/api') return json({ kind: 'APIVersions', versions: ['v1'] });
      if (path === '/apis') return groupList(OTHERS);
      const [, , group = '', version = ''] = path === '/api/v1' ? ['', '', '', 'v1'] : path.split('/');
      return resourceList((group === '' ? CORE : OTHERS)[group]?.[version] ?? []);
    });
    for (const [kind, versions] of EXPECTED) expect(versionsOf(state, kind)).toEqual([versions]);
    expect(asked).not.toContain('/apis/metrics.k8s.io/v1beta1');
    expect(asked.slice(2).sort()).toEqual([
      '/api/v1',
      '/apis/apps/v1',
      '/apis/batch/v1',
      '/apis/gateway.networking.k8s.io/v1',
      '/apis/gateway.networking.k8s.io/v1alpha2',
      '/apis/gateway.networking.k8s.io/v1beta1',
      '/apis/networking.istio.io/v1alpha3',
      '/apis/networking.istio.io/v1beta1',
      '/apis/policy.linkerd.io/v1alpha1',
      '/apis/policy.linkerd.io/v1beta1',
      '/apis/policy.linkerd.io/v1beta2',
    ]);
  });

  it('takes one root in the new way and the other in the older', () => {
    const { state } = discover((path) => {
      if (path === '/api') return aggregated(CORE);
      return path === '/apis' ? groupList({ apps: { v1: [] } }) : resourceList(['deployments']);
    });
    expect(versionsOf(state, 'pods', 'deployments', 'statefulSets')).toEqual([['v1'], ['v1'], []]);
  });

  it('takes a version for gone that went between two questions', () => {
    const { state } = discover((path) => {
      if (path === '/api') return aggregated(CORE);
      if (path === '/apis') return groupList({ 'policy.linkerd.io': { v1beta3: [], v1beta2: [] } });
      return path.endsWith('v1beta3') ? refused({ tag: 'missing' }) : resourceList(['servers']);
    });
    expect(versionsOf(state, 'linkerdServers')).toEqual([['v1beta2']]);
  });

  it('tries a version of which the server could not say what it holds, before the one that it serves', () => {
    const stale = json({
      kind: 'APIGroupDiscoveryList',
      items: [
        {
          metadata: { name: 'policy.linkerd.io' },
          versions: [
            { version: 'v1beta3', freshness: 'Stale' },
            { version: 'v1beta2', freshness: 'Current', resources: [{ resource: 'servers', verbs: VERBS }] },
            { version: 'v1beta1', freshness: 'Current', resources: [{ resource: 'servers', verbs: VERBS }] },
          ],
        },
      ],
    });
    const { state } = discover((path) => (path === '/api' ? aggregated(CORE) : stale));
    expect(versionsOf(state, 'linkerdServers', 'linkerdHttpRoutes', 'linkerdServerAuthorizations')).toEqual([
      ['v1beta3', 'v1beta2'],
      ['v1beta3'],
      [],
    ]);
  });

  it('believes what a stale version says that it holds', () => {
    const stale = json({
      kind: 'APIGroupDiscoveryList',
      items: [
        {
          metadata: { name: 'apps' },
          versions: [{ version: 'v1', freshness: 'Stale', resources: [{ resource: 'deployments', verbs: VERBS }] }],
        },
      ],
    });
    const { state } = discover((path) => (path === '/api' ? aggregated(CORE) : stale));
    expect(versionsOf(state, 'deployments', 'daemonSets')).toEqual([['v1'], []]);
  });

  it('takes what cannot be both listed and watched for not served', () => {
    const odd = json({
      kind: 'APIGroupDiscoveryList',
      items: [
        {
          metadata: { name: 'apps' },
          versions: [{ version: 'v1', resources: [{ resource: 'deployments', verbs: ['list'] }, { resource: 'daemonsets' }] }],
        },
      ],
    });
    const { state } = discover((path) => (path === '/api' ? aggregated(CORE) : odd));
    expect(versionsOf(state, 'deployments', 'daemonSets')).toEqual([[], []]);
  });

  it('takes a server that forbids discovery to serve every version, until a list says otherwise', () => {
    const { state } = discover(() => refused({ tag: 'forbidden' }));
    for (const kind of KEPT_KINDS) expect(versionsOf(state, kind)).toEqual([KINDS[kind].versions]);
    const half = discover((path) => (path === '/api' ? aggregated(CORE) : refused({ tag: 'forbidden' }))).state;
    expect(versionsOf(half, 'pods', 'linkerdServers')).toEqual([['v1'], KINDS.linkerdServers.versions]);
    const group = discover((path) => {
      if (path === '/api') return aggregated(CORE);
      if (path === '/apis') return groupList({ apps: { v1: [] } });
      return refused({ tag: 'forbidden' });
    }).state;
    expect(versionsOf(group, 'deployments', 'jobs')).toEqual([['v1'], []]);
  });

  it.each<Refusal>([
    { tag: 'unreachable', detail: '' },
    { tag: 'unauthorized' },
    { tag: 'missing' },
    { tag: 'failing', status: 503, retryAfterMs: undefined },
    { tag: 'not-kubernetes', detail: '' },
  ])('says nothing of any kind when a root is refused as $tag', (refusal) => {
    expect(discover((path) => (path === '/apis' ? refused(refusal) : aggregated(CORE))).state).toEqual({ tag: 'refused', refusal });
  });

  it('says nothing when a group is refused, rather than that it is not there', () => {
    const refusal: Refusal = { tag: 'failing', status: 500, retryAfterMs: undefined };
    const { state } = discover((path) => {
      if (path === '/api') return aggregated(CORE);
      return path === '/apis' ? groupList(OTHERS) : refused(refusal);
    });
    expect(state).toEqual({ tag: 'refused', refusal });
  });

  it.each([null, [], 7, {}, { kind: 'Status' }, { kind: 'PodList', items: [] }])('knows %j for no discovery', (value) => {
    expect(discover(() => json(value)).state).toMatchObject({ tag: 'refused', refusal: { tag: 'not-kubernetes' } });
  });

  it('takes a document only where it belongs', () => {
    expect(discover(() => json({ kind: 'APIVersions', versions: ['v1'] })).state.tag).toBe('refused');
    expect(discover(() => groupList({})).state.tag).toBe('refused');
    expect(discover(() => resourceList([])).state.tag).toBe('refused');
  });

  it('ends, and never throws, whatever a server says', () => {
    const document = fc.record(
      {
        kind: fc.constantFrom('APIGroupDiscoveryList', 'APIVersions', 'APIGroupList', 'APIResourceList', 'Status'),
        items: fc.jsonValue(),
        versions: fc.oneof(fc.jsonValue(), fc.constant(['v1', 'v1', 'v2'])),
        groups: fc.oneof(
          fc.jsonValue(),
          fc.array(fc.record({ name: fc.constantFrom('apps', 'batch'), versions: fc.constant([{ version: 'v1' }, 7]) })),
        ),
        resources: fc.oneof(fc.jsonValue(), fc.array(fc.record({ name: fc.string(), verbs: fc.jsonValue() }))),
      },
      { requiredKeys: ['kind'] },
    );
    fc.assert(
      fc.property(fc.infiniteStream(fc.oneof(document, fc.jsonValue())), (documents) => {
        expect(['done', 'refused']).toContain(discover(() => json(documents.next().value)).state.tag);
      }),
    );
  });
});
