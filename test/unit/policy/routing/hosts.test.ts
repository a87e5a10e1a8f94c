import { describe, expect, it } from 'vitest';
import { resolveRoute } from '../../../../src/policy/routing/resolve.ts';
import { brief, istio, request, resolve, routes, service, to } from './objects.ts';

const a = service('a');
const b = service('b');
const web = service('web');

describe('names of a host', () => {
  const objects = [web, a, routes('web', ['web'], [{ route: [to('a')] }])];

  it.each(['web', 'WEB', 'web.shop', 'web.shop.svc', 'web.shop.svc.cluster.local', 'web.shop.svc.cluster.local.', 'web:80'])(
    '%s',
    (host) => {
      expect(brief(resolve(objects, { host }))).toBe('a.shop:80 1/1');
    },
  );

  it('a short name is one of the sender’s namespace', () => {
    const elsewhere = { tag: 'workload', namespace: 'bank', labels: {} } as const;
    expect(brief(resolve(objects, { from: elsewhere }))).toBe('passed through');
    expect(brief(resolve(objects, { from: elsewhere, host: 'web.shop' }))).toBe('a.shop:80 1/1');
  });

  it('short names in a rule are those of its own namespace', () => {
    const remote = routes('web', ['web.shop.svc.cluster.local'], [{ route: [to('a')] }], {}, { namespace: 'bank' });
    expect(brief(resolve([web, a, service('a', undefined, { namespace: 'bank' }), remote]))).toBe('a.bank:80 1/1');
  });
});

describe('which VirtualService stands for a host', () => {
  const wild = routes('wild', ['*.shop.svc.cluster.local'], [{ route: [to('a')] }]);
  const exact = routes('zz', ['web'], [{ route: [to('b')] }]);

  it('an exact host before a wildcard', () => {
    expect(brief(resolve([web, a, b, wild, exact]))).toBe('b.shop:80 1/1');
    expect(brief(resolve([web, a, b, wild]))).toBe('a.shop:80 1/1');
  });

  it('a longer wildcard before a shorter one', () => {
    const wider = routes('aa', ['*.svc.cluster.local'], [{ route: [to('b')] }]);
    expect(brief(resolve([web, a, b, wild, wider]))).toBe('a.shop:80 1/1');
  });

  it('the older of two for one host; routes of the two are not put together', () => {
    const old = routes('zzz', ['web'], [{ match: [{ uri: { exact: '/x' } }], route: [to('a')] }], {}, { created: '2024-01-01T00:00:00Z' });
    const young = routes('aaa', ['web'], [{ route: [to('b')] }], {}, { created: '2025-01-01T00:00:00Z' });
    expect(brief(resolve([web, a, b, young, old], { path: '/x' }))).toBe('a.shop:80 1/1');
    expect(brief(resolve([web, a, b, young, old], { path: '/y' }))).toBe('refused: no rule');
  });

  it('the next one where the first has no rule for this sender', () => {
    const picky = routes('aa', ['web'], [{ match: [{ sourceLabels: { app: 'other' } }], route: [to('a')] }]);
    expect(brief(resolve([web, a, b, picky, exact]))).toBe('b.shop:80 1/1');
  });

  it('the default route where no rule at all is for this sender', () => {
    const picky = routes('aa', ['web'], [{ match: [{ sourceLabels: { app: 'other' } }], route: [to('a')] }]);
    expect(brief(resolve([web, a, picky]))).toBe('web.shop:80 1/1');
  });

  it('one private to the sender’s namespace before one for everybody', () => {
    const own = routes('zz', ['web'], [{ route: [to('a')] }], { exportTo: ['.'] });
    const all = routes('aa', ['web'], [{ route: [to('b')] }]);
    expect(brief(resolve([web, a, b, all, own]))).toBe('a.shop:80 1/1');
  });

  it.each([
    [['*'], 'a.shop:80 1/1'],
    [['.'], 'web.shop:80 1/1'],
    [['bank'], 'a.shop:80 1/1'],
    [['club', '.'], 'web.shop:80 1/1'],
    [['~'], 'web.shop:80 1/1'],
  ])('exportTo %j seen from another namespace', (exportTo, expected) => {
    const from = { tag: 'workload', namespace: 'bank', labels: {} } as const;
    const rule = routes('web', ['web'], [{ route: [to('a')] }], { exportTo });
    expect(brief(resolve([web, a, rule], { from, host: 'web.shop' }))).toBe(expected);
  });

  it('exported to nobody: not even to its own namespace', () => {
    const rule = routes('web', ['web'], [{ route: [to('a')] }], { exportTo: ['~', '.'] });
    expect(brief(resolve([web, a, rule]))).toBe('web.shop:80 1/1');
  });

  it('of wildcards the most specific alone, even where none of its rules is for this sender', () => {
    const picky = routes('near', ['*.shop.svc.cluster.local'], [{ match: [{ port: 81 }], route: [to('a')] }]);
    const wider = routes('wide', ['*.svc.cluster.local'], [{ route: [to('b')] }]);
    expect(brief(resolve([web, a, b, picky, wider]))).toBe('web.shop:80 1/1');
  });

  it('one bound to a gateway alone is not for the mesh', () => {
    expect(brief(resolve([web, a, routes('web', ['web'], [{ route: [to('a')] }], { gateways: ['front'] })]))).toBe('web.shop:80 1/1');
    expect(brief(resolve([web, a, routes('web', ['web'], [{ route: [to('a')] }], { gateways: ['front', 'mesh'] })]))).toBe('a.shop:80 1/1');
  });
});

describe('hosts without a VirtualService', () => {
  it('a Service has a default route with Istio’s own retries and no time-out', () => {
    const answer = resolve([web]);
    expect(brief(answer)).toBe('web.shop:80 1/1');
    expect(answer).toMatchObject({ rule: undefined, layer: 'http' });
    expect(answer.tag === 'routed' && answer.http).toEqual({
      timeoutMs: undefined,
      retries: {
        attempts: 2,
        perTryTimeoutMs: undefined,
        retryOn: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes'],
        statuses: [],
        from: 'default',
      },
      fault: undefined,
      rewrite: undefined,
      headers: undefined,
      mirrors: [],
    });
  });

  it('a ServiceEntry makes outside hosts known', () => {
    const entry = istio('ServiceEntry', 'out', { hosts: ['api.example.com'], ports: [{ number: 80, name: 'http', protocol: 'HTTP' }] });
    const answer = resolve([entry], { host: 'api.example.com' });
    expect(brief(answer)).toBe('api.example.com:80 1/1');
    expect(answer).toMatchObject({ destinations: [{ external: true, workloads: [] }] });
  });

  it('of two entries for one host the one of the sender’s namespace', () => {
    const entry = (namespace: string, location: string) =>
      istio(
        'ServiceEntry',
        'out',
        { hosts: ['api.example.com'], location, ports: [{ number: 80, name: 'http', protocol: 'HTTP' }] },
        { namespace },
      );
    const objects = [entry('bank', 'MESH_EXTERNAL'), entry('shop', 'MESH_INTERNAL')];
    expect(resolve(objects, { host: 'api.example.com' })).toMatchObject({ destinations: [{ external: false }] });
    const from = { tag: 'workload', namespace: 'bank', labels: {} } as const;
    expect(resolve(objects, { host: 'api.example.com', from })).toMatchObject({ destinations: [{ external: true }] });
  });

  it('a wildcard ServiceEntry covers what nothing else names', () => {
    const ports = [{ number: 80, name: 'http', protocol: 'HTTP' }];
    const wild = istio('ServiceEntry', 'wild', { hosts: ['*.example.com'], ports });
    const exact = istio('ServiceEntry', 'exact', { hosts: ['api.example.com'], ports });
    expect(brief(resolve([wild, exact], { host: 'api.example.com' }))).toBe('api.example.com:80 1/1');
    expect(brief(resolve([wild, exact], { host: 'img.example.com' }))).toBe('*.example.com:80 1/1');
    expect(brief(resolve([wild, exact], { host: 'example.com' }))).toBe('passed through');
  });

  it('a host that only a VirtualService names is routed on port 80 alone', () => {
    const rule = routes('shop', ['shop.example.com'], [{ route: [{ destination: { host: 'a', port: { number: 80 } } }] }]);
    expect(brief(resolve([a, rule], { host: 'shop.example.com' }))).toBe('a.shop:80 1/1');
    expect(brief(resolve([a, rule], { host: 'shop.example.com', port: 8080 }))).toBe('passed through');
  });

  it('on other ports beside a host of the same object that is known there', () => {
    const big = service('big', [{ name: 'http', port: 8080 }]);
    const rule = (hosts: readonly string[]) => routes('shop', hosts, [{ route: [to('big')] }]);
    const there = { host: 'shop.example.com', port: 8080 };
    expect(brief(resolve([big, rule(['shop.example.com', 'big'])], there))).toBe('big.shop:8080 1/1');
    expect(brief(resolve([big, rule(['shop.example.com', '*.shop.svc.cluster.local'])], there))).toBe('big.shop:8080 1/1');
    expect(brief(resolve([big, rule(['shop.example.com', 'other'])], there))).toBe('passed through');
  });

  it('a wildcard that covers a known host stands for no other', () => {
    const entry = istio('ServiceEntry', 'api', { hosts: ['api.example.com'], ports: [{ number: 80, name: 'http', protocol: 'HTTP' }] });
    const wild = routes('wild', ['*.example.com'], [{ route: [to('a')] }]);
    expect(brief(resolve([a, wild], { host: 'img.example.com' }))).toBe('a.shop:80 1/1');
    expect(brief(resolve([a, entry, wild], { host: 'api.example.com' }))).toBe('a.shop:80 1/1');
    expect(brief(resolve([a, entry, wild], { host: 'img.example.com' }))).toBe('passed through');
  });

  it('a Service of another namespace that is not exported is not known', () => {
    const hidden = { ...service('web', undefined, { namespace: 'bank' }) };
    Object.assign(hidden, { metadata: { name: 'web', namespace: 'bank', annotations: { 'networking.istio.io/exportTo': '.' } } });
    expect(brief(resolve([hidden], { host: 'web.bank' }))).toBe('passed through');
  });

  it('in a set that is not whole, a host of a namespace of which it shows nothing is left open', () => {
    expect(brief(resolveRoute([web], request({ host: 'web.bank.svc' })))).toBe('unknown');
    expect(brief(resolveRoute([web], request({ host: 'other' })))).toBe('passed through');
  });
});

describe('what the mesh lets out', () => {
  const operator = (mode: string) => ({
    apiVersion: 'install.istio.io/v1alpha1',
    kind: 'IstioOperator',
    metadata: { name: 'istio', namespace: 'istio-system' },
    spec: { meshConfig: { outboundTrafficPolicy: { mode } } },
  });

  it('unknown hosts', () => {
    expect(brief(resolve([], { host: 'example.com' }))).toBe('passed through');
    expect(brief(resolve([operator('ALLOW_ANY')], { host: 'example.com' }))).toBe('passed through');
    expect(resolve([operator('REGISTRY_ONLY')], { host: 'example.com' })).toMatchObject({
      tag: 'refused',
      reason: 'unknown host',
      status: 502,
    });
  });

  it('unknown ports', () => {
    expect(resolve([web, operator('REGISTRY_ONLY')], { port: 81 })).toMatchObject({ tag: 'refused', reason: 'no port' });
  });

  it('a Sidecar’s own policy counts before the mesh’s', () => {
    const sidecar = istio('Sidecar', 'default', { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' }, egress: [{ hosts: ['./*'] }] });
    expect(brief(resolve([sidecar, operator('ALLOW_ANY')], { host: 'example.com' }))).toBe('refused: unknown host');
  });
});

describe('Sidecar', () => {
  const bank = service('web', undefined, { namespace: 'bank' });
  const sidecar = (hosts: readonly string[], more: object = {}, namespace = 'shop') =>
    istio('Sidecar', 'default', { egress: [{ hosts }], ...more }, { namespace });

  it.each([
    [['./*'], 'passed through'],
    [['bank/*'], 'web.bank:80 1/1'],
    [['*/*'], 'web.bank:80 1/1'],
    [['bank/web.bank.svc.cluster.local'], 'web.bank:80 1/1'],
    [['bank/*.bank.svc.cluster.local'], 'web.bank:80 1/1'],
    [['bank/other.bank.svc.cluster.local'], 'passed through'],
    [['~/*'], 'passed through'],
  ])('egress hosts %j', (hosts, expected) => {
    expect(brief(resolve([bank, sidecar(hosts)], { host: 'web.bank' }))).toBe(expected);
  });

  it('hosts for the port before those for all ports', () => {
    const listeners = (number: number) =>
      istio('Sidecar', 'default', { egress: [{ hosts: ['./*'] }, { port: { number }, hosts: ['bank/*'] }] });
    expect(brief(resolve([bank, listeners(80)], { host: 'web.bank' }))).toBe('web.bank:80 1/1');
    expect(brief(resolve([bank, listeners(81)], { host: 'web.bank' }))).toBe('passed through');
  });

  it('imports where an imported rule leads to', () => {
    const rule = routes('web', ['web'], [{ route: [to('web.bank.svc.cluster.local')] }]);
    expect(brief(resolve([web, bank, rule, sidecar(['./*'])]))).toBe('web.bank:80 1/1');
    expect(brief(resolve([web, bank, rule, sidecar(['./*'])], { host: 'web.bank' }))).toBe('web.bank:80 1/1');
  });

  it('one that selects the sender before the namespace’s, that before the root namespace’s', () => {
    const selecting = {
      ...sidecar(['bank/*'], { workloadSelector: { labels: { app: 'client' } } }),
      metadata: { name: 'zz', namespace: 'shop' },
    };
    const other = {
      ...sidecar(['bank/*'], { workloadSelector: { labels: { app: 'other' } } }),
      metadata: { name: 'aa', namespace: 'shop' },
    };
    expect(brief(resolve([bank, sidecar(['./*']), selecting], { host: 'web.bank' }))).toBe('web.bank:80 1/1');
    expect(brief(resolve([bank, sidecar(['./*']), other], { host: 'web.bank' }))).toBe('passed through');
    expect(brief(resolve([bank, sidecar(['./*'], {}, 'istio-system')], { host: 'web.bank' }))).toBe('passed through');
    expect(brief(resolve([bank, sidecar(['bank/*']), sidecar(['./*'], {}, 'istio-system')], { host: 'web.bank' }))).toBe('web.bank:80 1/1');
  });
});
