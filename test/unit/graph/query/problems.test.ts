import { describe, expect, it } from 'vitest';
import { problemsIn } from '../../../../src/graph/query/problems.ts';
import { bare, deployment, edge, topologyOf, trafficIn, view, viewOf } from './fixture.ts';

describe('problemsIn', () => {
  it('finds what is wrong, the worst first, in sentences', () => {
    expect(problemsIn(view).problems.map(({ severity, text }) => `${severity}: ${text}`)).toEqual([
      'critical: 2.5% of the 40 rps from shop/web to shop/cart fail.',
      'warning: shop/cart is degraded: 2 of 3 replicas are ready.',
      'warning: Policies deny 2 rps from unmeshed to shop/cart.',
      'warning: The slowest hundredth of the calls from shop/web to shop/cart takes 600 ms or more.',
      'warning: Only 95% of the traffic from shop/web to shop/cart is mutual TLS (plaintext), though all pods of both are in a mesh.',
      'warning: 1 of 1 pods of shop/loadtest are outside the mesh, though the namespace asks for linkerd.',
      'warning: HTTPRoute shop/cart-canary: Its backend cart-v2 does not exist.',
      'warning: AuthorizationPolicy shop/all: No rule.',
    ]);
  });

  it('finds nothing where nothing is wrong', () => {
    const calm = viewOf(
      [topologyOf('shop', { workloads: [deployment('a'), deployment('b'), deployment('out', bare)] })],
      [trafficIn('shop', [edge('a->b', { successRate: 1, tls: 0.996, latency: { p99: 100 } }), edge('out->b', { tls: 0 })])],
    );
    expect(problemsIn(calm)).toEqual({ problems: [], omitted: 0 });
  });

  it('tells a workload that is down, and does not judge an edge without requests', () => {
    const down = viewOf(
      [topologyOf('shop', { workloads: [deployment('a', bare, { health: 'down' })] })],
      [trafficIn('shop', [edge('b->a', { rps: 0, successRate: 0 })])],
    );
    expect(problemsIn(down).problems).toEqual([
      { severity: 'critical', code: 'unhealthy', subject: 'shop/Deployment/a', text: 'shop/a is down.' },
    ]);
  });

  it('stops at a number and says how many there are more', () => {
    expect(problemsIn(view, undefined, 3)).toMatchObject({ omitted: 5 });
    expect(problemsIn(view, ({ code }) => code === 'slow').problems).toHaveLength(1);
  });
});
