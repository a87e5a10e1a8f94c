import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  escapeName,
  externalId,
  gatewayId,
  type NodeRef,
  namespaceOf,
  nodeId,
  objectId,
  parseNodeId,
  serverId,
  serviceId,
  shortName,
  unescapeName,
  workloadId,
} from '../../../src/graph/ids.ts';
import { name } from './arbitraries.ts';

const kind = fc.oneof(fc.constantFrom('Deployment', 'Service', 'Server', 'Gateway', 'A.B', ''), name);
const ref: fc.Arbitrary<NodeRef> = fc.oneof(
  fc.record({ tag: fc.constant('workload'), namespace: name, kind, name }),
  fc.record({ tag: fc.constant('service'), namespace: name, name }),
  fc.record({ tag: fc.constant('server'), namespace: name, name }),
  fc.record({ tag: fc.constant('gateway'), namespace: name, name }),
  fc.record({ tag: fc.constant('object'), namespace: name, group: name, kind, name }),
  fc.record({ tag: fc.constant('external'), authority: name }),
  fc.constant({ tag: 'unmeshed' }),
  fc.constant({ tag: 'unknown' }),
);

describe('node ids', () => {
  it('are what people write', () => {
    expect(workloadId('shop', 'Deployment', 'web')).toBe('shop/Deployment/web');
    expect(serviceId('shop', 'web')).toBe('shop/Service/web');
    expect(serverId('shop', 'web-http')).toBe('shop/Server/web-http');
    expect(gatewayId('shop', 'public')).toBe('shop/Gateway/public');
    expect(gatewayId('shop', 'public', 'networking.istio.io')).toBe('shop/Gateway.networking.istio.io/public');
    expect(objectId('shop', { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'web' })).toBe(
      'shop/HTTPRoute.gateway.networking.k8s.io/web',
    );
    expect(objectId('shop', { group: 'policy.linkerd.io', kind: 'Server', name: 'web' })).toBe('shop/Server.policy.linkerd.io/web');
    expect(externalId('api.example.com:443')).toBe('external/api.example.com:443');
    expect(externalId('[2001:db8::1]:443')).toBe('external/[2001:db8::1]:443');
  });

  it('come back as what they were made of, whatever the names', () => {
    fc.assert(
      fc.property(ref, (given) => {
        expect(parseNodeId(nodeId(given))).toEqual(given);
      }),
    );
  });

  it('differ where anything differs', () => {
    fc.assert(
      fc.property(ref, ref, (a, b) => {
        expect(nodeId(a) === nodeId(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it('are safe as keys and between separators', () => {
    fc.assert(
      fc.property(ref, (given) => {
        expect(nodeId(given)).toMatch(/^[\w.:[\]~%/-]+$/);
        expect(nodeId(given)).not.toBe('__proto__');
      }),
    );
  });

  it('tell their namespace', () => {
    fc.assert(
      fc.property(ref, (given) => {
        expect(namespaceOf(nodeId(given))).toBe('namespace' in given ? given.namespace : undefined);
      }),
    );
  });

  it('are read from any text without throwing', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom('a', '/', '%', '.', 'Service', '%zz')).map((parts) => parts.join('')),
        ),
        (text) => {
          const parsed = parseNodeId(text);
          namespaceOf(text);
          shortName(text);
          if (parsed !== undefined) expect(parseNodeId(nodeId(parsed))).toEqual(parsed);
        },
      ),
    );
    for (const text of ['', 'shop', 'shop/x', 'a/b/c/d', 'a/%zz/c', 'external/%', '%zz/Deployment/x'])
      expect(parseNodeId(text), text).toBeUndefined();
  });
});

describe('escapeName', () => {
  it('leaves names of Kubernetes, hosts and addresses as they are', () => {
    for (const plain of ['web', 'web-1.x', 'api.example.com:443', '[::1]:80', 'a_b', 'a~b']) expect(escapeName(plain)).toBe(plain);
    expect(escapeName('__proto__')).toBe('%5F_proto__');
    expect(escapeName('a/b')).toBe('a%2Fb');
  });

  it('comes back', () => {
    fc.assert(
      fc.property(name, (given) => {
        expect(unescapeName(escapeName(given))).toBe(given);
      }),
    );
  });
});

describe('shortName', () => {
  it.each([
    ['shop/Deployment/web', 'shop', 'web'],
    ['shop/Deployment/web', undefined, 'shop/web'],
    ['shop/Deployment/web', 'bank', 'shop/web'],
    ['shop/Service/cart', 'shop', 'service cart'],
    ['shop/HTTPRoute.gateway.networking.k8s.io/web', 'bank', 'HTTPRoute shop/web'],
    ['external/api.example.com', 'shop', 'api.example.com'],
    ['unmeshed', 'shop', 'unmeshed'],
    ['no id', 'shop', 'no id'],
  ])('reads %s within %s as %s', (id, within, expected) => {
    expect(shortName(id, within)).toBe(expected);
  });
});
