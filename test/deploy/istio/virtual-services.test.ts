import { describe, expect, test } from 'vitest';
import { at, documents, host, list, MANIFESTS, ofKind, SERVICES, seconds, spec } from './manifests.ts';

const RETRY_ON = '5xx,reset,connect-failure,refused-stream';

/** Who waits for whom (README.md). */
const CALLS = [
  ['mcp-gateway', 'mcp-debate'],
  ['mcp-gateway', 'mcp-organization'],
  ['mcp-gateway', 'mcp-context'],
  ['mcp-gateway', 'mcp-controller'],
  ['mcp-gateway', 'mcp-template'],
  ['mcp-controller', 'mcp-context'],
  ['mcp-controller', 'mcp-template'],
  ['mcp-debate', 'mcp-llm'],
  ['mcp-debate', 'mcp-context'],
  ['mcp-debate', 'mcp-rag'],
  ['mcp-context', 'mcp-rag'],
] as const;

const routes = (name: string) => list(spec('VirtualService', name), 'http');
const destinations = (rule: unknown) =>
  list(rule, 'route').map((route) => [at(route, 'destination', 'host'), at(route, 'destination', 'subset'), at(route, 'weight')]);

describe('canary', () => {
  test('mcp-debate: 90 per cent stable, 10 per cent canary, whatever the request', () => {
    const rules = routes('mcp-debate');
    expect(rules).toHaveLength(1);
    expect(at(rules, 0, 'match')).toBeUndefined();
    expect(destinations(rules[0])).toEqual([
      [host('mcp-debate'), 'stable', 90],
      [host('mcp-debate'), 'canary', 10],
    ]);
  });
});

describe('blue-green', () => {
  test('mcp-organization: exactly `x-deployment-stage: green` to green, the rest to blue', () => {
    const [green, blue] = routes('mcp-organization');
    expect(at(green, 'match')).toEqual([{ headers: { 'x-deployment-stage': { exact: 'green' } } }]);
    expect(destinations(green)).toEqual([[host('mcp-organization'), 'green', undefined]]);
    expect(at(blue, 'match')).toBeUndefined();
    expect(destinations(blue)).toEqual([[host('mcp-organization'), 'blue', undefined]]);
  });
});

describe('A/B by user agent', () => {
  const [mobile, standard] = routes('mcp-ingress');

  test('mobile agents go to mobile-optimized, all others to standard', () => {
    expect(at(mobile, 'match')).toEqual([{ headers: { 'user-agent': { regex: '.*(Android|iPhone|iPad|iPod|Mobile).*' } } }]);
    expect(destinations(mobile)).toEqual([[host('mcp-gateway'), 'mobile-optimized', undefined]]);
    expect(at(standard, 'match')).toBeUndefined();
    expect(destinations(standard)).toEqual([[host('mcp-gateway'), 'standard', undefined]]);
  });

  test('the ingress gateway sees them', () => {
    expect(at(spec('VirtualService', 'mcp-ingress'), 'gateways')).toEqual(['istio-ingress/mcp-ingress']);
    expect(at(spec('VirtualService', 'mcp-ingress'), 'exportTo')).toEqual(['.', 'istio-ingress']);
    expect(at(spec('VirtualService', 'mcp-ingress'), 'hosts')).toEqual(['mcp.example.com']);
  });

  test('the tenant headers of outsiders are dropped on both ways', () => {
    for (const rule of [mobile, standard]) expect(at(rule, 'headers', 'request', 'remove')).toEqual(['x-organization-id', 'x-user-id']);
  });
});

describe('retries', () => {
  test.each(SERVICES.flatMap((service) => routes(service).map((rule) => [service, String(at(rule, 'name')), rule] as const)))(
    '%s, rule %s: on exactly those conditions, and they fit into the time-out',
    (_service, _name, rule) => {
      expect(at(rule, 'retries', 'retryOn')).toBe(RETRY_ON);
      const attempts = Number(at(rule, 'retries', 'attempts'));
      expect(attempts).toBeGreaterThanOrEqual(1);
      // The first try is not one of the attempts.
      expect((attempts + 1) * seconds(at(rule, 'retries', 'perTryTimeout'))).toBeLessThanOrEqual(seconds(at(rule, 'timeout')));
    },
  );

  test('at the ingress only what certainly did not arrive is sent again', () => {
    for (const rule of routes('mcp-ingress'))
      expect(at(rule, 'retries')).toEqual({ attempts: 2, retryOn: 'connect-failure,refused-stream' });
  });
});

describe('time-outs', () => {
  const timeout = (service: string) => Math.max(...routes(service).map((rule) => seconds(at(rule, 'timeout'))));

  test('are those of the design', () => {
    expect(Object.fromEntries(SERVICES.map((service) => [service, timeout(service)]))).toEqual({
      'mcp-gateway': 290,
      'mcp-debate': 270,
      'mcp-llm': 120,
      'mcp-organization': 10,
      'mcp-context': 45,
      'mcp-rag': 20,
      'mcp-controller': 120,
      'mcp-template': 5,
    });
    expect(timeout('mcp-ingress')).toBe(300);
  });

  test.each(CALLS)('a try at %s lasts as long as all that it may do at %s', (caller, callee) => {
    const tries = routes(caller).map((rule) => seconds(at(rule, 'retries', 'perTryTimeout')));
    // The gateway is reached through the ingress, which has no limit for one try: the limit is that of the whole.
    const patience = caller === 'mcp-gateway' ? timeout('mcp-ingress') : Math.min(...tries);
    expect(patience).toBeGreaterThanOrEqual(timeout(callee));
  });
});

describe('faults', () => {
  test('are in no object of the base', () => {
    expect(MANIFESTS.filter(({ value }) => JSON.stringify(value).includes('"fault"'))).toEqual([]);
  });

  test('the overlay chaos gives mcp-rag 50 per cent 5 s late and 10 per cent 503', () => {
    const [operations] = documents('overlays/chaos/mcp-rag-faults.yaml');
    expect(operations).toEqual([
      {
        op: 'add',
        path: '/spec/http/0/fault',
        value: {
          delay: { percentage: { value: 50 }, fixedDelay: '5s' },
          abort: { percentage: { value: 10 }, httpStatus: 503 },
        },
      },
    ]);
    expect(routes('mcp-rag')).toHaveLength(1);
  });
});

describe('every route', () => {
  test('names its port and lies on the full name', () => {
    for (const { value, path } of ofKind('VirtualService')) {
      for (const rule of [...list(value, 'spec', 'http'), ...list(value, 'spec', 'tls'), ...list(value, 'spec', 'tcp')]) {
        for (const route of list(rule, 'route')) {
          expect(String(at(route, 'destination', 'host')), path).toContain('.');
          expect(at(route, 'destination', 'port', 'number'), path).toBeTypeOf('number');
        }
      }
    }
  });

  test('ends with a rule that takes what no other took', () => {
    for (const service of [...SERVICES, 'mcp-ingress']) expect(at(routes(service).at(-1), 'match'), service).toBeUndefined();
  });

  test('through the east-west gateway leads to two services alone', () => {
    expect(at(spec('VirtualService', 'east-west'), 'hosts')).toEqual([host('mcp-context'), host('mcp-rag')]);
    expect(at(spec('VirtualService', 'east-west'), 'gateways')).toEqual(['istio-eastwest/mcp-east-west']);
    expect(at(spec('VirtualService', 'east-west'), 'exportTo')).toEqual(['.', 'istio-eastwest']);
    for (const [index, service] of ['mcp-context', 'mcp-rag'].entries()) {
      const rule = routes('east-west')[index];
      expect(at(rule, 'match')).toEqual([{ authority: { prefix: host(service) } }]);
      expect(destinations(rule)).toEqual([[host(service), undefined, undefined]]);
    }
  });
});
