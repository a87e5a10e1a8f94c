import { describe, expect, it } from 'vitest';
import { fromGraph } from '../../../src/collector/from-graph.ts';
import { type CollectFigures, type CollectReport, collect, collectOnce } from '../../../src/collector/run.ts';
import type { Config } from '../../../src/config.ts';
import { MeshError } from '../../../src/lib/errors.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { HEAD_KEY, LEADER_KEY, RESUME_KEY } from '../../../src/store/graph/keys.ts';
import { withGraph } from '../../../src/store/graph/reader.ts';
import { demoWorld } from '../../support/demo-world.ts';
import { ask } from '../demo/kubernetes/support.ts';

/** The demo world with a collector. */
function world(options: Readonly<Record<string, string>> = {}) {
  const { ports, config, demo, ...rest } = demoWorld(options);
  const run = (windowMs = 10_000, holder = 'ticker'): CollectReport => collect(ports, config, { holder, windowMs });
  const change = (method: string, target: string, body: object) =>
    ask(demo, method, target, { headers: [['content-type', 'application/json']], body: JSON.stringify(body) });
  return { ...rest, ports, config, run, change, services: (namespace: string) => servicesIn(ports, namespace) };
}

function servicesIn(ports: Ports, namespace: string): readonly string[] {
  return withGraph(ports, (reader) => (reader.topologies([namespace]).get(namespace)?.services ?? []).map(({ name }) => name));
}

function led(report: CollectReport): CollectFigures {
  if (!report.leader) throw new Error(`${report.holder} has the lease`);
  return report;
}

const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});

describe('a first run', () => {
  it('lists the cluster, publishes it, and then its traffic', () => {
    const { run, ports, services } = world();
    const figures = led(run());
    expect(figures).toMatchObject({ synced: true, namespaces: 8, trafficReadings: 1, trafficErrors: 0 });
    expect(figures.publications).toBeGreaterThanOrEqual(2);
    expect(services('shop')).toContain('payments');
    withGraph(ports, ({ status, traffic }) => {
      expect(status).toMatchObject({
        synced: true,
        demo: true,
        sources: { kubernetes: { state: 'synced' }, prometheus: { state: 'synced' } },
      });
      expect(status.stale).toBeUndefined();
      expect(traffic(['shop']).get('shop')?.edges.length).toBeGreaterThan(5);
    });
  });

  it('publishes nothing, and says why, where Kubernetes cannot be read', () => {
    const { run, weather, ports } = world({ COLLECT_SYNC_MS: '5000' });
    weather.kubernetes = 'down';
    expect(() => run()).toThrow(MeshError);
    expect(() => withGraph(ports, () => {})).toThrow(/no mesh graph|being made/);
  });

  it('says in the graph that there is no Prometheus to ask', () => {
    const { run, ports } = world({ PROMETHEUS_URL: '' });
    expect(led(run()).trafficReadings).toBe(0);
    withGraph(ports, ({ status }) =>
      expect(status.sources.prometheus).toMatchObject({ state: 'absent', why: expect.stringContaining('PROMETHEUS_URL') }),
    );
  });
});

describe('a run over a graph', () => {
  it('writes nothing but the lease where nothing changes', () => {
    const { run, writes } = world({ PROMETHEUS_URL: '' });
    run();
    run();
    writes.length = 0;
    const figures = led(run());
    expect(figures).toMatchObject({ publications: 0, values: 0, written: 0 });
    expect(writes.filter((key) => key !== LEADER_KEY && key !== RESUME_KEY)).toEqual([]);
  });

  it('hears what changed since the run before, and what changes while it watches', () => {
    const { run, change, services, clock } = world({ PROMETHEUS_URL: '' });
    run();
    change('POST', '/api/v1/namespaces/shop/services', service('between'));
    clock.advance(1_000);
    const figures = led(run(2_000));
    expect(services('shop')).toContain('between');
    expect(figures.publications).toBe(1);
    change('DELETE', '/api/v1/namespaces/shop/services/between', {});
    run(2_000);
    expect(services('shop')).not.toContain('between');
  });

  it('lists nothing again', () => {
    const { run, ports } = world({ PROMETHEUS_URL: '' });
    const first = led(run(2_000));
    const second = led(run(2_000));
    expect(second.bytes).toBeLessThan(first.bytes / 4);
    withGraph(ports, (reader) => expect(reader.namespaces()).toHaveLength(8));
  });

  it('asks Prometheus at its interval, not at every run', () => {
    const { run } = world({ TRAFFIC_INTERVAL_MS: '15000' });
    const readings = [run(), run(), run(), run()].map((report) => led(report).trafficReadings);
    expect(readings.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(4);
    expect(readings.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(3);
  });

  it('hears from every watch before it waits for Prometheus, lest they be taken for silent ones', () => {
    const { ports, config, clock, run } = world({ TRAFFIC_INTERVAL_MS: '1000' });
    run();
    clock.advance(5_000);
    let unheard = 0;
    const waiting: number[] = [];
    const streams: typeof ports.http.streams = () => {
      const inner = ports.http.streams();
      return {
        ...inner,
        open: (request) => {
          unheard++;
          return inner.open(request);
        },
        next: (maxWaitMs) => {
          const events = inner.next(maxWaitMs);
          unheard -= events.filter(({ tag }) => tag === 'head').length;
          return events;
        },
      };
    };
    const sendAll: typeof ports.http.sendAll = (requests) => {
      waiting.push(unheard);
      return ports.http.sendAll(requests);
    };
    const figures = led(collect({ ...ports, http: { ...ports.http, streams, sendAll } }, config, { holder: 'ticker', windowMs: 500 }));
    expect(figures).toMatchObject({ synced: true, trafficReadings: 1 });
    expect(waiting[0]).toBe(0);
  });

  it('keeps the traffic while Prometheus is down, and says since when it is stale', () => {
    const { run, weather, ports, clock, change, services } = world();
    run();
    const before = withGraph(ports, (reader) => reader.traffic(['shop']).get('shop')?.edges);
    const readAt = withGraph(ports, (reader) => reader.status.trafficAt);
    weather.prometheus = 'down';
    clock.advance(20_000);
    change('POST', '/api/v1/namespaces/shop/services', service('late'));
    expect(led(run())).toMatchObject({ trafficErrors: 1 });
    withGraph(ports, (reader) => {
      expect(reader.status.sources.prometheus).toMatchObject({ state: 'stale', since: readAt });
      expect(reader.status.stale).toMatchObject({ since: readAt });
      expect(reader.traffic(['shop']).get('shop')?.edges).toEqual(before);
    });
    expect(services('shop')).toContain('late');
    weather.prometheus = 'fine';
    clock.advance(20_000);
    run();
    withGraph(ports, (reader) => expect(reader.status.stale).toBeUndefined());
  });

  it.each(['throttling', 'down', 'forbidden'] as const)('keeps the graph while Kubernetes is %s, and is not synced', (what) => {
    const { run, weather, ports, services } = world({ COLLECT_SYNC_MS: '5000' });
    run();
    weather.kubernetes = what;
    run();
    withGraph(ports, ({ status }) => {
      expect(status.synced).toBe(false);
      expect(status.stale?.why).toBeTypeOf('string');
    });
    expect(services('shop')).toContain('payments');
    weather.kubernetes = 'fine';
    run();
    withGraph(ports, ({ status }) => expect(status).toMatchObject({ synced: true }));
  });

  it('begins anew where the options say another cluster', () => {
    const { run, ports, config } = world({ PROMETHEUS_URL: '' });
    run();
    const other: Config = { ...config, namespaces: ['shop'] };
    collect(ports, other, { holder: 'ticker', windowMs: 1_000 });
    withGraph(ports, (reader) => expect(reader.namespaces()).toEqual(['shop']));
  });

  it('leaves a snapshot, from which readers are answered while the head is of no use, for ten minutes', () => {
    const { run, ports, services, clock } = world({ PROMETHEUS_URL: '' });
    run(1_000);
    ports.keyvalue.delete(HEAD_KEY);
    expect(services('shop')).toContain('payments');
    withGraph(ports, ({ status }) => expect(status.stale?.why).toContain('snapshot'));
    clock.advance(601_000);
    expect(() => services('shop')).toThrow(MeshError);
  });

  it('fills a store again that was emptied', () => {
    const { run, ports, services } = world({ PROMETHEUS_URL: '' });
    run();
    ports.keyvalue.deleteMany(ports.keyvalue.keys());
    expect(() => services('shop')).toThrow(MeshError);
    run();
    expect(services('shop')).toContain('payments');
  });
});

describe('a run that Kubernetes holds up', () => {
  it('ends as soon as it knows how things stand, also when its window is over by then', () => {
    const { run, weather, clock } = world({ PROMETHEUS_URL: '' });
    run();
    const calm = clock.monotonic() + 4_000;
    Object.defineProperty(weather, 'kubernetes', { get: () => (clock.monotonic() < calm ? 'throttling' : 'fine') });
    const figures = led(run(2_000));
    expect(figures).toMatchObject({ synced: true });
    expect(figures.durationMs).toBeLessThan(10_000);
  });
});

describe('the lease', () => {
  it('keeps another collector away until it has run out', () => {
    const { run, clock } = world({ PROMETHEUS_URL: '' });
    run(1_000, 'one');
    expect(run(1_000, 'two')).toMatchObject({ leader: false, holder: 'one', retryAfterMs: expect.any(Number) });
    clock.advance(31_000);
    expect(run(1_000, 'two')).toMatchObject({ leader: true });
    expect(run(1_000, 'one')).toMatchObject({ leader: false, holder: 'two' });
  });

  it('tells readers that no collector has been here for a while', () => {
    const { run, clock, ports } = world({ PROMETHEUS_URL: '' });
    run(1_000);
    clock.advance(31_000);
    withGraph(ports, ({ status }) => expect(status.stale?.why).toContain('No collector'));
  });
});

describe('an answer where no collector is at work', () => {
  it('reads the cluster first', () => {
    const { ports, config } = world();
    fromGraph(ports, config, (reader) => {
      expect(reader.namespaces()).toContain('shop');
      expect(reader.traffic(['shop']).size).toBe(1);
    });
  });

  it('takes nobody’s lease', () => {
    const { ports, config, run } = world({ PROMETHEUS_URL: '' });
    collectOnce(ports, config);
    expect(run(0)).toMatchObject({ leader: true, term: 1 });
  });

  it.each(['down', 'throttling'] as const)('does not let a caller wait while Kubernetes is %s', (what) => {
    const { ports, config, weather, clock } = world();
    weather.kubernetes = what;
    const start = clock.monotonic();
    expect(() => fromGraph(ports, config, () => {})).toThrow(/fails \(503\)|throttling/);
    expect(clock.monotonic() - start).toBeLessThan(1_000);
  });

  it('does not read it beside a collector that is about to', () => {
    const { ports, config, run, weather } = world({ COLLECT_SYNC_MS: '1000' });
    weather.kubernetes = 'down';
    expect(() => run()).toThrow();
    expect(() => fromGraph(ports, config, () => {})).toThrow(/being made/);
  });
});
