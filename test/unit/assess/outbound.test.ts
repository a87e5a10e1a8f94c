import { describe, expect, it } from 'vitest';
import { parseOutside } from '../../../src/assess/outbound.ts';
import { AMBIENT, deployment, LINKERD, spec } from '../mesh/kept-objects.ts';
import { answerOf, worldOf } from './support.ts';

describe('a place outside of the cluster', () => {
  it.each([
    ['api.example.com:443', { host: 'api.example.com', port: 443 }],
    ['192.0.2.1', { host: '192.0.2.1', port: undefined }],
    ['[2001:db8::1]:8443', { host: '2001:db8::1', port: 8443 }],
    ['a_b.example.com:1', { host: 'a_b.example.com', port: 1 }],
  ])('%s', (text, outside) => {
    expect(parseOutside(text)).toEqual(outside);
  });

  it.each(['', 'a b:1', 'a:0', 'a:65536', 'a:b', '2001:db8::1', 'a/b:1', '[x]:1'])('is not "%s"', (text) => {
    expect(parseOutside(text)).toBeUndefined();
  });
});

describe('a call out of the cluster', () => {
  const network = (more: object = {}) =>
    spec(
      'linkerdEgressNetworks',
      'all',
      { trafficPolicy: 'Deny', networks: [{ cidr: '0.0.0.0/0', except: ['192.0.2.0/24'] }], ...more },
      {
        status: { conditions: [{ type: 'Accepted', status: 'True' }] },
      },
    );
  const workloads = [
    ...deployment('web', { injected: LINKERD }),
    ...deployment('plain'),
    ...deployment('waypoint', { annotated: AMBIENT }),
  ];
  const { world } = worldOf([...workloads, network()]);
  const to = (host: string) => `external/${host}`;

  it('is held back by an EgressNetwork of the caller’s namespace', () => {
    expect(answerOf(world, 'shop/Deployment/web', to('198.51.100.1:443'))).toMatchObject({
      verdict: 'denied',
      decidedBy: { object: { kind: 'EgressNetwork', name: 'all' } },
    });
    expect(answerOf(world, 'shop/Deployment/web', to('192.0.2.1:443')).verdict).toBe('allowed');
    expect(answerOf(world, 'shop/Deployment/web', to('api.example.com:443'))).toMatchObject({
      verdict: 'unknown',
      dependsOn: ["the destination's address"],
    });
  });

  it('is let out where no EgressNetwork is there', () => {
    expect(answerOf(worldOf(workloads).world, 'shop/Deployment/web', to('198.51.100.1:443')).verdict).toBe('allowed');
  });

  it('is held back by one of the namespace that holds for all', () => {
    const { world: wide, reads } = worldOf([...workloads, { ...network(), namespace: 'linkerd-egress' }]);
    expect(answerOf(wide, 'shop/Deployment/web', to('198.51.100.1:443')).verdict).toBe('denied');
    expect(reads.flat().sort()).toEqual(['istio-system', 'linkerd-egress', 'shop']);
  });

  it('is no matter of Linkerd’s for callers elsewhere', () => {
    expect(answerOf(world, 'shop/Deployment/plain', to('198.51.100.1:443')).verdict).toBe('allowed');
    expect(answerOf(world, 'shop/Deployment/waypoint', to('198.51.100.1:443'))).toMatchObject({
      verdict: 'unknown',
      dependsOn: [expect.stringContaining('outboundTrafficPolicy')],
    });
    expect(answerOf(world, 'unmeshed', to('198.51.100.1:443')).verdict).toBe('unknown');
  });
});

describe('a Service without pods of its own', () => {
  const { world } = worldOf([
    ...deployment('web', { injected: LINKERD }),
    spec('services', 'alias', { type: 'ExternalName', externalName: 'tax.example.com' }),
    spec('services', 'manual', { ports: [{ port: 80 }] }),
  ]);

  it('says whom to ask for', () => {
    expect(answerOf(world, 'shop/Deployment/web', 'shop/Service/alias')).toMatchObject({
      verdict: 'unknown',
      decidedBy: { says: expect.stringContaining('tax.example.com') },
    });
    expect(answerOf(world, 'shop/Deployment/web', 'shop/Service/manual').decidedBy.says).toContain('No workload that is known');
  });
});
