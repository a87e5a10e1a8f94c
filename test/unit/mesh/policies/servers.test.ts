import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/lib/json.ts';
import type { KeptObject } from '../../../../src/mesh/kept.ts';
import { build, deployment, kept, LINKERD, policy, SIDECAR, server, spec } from '../kept-objects.ts';

const WEB = deployment('web', { injected: LINKERD });
const problems = (objects: readonly KeptObject[], name = 'web') => policy(build(objects), name).problems;

describe('Server', () => {
  it('selects workloads by pods and port', () => {
    const objects = [
      ...WEB,
      ...deployment('api', { injected: LINKERD, labels: { tier: 'back' } }),
      ...deployment('idle', { pods: 0, labels: { tier: 'back' } }),
    ];
    const byExpression = {
      podSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
      port: 'http',
      proxyProtocol: 'HTTP/2',
      accessPolicy: 'audit',
    };
    const built = build([
      ...objects,
      server('web', 'web'),
      spec('linkerdServers', 'back', byExpression),
      spec('linkerdServers', 'all', { podSelector: {}, port: 9 }),
    ]);
    expect(policy(built, 'web')).toEqual({
      group: 'policy.linkerd.io',
      kind: 'Server',
      name: 'web',
      action: 'deny',
      selects: ['shop/Deployment/web'],
      summary: 'port 8080; protocol detected; no authorization; otherwise deny',
      problems: [],
    });
    expect(policy(built, 'back')).toMatchObject({
      action: 'audit',
      selects: ['shop/Deployment/api', 'shop/Deployment/idle'],
      summary: 'port http; HTTP/2; no authorization; otherwise audit',
      problems: [],
    });
    expect(policy(built, 'all').selects).toHaveLength(3);
  });

  it.each<[string, JsonObject, string]>([
    ['no pod', { podSelector: { matchLabels: { app: 'none' } } }, 'No pod of this namespace matches its podSelector.'],
    [
      'an expression that cannot be read',
      { podSelector: { matchExpressions: [{ key: 'app', operator: 'Like' }] } },
      'No pod of this namespace matches its podSelector.',
    ],
    ['no selector', { podSelector: null }, 'It has neither a podSelector nor an externalWorkloadSelector, so it selects nothing.'],
    ['a port name that no container has', { port: 'grpc' }, 'No container of the pods that it selects has a port called grpc.'],
    ['a port that no container declares', { port: 9999 }, 'No container of the pods that it selects declares port 9999.'],
    ['no port', { port: null }, 'Its port is neither a number nor the name of a port, so it selects nothing.'],
    ['an unknown protocol', { proxyProtocol: 'HTTP/3' }, 'Its proxyProtocol is none that Linkerd knows.'],
    ['an unknown access policy', { accessPolicy: 'allow' }, 'Its accessPolicy is none that Linkerd knows, so it counts as deny.'],
  ])('says that it has %s', (_, more, problem) => {
    expect(problems([...WEB, server('web', 'web', more)])).toEqual([problem]);
  });

  it('says nothing of a port where a container declares none', () => {
    expect(problems([...deployment('web', { injected: LINKERD, ports: [] }), server('web', 'web', { port: 9999 })])).toEqual([]);
  });

  it('says that nothing enforces it', () => {
    const unmeshed = "None of the pods that it selects is in Linkerd's mesh, so nothing enforces it.";
    expect(problems([...deployment('web'), server('web', 'web')])).toEqual([unmeshed]);
    expect(problems([...deployment('web', { injected: SIDECAR }), server('web', 'web')])).toEqual([unmeshed]);
    expect(problems([...deployment('web', { pods: 0 }), server('web', 'web')])).toEqual([]);
    const skipping = deployment('web', { injected: LINKERD, annotations: { 'config.linkerd.io/skip-inbound-ports': '8000-8100' } });
    expect(problems([...skipping, server('web', 'web')])).toEqual([
      'The pods that it selects skip the proxy on port 8080 (config.linkerd.io/skip-inbound-ports), so nothing enforces it.',
    ]);
  });

  it('loses a port to an older one, and to one of the same age by its name', () => {
    const lost = (winner: string) => [`Server ${winner} is older, so that this one does not decide on port 8080 of Deployment web.`];
    const old = server('z-old', 'web', {}, { created: 1 });
    const built = build([...WEB, server('web', 'web', { port: 'http' }, { created: 2 }), server('b', 'web', {}, { created: 2 }), old]);
    expect(policy(built, 'z-old').problems).toEqual([]);
    expect(policy(built, 'web').problems).toEqual(lost('z-old'));
    expect(policy(built, 'b').problems).toEqual(lost('z-old'));
    expect(problems([...WEB, server('a', 'web'), server('web', 'web')])).toEqual(lost('a'));
    expect(problems([...WEB, server('a', 'web', { port: 8081 }), server('web', 'web')])).toEqual([]);
  });

  it('shares a workload with another that selects other pods of it', () => {
    const canary = kept('pods', 'web-def-0', {
      labels: { app: 'web', track: 'canary', ...LINKERD },
      owner: { kind: 'Deployment', name: 'web' },
    });
    const tracked = (name: string, operator: string) =>
      spec('linkerdServers', name, {
        podSelector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'track', operator }] },
        port: 8080,
      });
    const built = build([...WEB, canary, tracked('stable', 'DoesNotExist'), tracked('canary', 'Exists')]);
    expect([policy(built, 'stable').problems, policy(built, 'canary').problems]).toEqual([[], []]);
  });

  it('is for machines outside, of which nothing is said', () => {
    const outside = spec('linkerdServers', 'web', { externalWorkloadSelector: { matchLabels: { app: 'web' } }, port: 8080 });
    expect(policy(build([...WEB, outside]), 'web')).toMatchObject({ selects: [], problems: [] });
  });

  it('does not take a list that was not read for an empty one', () => {
    expect(policy(build([server('web', 'web')], [], { unread: ['pods'] }), 'web').problems).toEqual([]);
  });

  it('names 64 workloads and counts the rest', () => {
    const many = Array.from({ length: 70 }, (_, index) => kept('pods', `p${index}`, { labels: { app: 'web', ...LINKERD } }));
    const node = policy(build([...many, server('web', 'web')]), 'web');
    expect([node.selects.length, node.omittedSelects]).toEqual([64, 6]);
  });
});
