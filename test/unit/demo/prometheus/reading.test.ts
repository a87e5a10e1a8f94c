import { describe, expect, it } from 'vitest';
import { momentAt } from '../../../../src/demo/kubernetes/lively.ts';
import { SAMPLE, type SampleWorkload } from '../../../../src/demo/kubernetes/sample.ts';
import { demoPrometheus } from '../../../../src/demo/prometheus/api.ts';
import { BYTES_PER_REQUEST as ISTIO_BYTES } from '../../../../src/demo/prometheus/istio-series.ts';
import { BYTES_PER_REQUEST as LINKERD_BYTES } from '../../../../src/demo/prometheus/linkerd-series.ts';
import { type DemoCall, type DemoTraffic, TRAFFIC } from '../../../../src/demo/prometheus/traffic.ts';
import type { Observation } from '../../../../src/graph/observed.ts';
import { buildTraffic } from '../../../../src/graph/traffic.ts';
import type { HttpRequest, HttpResponse } from '../../../../src/ports/http.ts';
import { QUERY_NAMES, queryOf } from '../../../../src/sources/prometheus/queries.ts';
import { readTraffic, TRAFFIC_LIMITS, type TrafficLimits } from '../../../../src/sources/prometheus/source.ts';
import { askDemo, fakeClock, fakeHttp, fixedRandom } from '../../../support/ports.ts';
import { quietPorts } from '../../../support/quiet-ports.ts';
import { BASE, CONNECTION, queryIn } from '../../sources/prometheus/fake.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const WORKLOADS: ReadonlyMap<string, SampleWorkload> = new Map(
  SAMPLE.flatMap(({ name, workloads }) => workloads.map((workload) => [`${name}/${workload.name}`, workload] as const)),
);
const ALL_PERCENT = momentAt(0).canaryPercent;

/** The table with what the sample has no occasion for: a connection that a Linkerd policy refuses. */
const EVERYTHING: DemoTraffic = {
  ...TRAFFIC,
  connections: [
    ...TRAFFIC.connections,
    {
      from: 'shop/reports',
      to: 'shop/cart-redis',
      service: 'cart-redis',
      port: 6379,
      open: 0,
      opened: 0,
      sent: 0,
      received: 0,
      denied: 0.05,
    },
  ],
};

function read(namespaces?: readonly string[], limits: Partial<TrafficLimits> = {}, options: Parameters<typeof demoPrometheus>[0] = {}) {
  const handler = demoPrometheus({ now: () => NOW, amplitude: 0, traffic: EVERYTHING, ...options });
  const rows = new Map<string, number>();
  const http = fakeHttp((request: HttpRequest): HttpResponse => {
    const answer = askDemo(handler, BASE, request);
    if (!('status' in answer)) throw answer;
    const { data } = JSON.parse(Buffer.from(answer.body).toString());
    rows.set(queryIn(request), data?.result?.length ?? 0);
    return answer;
  });
  const { ports } = quietPorts();
  const reading = readTraffic({ ...ports, clock: fakeClock(), http, random: fixedRandom() }, CONNECTION, {
    windowText: '1m',
    meshes: { linkerd: true, istio: true },
    limits: { ...TRAFFIC_LIMITS, ...limits },
    ...(namespaces === undefined ? {} : { namespaces }),
  });
  return { reading: reading.tag === 'read' ? reading : expect.fail(reading.error.message), rows, requests: http.requests };
}

/** One reading of it all, for the tests that look at different parts of it. */
const WHOLE = read();

/** `shop/Deployment/web` of `shop/web`, as the topology would say. */
function idOf(name: string): string {
  const [namespace = '', workload = ''] = name.split('/');
  return `${namespace}/${WORKLOADS.get(name)?.kind ?? 'Workload'}/${workload}`;
}
const kindOf = (namespace: string, name: string) => WORKLOADS.get(`${namespace}/${name}`)?.kind;

/** The traffic of an observation that counts, by its ends: sources first, destinations where they alone speak. */
function byEnds({ traffic }: Observation) {
  const name = (end: Observation['traffic'][number]['source']) =>
    end.tag === 'workload' || end.tag === 'service' ? `${end.namespace}/${end.name}` : end.tag === 'external' ? end.authority : end.tag;
  const ranked = traffic.toSorted((a, b) => (a.reporter === b.reporter ? 0 : a.reporter === 'source' ? 1 : -1));
  return new Map(
    ranked.map((part) => [`${name(part.source)} > ${name(part.destination)} > ${part.service?.name ?? ''} ${part.protocol}`, part]),
  );
}

const shareOf = ({ part }: Pick<DemoCall, 'part'>) =>
  part === undefined ? 1 : (part === 'canary' ? ALL_PERCENT : 100 - ALL_PERCENT) / 100;
const about = (value: number) => expect.closeTo(value, 4);
/** A quantile, which is a quotient of small differences between large counters. */
const nearly = (value: number) => expect.closeTo(value, 2);

describe('the demo’s Prometheus, read by the source', () => {
  it('has rows for every query', () => {
    const { rows } = WHOLE;
    const empty = [...rows].filter(([, count]) => count === 0).map(([query]) => query);
    expect(empty).toEqual([]);
    expect(rows.size).toBe(QUERY_NAMES.length);
  });

  it('is said to be a demo, with nothing missing and nothing to remark', () => {
    expect(WHOLE.reading).toMatchObject({ demo: true, partial: false, notes: [] });
  });

  it.each(TRAFFIC.calls.filter(({ from, rps }) => from !== undefined && rps > 0))(
    'gives the calls from $from to $to as the table has them',
    (call) => {
      const { from, to, service, port, protocol, rps, failing, latency } = call;
      const linkerd = WORKLOADS.get(to)?.mesh === 'linkerd';
      const requests = rps * shareOf(call);
      const bytes = linkerd ? LINKERD_BYTES : WORKLOADS.get(to)?.mesh === 'istio-ambient' ? ISTIO_BYTES : undefined;
      const [p50, p95, p99] = latency;
      expect(byEnds(WHOLE.reading.observation).get(`${from} > ${to} > ${service} ${protocol}`)).toMatchObject({
        mesh: linkerd ? 'linkerd' : 'istio',
        reporter: 'source',
        protocol,
        requests: about(requests),
        failures: about(requests * failing),
        latency: { p50: nearly(p50), p95: nearly(p95), p99: nearly(p99) },
        ...(linkerd ? { port } : {}),
        ...(bytes === undefined
          ? {}
          : { sentBytes: expect.closeTo(requests * bytes.sent, 1), receivedBytes: expect.closeTo(requests * bytes.received, 1) }),
      });
    },
  );

  it.each(TRAFFIC.calls.filter(({ from, rps }) => from === undefined && rps > 0))(
    'gives the calls from outside to $to',
    ({ to, rps, failing }) => {
      expect(byEnds(WHOLE.reading.observation).get(`unmeshed > ${to} >  http`)).toMatchObject({
        reporter: 'destination',
        requests: about(rps),
        failures: about(rps * failing),
        security: { no_tls_from_remote: about(rps) },
      });
    },
  );

  it.each(TRAFFIC.externalCalls)('gives the calls to $host', ({ from, host, port, rps, failing, latency: [p50, p95, p99] }) => {
    expect(byEnds(WHOLE.reading.observation).get(`${from} > ${host} >  http`)).toMatchObject({
      port,
      requests: about(rps),
      failures: about(rps * failing),
      latency: { p50: nearly(p50), p95: nearly(p95), p99: nearly(p99) },
      security: { not_provided_by_service_discovery: about(rps) },
    });
  });

  it.each(TRAFFIC.connections.filter(({ opened }) => opened > 0))(
    'gives the connections from $from to $to',
    ({ from, to, service, sent, received }) => {
      expect(byEnds(WHOLE.reading.observation).get(`${from} > ${to} > ${service} tcp`)).toMatchObject({
        requests: 0,
        sentBytes: expect.closeTo(sent, 1),
        receivedBytes: expect.closeTo(received, 1),
      });
    },
  );

  it('has no traffic that the table does not have', () => {
    const count = TRAFFIC.calls.filter(({ rps, denied = 0, from }) => rps > 0 || (denied > 0 && from !== undefined)).length;
    const opened = TRAFFIC.connections.filter((connection) => connection.opened > 0).length;
    expect(byEnds(WHOLE.reading.observation).size).toBe(count + opened + TRAFFIC.externalCalls.length);
  });

  it('shows how much is carried in the clear: one pod of payments in three is outside of the mesh', () => {
    const payments = byEnds(WHOLE.reading.observation).get('shop/checkout > shop/payments > payments grpc');
    expect(payments?.security).toEqual({ mutual_tls: about(10 / 3), not_provided_by_service_discovery: about(5 / 3) });
  });

  it('gives what policies decided as the table has it', () => {
    const { decisions } = WHOLE.reading.observation;
    const of = (name: string, protocol?: string) =>
      decisions.filter((one) => one.destination.tag === 'workload' && one.destination.name === name && one.protocol === protocol);
    expect(of('orders')).toMatchObject([
      {
        clientId: 'checkout.shop.serviceaccount.identity.linkerd.cluster.local',
        server: 'orders-http',
        authorization: 'orders-callers',
        allowed: about(5),
        denied: 0,
      },
      { source: { tag: 'unmeshed' }, server: 'orders-http', allowed: 0, denied: about(0.8) },
      { source: { tag: 'unmeshed' }, server: 'orders-http', authorization: 'orders-probes', allowed: about(0.4), denied: 0 },
    ]);
    expect(of('cart-redis', 'tcp')).toMatchObject([{ allowed: about(0.1) }, { source: { tag: 'unmeshed' }, denied: about(0.05) }]);
    expect(of('forecast', 'tcp')).toMatchObject([
      { source: { name: 'crm' }, denied: about(0.1) },
      { source: { name: 'frontend' }, allowed: about(0.05) },
    ]);
    expect(of('ledger').find(({ denied }) => denied > 0)).toMatchObject({
      clientId: 'spiffe://cluster.local/ns/bank/sa/portal',
      source: { name: 'portal' },
      denied: about(0.3),
    });
    // Probes and scrapes are decided on as well, and are nobody's traffic.
    expect(decisions.filter(({ port }) => port === 4191)).toEqual([]);
  });

  it.each(TRAFFIC.routes)('gives the requests that match $kind $name', ({ namespace, group, kind, name, backends }) => {
    const routes = WHOLE.reading.observation.routes.filter((route) => route.name === name && route.kind === kind);
    const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
    const requests = (of: readonly (typeof backends)[number][]) => sum(of.map((backend) => backend.rps * shareOf(backend)));
    const failures = (of: readonly (typeof backends)[number][]) =>
      sum(of.map((backend) => backend.rps * shareOf(backend) * backend.failing));
    expect(routes.find(({ backend }) => backend === undefined)).toEqual({
      namespace,
      group,
      kind,
      name,
      requests: about(requests(backends)),
      failures: about(failures(backends)),
    });
    for (const backend of backends) {
      const found = routes.find((route) => route.backend?.name === backend.service);
      expect(found).toMatchObject({ requests: about(requests([backend])), failures: about(failures([backend])) });
    }
    expect(routes).toHaveLength(1 + backends.length);
  });

  it('becomes a graph that counts every call once', () => {
    const traffic = buildTraffic(WHOLE.reading.observation, kindOf);
    for (const call of TRAFFIC.calls) {
      if (call.rps === 0) continue;
      const to = idOf(call.to);
      const from = call.from === undefined ? 'unmeshed' : idOf(call.from);
      const edges =
        traffic
          .get(call.to.split('/')[0] ?? '')
          ?.edges.filter((edge) => edge.source === from && edge.destination === to && (edge.rps ?? 0) > 0) ?? [];
      expect(edges, `${from} > ${to}`).toHaveLength(1);
      // The graph's figures have two digits.
      expect(Math.abs((edges[0]?.rps ?? 0) / (call.rps * shareOf(call)) - 1)).toBeLessThan(0.05);
    }
    const ledger = traffic
      .get('bank')
      ?.edges.find(({ source, destination }) => source === idOf('bank/accounts') && destination === idOf('bank/ledger'));
    expect(ledger).toMatchObject({ tls: 1, successRate: expect.closeTo(0.92, 2) });
  });

  it('is the same when it is asked for by namespace, or when Prometheus gives only so much at once', () => {
    // The largest answer has 23 rows, 18 of them for the largest namespace.
    const whole = WHOLE.reading.observation;
    const namespaces = SAMPLE.map(({ name }) => name);
    expect(read(namespaces, { namespacesPerQuery: 2 }).reading.observation).toEqual(whole);
    const split = read(undefined, { maxSamples: 22 });
    expect(split.reading.observation).toEqual(whole);
    expect(split.requests.length).toBeGreaterThan(QUERY_NAMES.length);
  });

  it('is a part of it when only some namespaces are asked for', () => {
    const { traffic } = read(['weather']).reading.observation;
    const whole = WHOLE.reading.observation.traffic;
    const touches = ({ source, destination }: (typeof whole)[number]) =>
      [source, destination].some((end) => end.tag === 'workload' && end.namespace === 'weather');
    expect(traffic).toEqual(whole.filter(touches));
    expect(traffic.length).toBeGreaterThan(2);
  });

  it('keeps its proportions while it swells and ebbs', () => {
    for (const seconds of [0, 200, 400]) {
      const options = { amplitude: 0.15, now: () => NOW + seconds * 1000 };
      const {
        requests = 0,
        failures = 0,
        latency,
      } = byEnds(read(undefined, {}, options).reading.observation).get('bank/accounts > bank/ledger > ledger grpc') ?? {};
      expect(failures / requests).toBeCloseTo(0.08, 5);
      expect(Math.abs(requests / 11 - 1)).toBeLessThan(0.1501);
      expect(latency).toEqual({ p50: nearly(10), p95: nearly(25), p99: nearly(50) });
    }
  });

  it('shifts traffic to the canary as the cluster shifts the weights of its route', () => {
    const canary = (elapsedMs: number) =>
      byEnds(read(undefined, {}, { now: () => NOW + elapsedMs, livelySinceMs: NOW }).reading.observation).get(
        'shop/web > shop/checkout-canary > checkout-canary http',
      )?.requests ?? 0;
    // 10, 25, 50 and 25 percent for 20 s each, seen through a window of a minute.
    expect(canary(0)).toBeCloseTo(0.6);
    expect(canary(80_000)).toBeCloseTo((6 * (0.25 + 0.5 + 0.25)) / 3);
  });

  it('tells queries apart by what they are for', () => {
    expect(new Set(QUERY_NAMES.map((name) => queryOf(name).about)).size).toBe(QUERY_NAMES.length);
  });
});
