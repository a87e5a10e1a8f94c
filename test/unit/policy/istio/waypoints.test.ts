import { describe, expect, it } from 'vitest';
import type { Callee, IstioClient, Peer } from '../../../../src/policy/access/model.ts';
import { AMBIENT, allow, ask, brief, CLIENT, deny, GET, gateway, type Labels, type Manifest, PLAIN, policy, service, TCP } from './mesh.ts';

const USES = { 'istio.io/use-waypoint': 'waypoint' };
const callee = { ...AMBIENT, services: ['web'], namespaceLabels: USES };
const web = service('web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] });
const WAYPOINT = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'waypoint' };
const world = [gateway('another'), gateway('waypoint', { namespace: 'other' }), web, gateway('waypoint')];
const target = (reference: unknown, place = {}, rules: unknown = [{}]) =>
  policy('d', { action: 'DENY', rules, targetRefs: [reference] }, place);
const ROOT = { namespace: 'istio-system' };
const from = (source: Manifest) => [{ from: [{ source }] }];
const at = (objects: readonly Manifest[], more = {}) => brief(ask({ objects: [...world, ...objects], callee, ...more }));

describe('a waypoint', () => {
  it.each([
    ['takes what targets its Gateway', target(WAYPOINT), 'denied by d'],
    ['takes what targets the Service', target({ kind: 'Service', name: 'web' }), 'denied by d'],
    ['takes nothing that targets another Service', target({ kind: 'Service', name: 'api' }), 'allowed'],
    [
      'takes nothing that targets a ServiceEntry, whose hosts are other ones',
      target({ group: 'networking.istio.io', kind: 'ServiceEntry', name: 'web' }),
      'allowed',
    ],
    [
      'takes what targets the GatewayClass in the root namespace',
      target({ ...WAYPOINT, kind: 'GatewayClass', name: 'istio-waypoint' }, ROOT),
      'denied by d',
    ],
    ['and nowhere else', target({ ...WAYPOINT, kind: 'GatewayClass', name: 'istio-waypoint' }), 'allowed'],
    ['takes what only HTTP has', target(WAYPOINT, {}, [{ to: [{ operation: { methods: ['GET'] } }] }]), 'denied by d'],
    ['sees the client', target(WAYPOINT, {}, from({ principals: ['*/sa/client'], ipBlocks: ['10.0.0.7'] })), 'denied by d'],
    ['sees the port of the Service', target(WAYPOINT, {}, [{ to: [{ operation: { ports: ['80'] } }] }]), 'denied by d'],
    ['does not see the port of the pods', target(WAYPOINT, {}, [{ to: [{ operation: { ports: ['8080'] } }] }]), 'allowed'],
    [
      'takes no selector: that is ztunnel’s',
      policy('d', { action: 'DENY', selector: { matchLabels: { app: 'web' } }, rules: from({ principals: ['*/sa/client'] }) }),
      'allowed',
    ],
  ])('%s', (_, object, expected) => {
    expect(at([object])).toBe(expected);
  });

  it('is the client that ztunnel sees', () => {
    expect(at([allow('a', from({ principals: ['*/sa/client'] }))])).toBe('denied by a');
    expect(at([allow('a', from({ principals: ['cluster.local/ns/shop/sa/waypoint'] }))])).toBe('allowed by a');
    expect(ask({ objects: [...world, allow('a', [])], callee }).refusal).toBe(503);
    expect(ask({ objects: [...world, allow('a', [])], callee, call: TCP }).refusal).toBe('reset');
  });
  it('has an address that is not known', () => {
    const answer = ask({ objects: [...world, deny('d', from({ ipBlocks: ['10.0.0.0/8'] }))], callee });
    expect(answer).toMatchObject({ verdict: 'unknown', dependsOn: ['the address of the waypoint'] });
  });
  it('has the service account that its Gateway names', () => {
    const named = gateway('waypoint', { annotations: { 'gateway.istio.io/service-account': 'way' } });
    expect(brief(ask({ objects: [web, named, allow('a', from({ serviceAccounts: ['way'] }))], callee }))).toBe('allowed by a');
  });
  it('believes x-forwarded-for', () => {
    const call = { ...GET, headers: [['x-forwarded-for', '1.1.1.1']] as const };
    expect(at([target(WAYPOINT, {}, from({ remoteIpBlocks: ['1.1.1.1'] }))], { call })).toBe('denied by d');
  });
  it('is not passed by clients without an identity', () => {
    const answer = ask({ objects: [...world, target(WAYPOINT)], callee, peer: PLAIN });
    expect(answer.verdict).toBe('allowed');
    expect(answer.assumed.join()).toContain('past their waypoint');
  });
  it('is passed by what calls the Service, which is an assumption', () => {
    expect(ask({ objects: world, callee }).assumed.join()).toContain('The call is for Service "web"');
  });
});

describe('who passes a waypoint, by what stands on the client’s side', () => {
  const ports = [{ port: 80, targetPort: 8080 }];
  const labelled = (name: string, labels: Labels, more: Manifest = {}) =>
    service(name, { selector: { app: 'web' }, ports, ...more }, { labels });
  const via = (proxy: IstioClient['proxy'], called?: string): Peer => ({ ...CLIENT, istio: { proxy, service: called } });
  const gated = target(WAYPOINT);
  const FROM_GATEWAYS = { 'istio.io/ingress-use-waypoint': 'true' };
  it.each<readonly [string, Peer, readonly Manifest[], Partial<Callee>, string]>([
    ['ztunnel', via('ztunnel', 'web'), [web], {}, 'denied by d'],
    ['no sidecar', via('sidecar', 'web'), [web], {}, 'allowed'],
    ['no sidecar, whatever gateways do', via('sidecar', 'web'), [labelled('web', FROM_GATEWAYS)], {}, 'allowed'],
    ['no gateway', via('gateway', 'web'), [web], {}, 'allowed'],
    ['a gateway that the Service tells to', via('gateway', 'web'), [labelled('web', FROM_GATEWAYS)], {}, 'denied by d'],
    [
      'a gateway that the namespace tells to',
      via('gateway', 'web'),
      [web],
      { namespaceLabels: { ...USES, ...FROM_GATEWAYS } },
      'denied by d',
    ],
    [
      'no gateway that the Service tells not to',
      via('gateway', 'web'),
      [labelled('web', { 'istio.io/ingress-use-waypoint': 'no' })],
      { namespaceLabels: { ...USES, ...FROM_GATEWAYS } },
      'allowed',
    ],
    ['nobody who calls a headless Service', via('ztunnel', 'web'), [labelled('web', {}, { clusterIP: 'None' })], {}, 'allowed'],
  ])('%s', (_, peer, services, more, expected) => {
    const answer = ask({ objects: [...services, gateway('waypoint'), gated], callee: { ...callee, ...more }, peer });
    expect(brief(answer)).toBe(expected);
    expect(answer.assumed).toEqual([]);
  });
  it('a call of a headless Service is one of the pods, which may have a waypoint of their own', () => {
    const headless = labelled('web', {}, { clusterIP: 'None' });
    const forPods = gateway('waypoint', { labels: { 'istio.io/waypoint-for': 'workload' } });
    expect(brief(ask({ objects: [headless, forPods, gated], callee, peer: via('ztunnel', 'web') }))).toBe('denied by d');
  });
  it('the Service that is called settles it where several lead to the pods', () => {
    const objects = [web, labelled('api', { 'istio.io/use-waypoint': 'none' }), gateway('waypoint'), gated];
    const both = { ...callee, services: ['api', 'web'] };
    const verdictOf = (peer: Peer) => ask({ objects, callee: both, peer }).verdict;
    expect([via('ztunnel', 'web'), via('ztunnel', 'api'), via('ztunnel')].map(verdictOf)).toEqual(['denied', 'allowed', 'unknown']);
    expect(ask({ objects, callee: both, peer: via('sidecar') })).toMatchObject({ verdict: 'allowed', dependsOn: [] });
  });
  it('a Service that is not known is an assumption, and so is what stands there', () => {
    expect(ask({ objects: world, callee, peer: via('ztunnel') }).assumed).toEqual(['The call is for Service "web".']);
    expect(ask({ objects: world, callee }).assumed.join()).toContain('as ztunnel sends it');
  });
});

describe('the waypoint of pods', () => {
  const programmed = (status: string) => ({
    conditions: [
      { type: 'Accepted', status: 'True' },
      { type: 'Programmed', status },
    ],
  });
  const gated = target(WAYPOINT);
  const label = (value: string) =>
    service('web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] }, { labels: { 'istio.io/use-waypoint': value } });
  it.each([
    ['none is named', [web, gateway('waypoint'), gated], { namespaceLabels: {} }, 'allowed'],
    ['the namespace names it', [web, gateway('waypoint'), gated], {}, 'denied by d'],
    ['the Service names it', [label('waypoint'), gateway('waypoint'), gated], { namespaceLabels: {} }, 'denied by d'],
    ['the Service goes before the namespace', [label('none'), gateway('waypoint'), gated], {}, 'allowed'],
    ['there is no Gateway of the name', [web, gated], {}, 'allowed'],
    ['the Gateway is not ready', [web, gateway('waypoint', { status: { addresses: [] } }), gated], {}, 'allowed'],
    ['the Gateway is not programmed', [web, gateway('waypoint', { status: programmed('False') }), gated], {}, 'allowed'],
    ['the Gateway is programmed', [web, gateway('waypoint', { status: programmed('True') }), gated], {}, 'denied by d'],
    ['the Gateway is for pods', [web, gateway('waypoint', { labels: { 'istio.io/waypoint-for': 'workload' } }), gated], {}, 'allowed'],
    ['the Gateway is for all', [web, gateway('waypoint', { labels: { 'istio.io/waypoint-for': 'all' } }), gated], {}, 'denied by d'],
    ['pods without a Service', [gateway('waypoint'), gated], { services: [] }, 'allowed'],
    [
      'pods without a Service, and a Gateway for pods',
      [gateway('waypoint', { labels: { 'istio.io/waypoint-for': 'workload' } }), gated],
      { services: [] },
      'denied by d',
    ],
  ])('%s', (_, objects, more, expected) => {
    expect(brief(ask({ objects, callee: { ...callee, ...more } }))).toBe(expected);
  });
  it('a Gateway whose status is not known is taken as ready', () => {
    const { status: _, ...bare } = gateway('waypoint');
    const answer = ask({ objects: [web, bare, gated], callee });
    expect(answer.verdict).toBe('denied');
    expect(answer.assumed.join()).toContain('ready');
    expect(ask({ objects: [web, gateway('waypoint', { status: programmed('True') })], callee }).assumed.join()).not.toContain('ready');
    expect(ask({ objects: [web, gateway('waypoint', { status: programmed('Unknown') })], callee }).assumed.join()).toContain('ready');
  });
  it('of the root namespace needs to let the namespace in', () => {
    const uses = { ...callee, namespaceLabels: { ...USES, 'istio.io/use-waypoint-namespace': 'istio-system' } };
    const listener = (namespaces: Manifest) => ({ listeners: [{ protocol: 'HBONE', port: 15_008, allowedRoutes: { namespaces } }] });
    const gate = (spec: Manifest) => [web, gateway('waypoint', { ...ROOT, spec }), target(WAYPOINT, ROOT)];
    expect(brief(ask({ objects: gate({}), callee: uses }))).toBe('allowed');
    expect(brief(ask({ objects: gate(listener({ from: 'All' })), callee: uses }))).toBe('denied by d');
    expect(brief(ask({ objects: gate(listener({ from: 'Same' })), callee: uses }))).toBe('allowed');
    const labelled = { from: 'Selector', selector: { matchLabels: { team: 'x' } } };
    expect(brief(ask({ objects: gate(listener(labelled)), callee: uses }))).toBe('allowed');
    const named = { ...uses, namespaceLabels: { ...uses.namespaceLabels, team: 'x' } };
    expect(brief(ask({ objects: gate(listener(labelled)), callee: named }))).toBe('denied by d');
  });
  it('of a namespace that was not read may have policies that nobody knows', () => {
    const uses = { ...callee, namespaceLabels: { ...USES, 'istio.io/use-waypoint-namespace': 'infra' } };
    expect(ask({ objects: [web], callee: uses })).toMatchObject({
      verdict: 'unknown',
      dependsOn: ['the policies in namespace "infra", where the waypoint is'],
    });
    expect(brief(ask({ objects: [web, target({ kind: 'Service', name: 'web' })], callee: uses }))).toBe('denied by d');
  });
  it('depends on the Service where several lead to the pods', () => {
    const api = service(
      'api',
      { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
      { labels: { 'istio.io/use-waypoint': 'none' } },
    );
    const answer = ask({ objects: [...world, api, gated], callee: { ...callee, services: ['api', 'web'] } });
    expect(answer).toMatchObject({ verdict: 'unknown', dependsOn: ['which Service is called'], decidedBy: { object: { name: 'd' } } });
    expect(ask({ objects: [...world, api], callee: { ...callee, services: ['api', 'web'] } }).verdict).toBe('allowed');
  });
  it('is not known to see a port of a Service that is not known', () => {
    const ports = target(WAYPOINT, {}, [{ to: [{ operation: { ports: ['80'] } }] }]);
    expect(ask({ objects: [gateway('waypoint'), ports], callee }).dependsOn).toEqual(['the port of the Service']);
  });
  it('does not serve a call that is not known to be of HTTP otherwise than others', () => {
    const answer = ask({
      objects: [...world, target(WAYPOINT, {}, [{ to: [{ operation: { methods: ['PUT'] } }] }])],
      callee,
      call: { ...TCP, protocol: 'unknown' },
    });
    expect(answer.dependsOn).toEqual(['the method', 'whether the call is one of HTTP']);
    expect(ask({ objects: world, callee, call: GET }).verdict).toBe('allowed');
  });
});
