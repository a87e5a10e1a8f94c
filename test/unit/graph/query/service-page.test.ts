import { describe, expect, it } from 'vitest';
import { attachedTo } from '../../../../src/graph/query/attached.ts';
import { goldenSignals, signalsOf } from '../../../../src/graph/query/golden-signals.ts';
import { servicePage } from '../../../../src/graph/query/service-page.ts';
import { levelOf, worstOf } from '../../../../src/graph/query/thresholds.ts';
import { nodesIn } from '../../../../src/graph/query/view.ts';
import { meshed, topologyOf, view, viewOf } from './fixture.ts';

describe('levelOf', () => {
  it.each([
    ['success', 1, 'good'],
    ['success', 0.999, 'good'],
    ['success', 0.9989, 'warning'],
    ['success', 0.99, 'warning'],
    ['success', 0.9899, 'critical'],
    ['p50', 10, 'good'],
    ['p50', 11, 'fair'],
    ['p50', 50, 'warning'],
    ['p50', 99, 'warning'],
    ['p50', 100, 'critical'],
    ['p99', 100, 'good'],
    ['p99', 499, 'fair'],
    ['p99', 500, 'warning'],
    ['p99', 1000, 'critical'],
    ['meshed', 1, 'good'],
    ['meshed', 0.99, 'warning'],
    ['meshed', 0.9, 'warning'],
    ['meshed', 0.89, 'critical'],
    ['p99', undefined, 'unknown'],
  ] as const)('holds %s of %s for %s', (signal, value, level) => {
    expect(levelOf(signal, value)).toBe(level);
  });

  it('has an order', () => {
    expect(worstOf(['good', 'fair', 'warning'])).toBe('warning');
    expect(worstOf(['unknown', 'good'])).toBe('good');
    expect(worstOf([])).toBe('unknown');
  });
});

describe('goldenSignals', () => {
  const of = (id: string) => {
    const node = nodesIn(view).get(id);
    if (node === undefined || node.tag === 'other') throw new Error(id);
    return goldenSignals(view, node);
  };

  it('are those of the traffic to a Service, and of callers that name none', () => {
    expect(of('shop/Service/cart')).toMatchObject({
      level: 'critical',
      signals: [
        { name: 'success', value: 0.975, level: 'critical' },
        { name: 'p50', value: 20, level: 'fair' },
        { name: 'p99', value: 600, level: 'warning' },
        { name: 'meshed', value: 1, level: 'good' },
      ],
      figures: { rps: 40, denied: 2 },
    });
  });

  it('are those of a workload', () => {
    expect(of('shop/Deployment/web')).toMatchObject({ figures: { rps: 50 }, level: 'good' });
    expect(of('shop/Deployment/loadtest')).toMatchObject({ level: 'critical', figures: {} });
  });

  it('are unknown where nothing tells', () => {
    expect(signalsOf({}, { ...meshed, pods: 0 }).level).toBe('unknown');
  });
});

describe('servicePage', () => {
  it('has all of a Service on one page', () => {
    const page = servicePage(view, 'shop', 'cart');
    expect(page?.workloads.map(({ name }) => name)).toEqual(['cart']);
    expect(page?.callers.map(({ source, rps }) => [source, rps])).toEqual([
      ['shop/Deployment/web', 40],
      ['unmeshed', 0],
    ]);
    expect(page?.callees.map(({ destination }) => destination)).toEqual(['shop/Service/db']);
    expect(page?.routes.map(({ node }) => node.name)).toEqual(['cart-canary']);
    expect(page?.policies.map(({ node }) => node.name)).toEqual(['cart', 'cart-http', 'all']);
    expect(page?.problems.problems.map(({ code }) => code)).toEqual([
      'failing',
      'unhealthy',
      'denied',
      'slow',
      'plaintext',
      'route',
      'policy',
    ]);
    expect(page?.golden.level).toBe('critical');
  });

  it('is none where there is no such Service', () => {
    expect(servicePage(view, 'shop', 'nothing')).toBeUndefined();
    expect(servicePage(view, 'bank', 'api')).toBeUndefined();
  });
});

describe('attachedTo', () => {
  const on = (kind: string, name: string, selects: readonly string[], group = 'g') => ({
    group,
    kind,
    name,
    selects,
    summary: '',
    problems: [],
  });
  const route = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', hosts: [], problems: [] };

  it('goes from one to the next, and no further than what hangs together', () => {
    const shop = topologyOf('shop', {
      routes: [
        { ...route, name: 'by-gateway', attachedTo: ['shop/Gateway/public'], backends: [] },
        { ...route, name: 'by-istio', attachedTo: ['shop/Gateway.networking.istio.io/public'], backends: [] },
        { ...route, kind: 'Gateway', name: 'public', attachedTo: ['shop/Deployment/edge'], backends: [] },
        { ...route, name: 'on-server', attachedTo: ['shop/Server/s'], backends: [] },
      ],
      policies: [
        on('Authentication', 'unrelated', ['shop/Server/other']),
        on('AuthorizationPolicy', 'on-route', ['shop/HTTPRoute.gateway.networking.k8s.io/on-server']),
        on('Server', 's', ['shop/Deployment/web'], 'policy.linkerd.io'),
      ],
    });
    const names = (node: string) => {
      const { routes, policies } = attachedTo([node], viewOf([shop], []));
      return [...routes, ...policies].map(({ node }) => node.name);
    };
    expect(names('shop/Deployment/web')).toEqual(['on-server', 'on-route', 's']);
    expect(names('shop/Deployment/edge')).toEqual(['by-gateway', 'public']);
    expect(names('bank/Deployment/web')).toEqual([]);
  });
});
