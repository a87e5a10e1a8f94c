import { describe, expect, it } from 'vitest';
import type { RouteRequest } from '../../../../src/policy/routing/request.ts';
import { brief, deployment, istio, resolve, routes, service, to } from './objects.ts';

const services = [service('a'), service('b'), service('c')];

interface Server {
  readonly number?: number;
  readonly protocol?: string;
  readonly hosts?: readonly string[];
  readonly tls?: object;
}

function gateway(...servers: readonly Server[]): object {
  return istio('Gateway', 'front', {
    selector: { istio: 'ingressgateway' },
    servers: servers.map(({ number = 80, protocol = 'HTTP', hosts = ['*'], tls }, index) => ({
      port: { number, protocol, name: `port-${index}` },
      hosts,
      ...(tls === undefined ? {} : { tls }),
    })),
  });
}

function bound(name: string, hosts: readonly string[], http: readonly object[], more: object = {}, meta = {}): object {
  return routes(name, hosts, http, { gateways: ['front'], ...more }, meta);
}

function enter(objects: readonly unknown[], change: Partial<RouteRequest> = {}): string {
  return brief(
    resolve([...services, ...objects], { from: { tag: 'gateway', gateway: 'shop/front' }, host: 'shop.example.com', ...change }),
  );
}

const toA = bound('a', ['shop.example.com'], [{ route: [to('a')] }]);

describe('which VirtualService is bound to a gateway', () => {
  it.each([
    ['front', 'a.shop:80 1/1'],
    ['shop/front', 'a.shop:80 1/1'],
    ['./front', 'a.shop:80 1/1'],
    ['front.shop.svc.cluster.local', 'a.shop:80 1/1'],
    ['bank/front', 'refused: no rule'],
    ['mesh', 'refused: no rule'],
  ])('gateways: %s', (name, expected) => {
    expect(enter([gateway({}), bound('a', ['shop.example.com'], [{ route: [to('a')] }], { gateways: [name] })])).toBe(expected);
  });

  it('one of another namespace, as far as it is exported to where the proxies run', () => {
    const remote = (exportTo: readonly string[]) =>
      bound(
        'a',
        ['shop.example.com'],
        [{ route: [to('a.shop.svc.cluster.local')] }],
        { gateways: ['shop/front'], exportTo },
        { namespace: 'bank' },
      );
    expect(enter([gateway({}), remote(['*'])])).toBe('a.shop:80 1/1');
    expect(enter([gateway({}), remote(['shop'])])).toBe('a.shop:80 1/1');
    expect(enter([gateway({}), remote(['.'])])).toBe('refused: no rule');
  });

  it('the proxies’ namespace counts, not the Gateway object’s', () => {
    const proxy = (namespace: string) => deployment('proxy', 'proxy', { istio: 'ingressgateway' }, namespace);
    const rule = bound('a', ['shop.example.com'], [{ route: [to('a')] }], { exportTo: ['edge'] });
    expect(enter([gateway({}), rule, proxy('edge')])).toBe('a.shop:80 1/1');
    expect(enter([gateway({}), rule, proxy('edge'), proxy('shop')])).toBe('refused: no rule');
    expect(enter([gateway({}), rule])).toBe('refused: no rule');
  });

  it('no such gateway', () => {
    expect(enter([toA])).toBe('refused: no gateway');
  });
});

describe('hosts of a server', () => {
  it.each([
    ['*', 'a.shop:80 1/1'],
    ['*.example.com', 'a.shop:80 1/1'],
    ['shop.example.com', 'a.shop:80 1/1'],
    ['SHOP.example.com', 'a.shop:80 1/1'],
    ['shop/shop.example.com', 'a.shop:80 1/1'],
    ['./*.example.com', 'a.shop:80 1/1'],
    ['*/shop.example.com', 'a.shop:80 1/1'],
    ['bank/shop.example.com', 'refused: no rule'],
    ['other.example.com', 'refused: no rule'],
  ])('%s', (host, expected) => {
    expect(enter([gateway({ hosts: [host] }), toA])).toBe(expected);
  });

  it('a narrow server host narrows a wide VirtualService', () => {
    const wide = bound('a', ['*.example.com'], [{ route: [to('a')] }]);
    expect(enter([gateway({ hosts: ['shop.example.com'] }), wide])).toBe('a.shop:80 1/1');
    expect(enter([gateway({ hosts: ['shop.example.com'] }), wide], { host: 'other.example.com' })).toBe('refused: no rule');
  });
});

describe('several VirtualServices for one host', () => {
  const x = { match: [{ uri: { prefix: '/x' } }], route: [to('a')] };
  const all = { route: [to('b')] };

  it('are put together, the older first, what takes everything last', () => {
    const first = bound('1', ['shop.example.com'], [all]);
    const second = bound('2', ['shop.example.com'], [x]);
    expect(enter([gateway({}), first, second], { path: '/x' })).toBe('a.shop:80 1/1');
    expect(enter([gateway({}), first, second], { path: '/y' })).toBe('b.shop:80 1/1');
  });

  it('what follows a rule for everything in the same object is never reached', () => {
    expect(enter([gateway({}), bound('1', ['shop.example.com'], [all, x])], { path: '/x' })).toBe('b.shop:80 1/1');
  });

  it('the older of two that both match', () => {
    const old = bound('2', ['shop.example.com'], [x], {}, { created: '2024-01-01T00:00:00Z' });
    const young = bound('1', ['shop.example.com'], [{ ...x, route: [to('c')] }], {}, { created: '2025-01-01T00:00:00Z' });
    expect(enter([gateway({}), young, old], { path: '/x' })).toBe('a.shop:80 1/1');
  });

  it('an exact host is not helped out by a wildcard', () => {
    const exact = bound('1', ['shop.example.com'], [x]);
    const wild = bound('2', ['*.example.com'], [all]);
    expect(enter([gateway({}), exact, wild], { path: '/y' })).toBe('refused: no rule');
    expect(enter([gateway({}), exact, wild], { path: '/y', host: 'other.example.com' })).toBe('b.shop:80 1/1');
  });
});

describe('ports and TLS', () => {
  const simple = { mode: 'SIMPLE', credentialName: 'cert' };

  it('a server takes its own port and protocol', () => {
    expect(enter([gateway({}), toA], { port: 81 })).toBe('refused: no server');
    expect(enter([gateway({}), toA], { protocol: 'https' })).toBe('refused: no server');
    expect(enter([gateway({ number: 443, protocol: 'HTTPS', tls: simple }), toA], { port: 443, protocol: 'https' })).toBe('a.shop:80 1/1');
  });

  it('HTTPS is ended, and the request routed; its SNI chooses the server', () => {
    const https = bound(
      'a',
      ['shop.example.com'],
      [{ match: [{ scheme: { exact: 'https' } }], route: [{ destination: { host: 'a', port: { number: 80 } } }] }],
    );
    const server = gateway({ number: 443, protocol: 'HTTPS', tls: simple, hosts: ['*.example.com'] });
    expect(enter([server, https], { port: 443, protocol: 'https' })).toBe('a.shop:80 1/1');
    expect(enter([server, https], { port: 443, protocol: 'https', sni: 'elsewhere.org' })).toBe('refused: no server');
  });

  it('httpsRedirect', () => {
    const redirecting = (hosts: readonly string[]) => gateway({ hosts, tls: { httpsRedirect: true } });
    expect(enter([redirecting(['shop.example.com']), toA], { path: '/x?y=1' })).toBe('301 https://shop.example.com/x?y=1');
    expect(enter([redirecting(['shop.example.com'])])).toBe('301 https://shop.example.com/');
    expect(enter([redirecting(['shop/shop.example.com']), toA])).toBe('301 https://shop.example.com/');
    expect(enter([redirecting(['shop/shop.example.com'])])).toBe('refused: no rule');
  });

  it('conditions on gateway and port', () => {
    const rules = [
      { match: [{ gateways: ['other'] }], route: [to('b')] },
      { match: [{ port: 81 }], route: [to('b')] },
      { match: [{ gateways: ['front'], port: 80 }], route: [to('a')] },
    ];
    expect(enter([gateway({}), bound('a', ['*'], rules)])).toBe('a.shop:80 1/1');
  });
});

describe('TLS and TCP', () => {
  const tcpService = service('db', [{ name: 'tcp', port: 5432 }]);
  const l4 = (kind: 'tls' | 'tcp', rules: readonly object[], hosts = ['*.example.com']) =>
    istio('VirtualService', 'l4', { hosts, gateways: ['front'], [kind]: rules });
  const sni = (host: string, destination: string) => ({ match: [{ sniHosts: [host] }], route: [to(destination)] });

  it('PASSTHROUGH goes by SNI, the most specific first', () => {
    const server = gateway({ number: 443, protocol: 'TLS', tls: { mode: 'PASSTHROUGH' }, hosts: ['*.example.com'] });
    const rules = l4('tls', [sni('*.example.com', 'a'), sni('db.example.com', 'db')]);
    const call = { port: 443, protocol: 'tls' } as const;
    expect(enter([server, tcpService, rules], { ...call, host: 'db.example.com' })).toBe('db.shop:5432 1/1');
    expect(enter([server, tcpService, rules], { ...call, host: 'x.example.com' })).toBe('a.shop:80 1/1');
    expect(enter([server, tcpService, l4('tls', [sni('db.example.com', 'db')])], { ...call, host: 'x.example.com' })).toBe(
      'refused: no rule',
    );
  });

  it('TLS that is ended goes by TCP rules', () => {
    const server = gateway({ number: 443, protocol: 'TLS', tls: { mode: 'ISTIO_MUTUAL' }, hosts: ['db.example.com'] });
    const rules = l4('tcp', [
      { match: [{ port: 81 }], route: [to('a')] },
      { match: [{ port: 443 }], route: [to('db')] },
    ]);
    expect(enter([server, tcpService, rules], { port: 443, protocol: 'tls', host: 'db.example.com' })).toBe('db.shop:5432 1/1');
  });

  it('plain TCP with weights', () => {
    const server = gateway({ number: 5432, protocol: 'TCP' });
    const rules = l4('tcp', [{ route: [to('db', undefined, 3), to('a', undefined, 1)] }]);
    expect(enter([server, tcpService, rules], { port: 5432, protocol: 'tcp' })).toBe('db.shop:5432 3/4, a.shop:80 1/4');
  });

  it('source conditions and addresses are not looked at', () => {
    const server = gateway({ number: 5432, protocol: 'TCP' });
    const rules = l4('tcp', [{ match: [{ sourceLabels: { app: 'x' }, destinationSubnets: ['10.0.0.0/8'] }], route: [to('db')] }]);
    expect(enter([server, tcpService, rules], { port: 5432, protocol: 'tcp' })).toBe('db.shop:5432 1/1');
  });

  it('AUTO_PASSTHROUGH leads to nothing outside of the mesh', () => {
    const server = gateway({ number: 15443, protocol: 'TLS', tls: { mode: 'AUTO_PASSTHROUGH' }, hosts: ['*.local'] });
    const entry = (location: string) =>
      istio('ServiceEntry', 'nas', { hosts: ['nas.local'], location, ports: [{ number: 80, protocol: 'HTTP', name: 'http' }] });
    const call = { port: 15443, protocol: 'tls', host: 'outbound_.80_._.nas.local' } as const;
    expect(enter([server, entry('MESH_EXTERNAL')], call)).toBe('refused: no rule');
    expect(enter([server, entry('MESH_INTERNAL')], call)).toBe('nas.local:80 1/1');
  });

  it('AUTO_PASSTHROUGH reads the name that proxies of the mesh send', () => {
    const server = gateway({ number: 15443, protocol: 'TLS', tls: { mode: 'AUTO_PASSTHROUGH' }, hosts: ['*.local'] });
    const rule = istio('DestinationRule', 'a', { host: 'a', subsets: [{ name: 'v1', labels: { version: 'v1' } }] });
    const call = (name: string) => enter([server, rule], { port: 15443, protocol: 'tls', host: name });
    expect(call('outbound_.80_._.a.shop.svc.cluster.local')).toBe('a.shop:80 1/1');
    expect(call('outbound_.80_.v1_.a.shop.svc.cluster.local')).toBe('a.shop:80/v1 1/1');
    expect(call('outbound_.80_.v2_.a.shop.svc.cluster.local')).toBe('refused: no rule');
    expect(call('outbound_.81_._.a.shop.svc.cluster.local')).toBe('refused: no rule');
    expect(call('outbound_.80_._.a.example.com')).toBe('refused: no rule');
    expect(call('a.shop.svc.cluster.local')).toBe('refused: no rule');
  });
});
