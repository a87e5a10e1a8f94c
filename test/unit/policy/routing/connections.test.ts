import { describe, expect, it } from 'vitest';
import { brief, istio, resolve, service, to } from './objects.ts';

const db = service('db', [{ name: 'tcp', port: 5432 }]);
const other = service('other', [{ name: 'tcp', port: 5433 }]);
const tcp = (rules: readonly object[], hosts: readonly string[] = ['db']) => istio('VirtualService', 'db', { hosts, tcp: rules });
const call = { host: 'db', port: 5432, protocol: 'tcp' } as const;

describe('TCP from a workload', () => {
  it('the default route', () => {
    expect(resolve([db], call)).toMatchObject({ tag: 'routed', layer: 'tcp', rule: undefined, http: undefined });
  });

  it('a port declared as TCP takes HTTP as a connection', () => {
    expect(resolve([db], { ...call, protocol: 'http' })).toMatchObject({ tag: 'routed', layer: 'tcp' });
  });

  it('a port that declares nothing takes what is spoken', () => {
    const plain = service('db', [{ port: 5432 }]);
    expect(resolve([plain], call)).toMatchObject({ layer: 'tcp' });
    expect(resolve([plain], { ...call, protocol: 'http' })).toMatchObject({ layer: 'http' });
  });

  it('a port declared as HTTP leaves other protocols open', () => {
    expect(brief(resolve([service('web')], { protocol: 'tcp' }))).toBe('unknown');
  });

  it.each([
    ['without match', [{ route: [to('other')] }], 'other.shop:5433 1/1'],
    ['port', [{ match: [{ port: 5432 }], route: [to('other')] }], 'other.shop:5433 1/1'],
    ['another port', [{ match: [{ port: 1 }], route: [to('other')] }], 'db.shop:5432 1/1'],
    ['sourceLabels', [{ match: [{ sourceLabels: { app: 'x' } }], route: [to('other')] }], 'db.shop:5432 1/1'],
    ['sourceNamespace', [{ match: [{ sourceNamespace: 'bank' }], route: [to('other')] }], 'db.shop:5432 1/1'],
    [
      'gateway and labels, both asked',
      [{ match: [{ gateways: ['mesh'], sourceLabels: { app: 'x' } }], route: [to('other')] }],
      'db.shop:5432 1/1',
    ],
    ['an address, which nobody told', [{ match: [{ destinationSubnets: ['10.0.0.0/8'] }], route: [to('other')] }], 'unknown'],
    ['weights', [{ route: [to('db', undefined, 1), to('other', undefined, 3)] }], 'db.shop:5432 1/4, other.shop:5433 3/4'],
    ['a rule without destinations', [{ route: [] }, { route: [to('other')] }], 'other.shop:5433 1/1'],
  ])('%s', (_, rules, expected) => {
    expect(brief(resolve([db, other, tcp(rules)], call))).toBe(expected);
  });
});

describe('TLS from a workload', () => {
  const entry = istio('ServiceEntry', 'api', { hosts: ['api.example.com'], ports: [{ number: 443, name: 'tls', protocol: 'TLS' }] });
  const egress = service('egress', [{ name: 'tls', port: 8443 }]);
  const tls = (rules: readonly object[], name = 'api') => istio('VirtualService', name, { hosts: ['*.example.com'], tls: rules });
  const sni = (host: string, destination: string, more: object = {}) => ({
    match: [{ sniHosts: [host], ...more }],
    route: [to(destination)],
  });
  const https = { host: 'api.example.com', port: 443, protocol: 'https' } as const;

  it('the default route', () => {
    expect(resolve([entry], https)).toMatchObject({ tag: 'routed', layer: 'tls', rule: undefined });
  });

  it.each([
    ['SNI', [sni('api.example.com', 'egress')], 'egress.shop:8443 1/1'],
    ['a wildcard', [sni('*.example.com', 'egress')], 'egress.shop:8443 1/1'],
    ['the most specific', [sni('*.example.com', 'api.example.com'), sni('api.example.com', 'egress')], 'egress.shop:8443 1/1'],
    [
      'the first of two for the same name',
      [sni('api.example.com', 'egress'), sni('api.example.com', 'api.example.com')],
      'egress.shop:8443 1/1',
    ],
    ['another port', [sni('api.example.com', 'egress', { port: 444 })], 'api.example.com:443 1/1'],
    ['another gateway', [sni('api.example.com', 'egress', { gateways: ['front'] })], 'api.example.com:443 1/1'],
    ['rules, none for the name', [sni('img.example.com', 'egress')], 'refused: no rule'],
    ['a rule without match never applies', [{ route: [to('egress')] }], 'api.example.com:443 1/1'],
  ])('%s', (_, rules, expected) => {
    expect(brief(resolve([entry, egress, tls(rules)], https))).toBe(expected);
  });

  it('HTTP on a port of TLS has no SNI', () => {
    expect(brief(resolve([entry, egress, tls([sni('*.example.com', 'egress')])], { ...https, protocol: 'http' }))).toBe('refused: no rule');
  });
});

it('UDP is left open', () => {
  const dns = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'dns', namespace: 'shop' },
    spec: { ports: [{ port: 53, protocol: 'UDP' }] },
  };
  expect(brief(resolve([dns], { host: 'dns', port: 53, protocol: 'tcp' }))).toBe('unknown');
});
