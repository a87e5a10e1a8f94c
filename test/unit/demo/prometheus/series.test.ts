import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { momentAt } from '../../../../src/demo/kubernetes/lively.ts';
import { SAMPLE } from '../../../../src/demo/kubernetes/sample.ts';
import { bucketsOf, ISTIO_BOUNDS, LINKERD_BOUNDS, shareWithin } from '../../../../src/demo/prometheus/buckets.ts';
import { exposition } from '../../../../src/demo/prometheus/exposition.ts';
import { demoSeries, expositionText } from '../../../../src/demo/prometheus/metrics.ts';
import { makeSeries, SeriesSet } from '../../../../src/demo/prometheus/series.ts';
import { TRAFFIC } from '../../../../src/demo/prometheus/traffic.ts';
import { callWave, waveOf } from '../../../../src/demo/prometheus/wave.ts';

const START = Date.parse('2026-11-21T10:00:00Z');
const time = fc.integer({ min: 0, max: 100_000_000 }).map((ms) => START + ms);

describe('a wave', () => {
  it('never goes down, and comes to its mean', () => {
    const wave = waveOf('web cart', { amplitude: 0.9 });
    fc.assert(
      fc.property(time, fc.nat(100_000), (ms, more) => {
        expect(wave(ms + more)).toBeGreaterThanOrEqual(wave(ms));
      }),
    );
    expect((wave(START + 600_000) - wave(START)) / 600).toBeCloseTo(1);
    expect(wave(0)).toBe(0);
  });

  it('is gentle or not there at all', () => {
    const slope = (amplitude: number, ms: number) => waveOf('x', { amplitude })(ms + 1000) - waveOf('x', { amplitude })(ms);
    fc.assert(
      fc.property(time, (ms) => {
        expect(slope(0, ms)).toBeCloseTo(1);
        expect(Math.abs(slope(0.15, ms) - 1)).toBeLessThan(0.1501);
      }),
    );
  });
});

describe('the waves of a canary and its stable version', () => {
  it('follow the weights of the route, which come round every 80 s and change at whole seconds', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(999), (second, ms) => {
        expect(momentAt(second * 1000 + ms).canaryPercent).toBe(momentAt(second * 1000).canaryPercent);
        expect(momentAt((second + 80) * 1000).canaryPercent).toBe(momentAt(second * 1000).canaryPercent);
        const wave = (part: 'stable' | 'canary') => callWave('web checkout', part, { amplitude: 0.5, livelySinceMs: START });
        const grown = (part: 'stable' | 'canary') => wave(part)(START + second * 1000 + 1000) - wave(part)(START + second * 1000);
        expect(grown('canary')).toBeCloseTo(momentAt(second * 1000).canaryPercent / 100, 4);
        expect(grown('stable') + grown('canary')).toBeCloseTo(1, 4);
      }),
    );
  });

  it('stand still before the cluster begins to change, and where it does not', () => {
    for (const motion of [{ amplitude: 0.5, livelySinceMs: START }, { amplitude: 0.5 }]) {
      const wave = callWave('web checkout', 'canary', motion);
      expect(wave(START - 20_000) - wave(START - 30_000)).toBeCloseTo(1, 4);
    }
  });
});

describe('the buckets of a latency', () => {
  it('hold the quantiles that they were made of', () => {
    const quantiles = [20, 50, 100] as const;
    expect([20, 50, 100, 200, 1000].map((bound) => shareWithin(quantiles, bound))).toEqual([0.5, 0.95, 0.99, 1, 1]);
    const shares = bucketsOf(quantiles, LINKERD_BOUNDS).map(([, share]) => share);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });
});

describe('the traffic table', () => {
  const workloads = new Map(
    SAMPLE.flatMap(({ name, workloads }) => workloads.map((workload) => [`${name}/${workload.name}`, workload] as const)),
  );
  const services = new Set(SAMPLE.flatMap(({ name, services }) => services.map((service) => `${name}/${service.name}`)));
  const manifests = new Set(
    SAMPLE.flatMap(({ name, manifests = [] }) => manifests.map((manifest) => `${name}/${manifest.resource}/${manifest.name}`)),
  );
  const namespaceOf = (name: string) => name.split('/')[0];

  it('is about workloads and Services that the sample has, at ports that they serve', () => {
    for (const { from, to, service, port } of [...TRAFFIC.calls, ...TRAFFIC.connections]) {
      if (from !== undefined) expect(workloads.has(from), from).toBe(true);
      expect(services.has(`${namespaceOf(to)}/${service}`), service).toBe(true);
      expect(
        workloads.get(to)?.serves?.map((served) => served.port),
        to,
      ).toContain(port);
    }
    for (const { from } of TRAFFIC.externalCalls) expect(workloads.has(from), from).toBe(true);
  });

  it('is let in and denied by policies that the sample has', () => {
    for (const { to, policy } of TRAFFIC.calls) {
      if (policy === undefined) continue;
      const { server, route, authorization, kind = 'authorizationpolicy' } = policy;
      const resource = kind === 'serverauthorization' ? 'serverauthorizations' : 'authorizationpolicies';
      expect(manifests).toContain(`${namespaceOf(to)}/servers.policy.linkerd.io/${server}`);
      expect(manifests).toContain(`${namespaceOf(to)}/${resource}.policy.linkerd.io/${authorization}`);
      if (route !== undefined) expect(manifests).toContain(`${namespaceOf(to)}/httproutes.policy.linkerd.io/${route}`);
    }
    for (const { namespace, group, kind, name, backends } of TRAFFIC.routes) {
      expect(manifests).toContain(`${namespace}/${kind.toLowerCase()}s.${group}/${name}`);
      for (const { service } of backends) expect(services).toContain(`${namespace}/${service}`);
    }
  });

  it('has latencies that are bounds of buckets, so that they come back exactly', () => {
    for (const { to, latency } of TRAFFIC.calls) {
      const bounds = workloads.get(to)?.mesh === 'linkerd' ? LINKERD_BOUNDS : ISTIO_BOUNDS;
      expect(
        latency.filter((bound) => !bounds.includes(bound)),
        to,
      ).toEqual([]);
      expect(latency).toEqual(latency.toSorted((a, b) => a - b));
    }
  });
});

describe('the series', () => {
  it('are counters that never go down, and gauges', () => {
    const { all } = demoSeries({ livelySinceMs: START });
    expect(all.length).toBeGreaterThan(1000);
    for (const { name, type, at } of all) {
      if (type === 'gauge') continue;
      const values = [0, 10, 60, 3600, 90_000].map((seconds) => at(START + seconds * 1000));
      expect(values, name).toEqual(values.toSorted((a, b) => a - b));
    }
  });

  it('are one where they differ in nothing', () => {
    const one = (labels: Record<string, string>) => makeSeries('m', 'counter', labels, {}, () => 2);
    const set = new SeriesSet([one({ a: 'x', b: '' }), one({ a: 'x' }), one({ a: 'y' })]);
    expect(set.named('m').map((series) => [series.labels, series.at(0)])).toEqual([
      [{ a: 'x' }, 4],
      [{ a: 'y' }, 2],
    ]);
    expect(set.named('n')).toEqual([]);
  });
});

describe('exposition', () => {
  it('escapes what a label may hold', () => {
    const odd = makeSeries('m', 'gauge', { a: 'x"y\\z\n' }, { namespace: 'shop', pod: 'web-0', job: 'j' }, () => 1.5);
    const set = new SeriesSet([odd]);
    expect(exposition(set, 0, { tag: 'all' })).toBe('# TYPE m gauge\nm{a="x\\"y\\\\z\\n",namespace="shop",pod="web-0"} 1.5\n');
    expect(exposition(set, 0, { tag: 'pod', namespace: 'shop', pod: 'web-0' })).toBe('# TYPE m gauge\nm{a="x\\"y\\\\z\\n"} 1.5\n');
    expect(exposition(set, 0, { tag: 'pod', namespace: 'shop', pod: 'web-1' })).toBe('\n');
  });
});

describe('expositionText', () => {
  it('is the text format: families that are typed, series that are unique, escaped labels', () => {
    const lines = expositionText(START).trimEnd().split('\n');
    const samples = lines.filter((line) => !line.startsWith('#'));
    for (const line of samples) expect(line).toMatch(/^[a-z_]+\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\} \d+(?:\.\d+)?$/);
    expect(new Set(samples.map((line) => line.slice(0, line.lastIndexOf(' ')))).size).toBe(samples.length);
    const families = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]);
    expect(new Set(families).size).toBe(families.length);
    expect(families).toContain('response_latency_ms');
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^response_total\{direction="outbound",authority="cart\.shop\.svc\.cluster\.local",.*namespace="shop",pod="web-0",.*deployment="web"\} /,
      ),
    );
  });
});
