import { ISTIO_BOUNDS } from './buckets.ts';
import { counter, histogram } from './emit.ts';
import { type Place, type Places, type Pod, placeOf } from './places.ts';
import type { Labels, Series } from './series.ts';
import type { DemoCall, DemoConnection, DemoTraffic } from './traffic.ts';
import { callWave, type Motion, type Wave, waveOf } from './wave.ts';

const UNKNOWN = 'unknown';

/**
 * What Istio's proxies would count, with their labels (envoy's istio_stats filter, `populatePeerInfo`; ztunnel, src/proxy/metrics.rs): a client's sidecar or gateway as `source`, a
 * server's sidecar as `destination`; in an ambient namespace the ztunnels, for connections alone.
 */
export function istioSeries(traffic: DemoTraffic, places: Places, motion: Motion): readonly Series[] {
  const isIstio = (name: string) => placeOf(places, name).mesh?.startsWith('istio') === true;
  return [
    ...traffic.calls.filter(({ to }) => isIstio(to)).flatMap((call) => callSeries(call, places, motion)),
    ...traffic.connections.filter(({ to }) => isIstio(to)).flatMap((connection) => connectionSeries(connection, places, motion)),
  ];
}

/** The bytes of a request and of its answer on a ztunnel's connections. */
export const BYTES_PER_REQUEST = { sent: 700, received: 2_300 } as const;

/** A connection that stays open for five minutes. */
const REOPENED_PER_SECOND = 1 / 300;

const ZTUNNEL = scraped('istio-system', 'ztunnel-0', 'ztunnel');

/** What the scrape configuration of Istio's Prometheus addon says of the pod. */
function scraped(namespace: string, pod: string, app: string): Labels {
  return { job: 'kubernetes-pods', namespace, pod, app };
}

const targetOf = ({ namespace, name }: Place, pod: Pod) => scraped(namespace, pod.name, name);

/** Mutual TLS joins two workloads of the mesh; ztunnel has no other word for the rest than that it does not know. */
function policyBetween(client: Place, server: Place): string {
  if (client.mesh?.startsWith('istio')) return 'mutual_tls';
  return server.mesh === 'istio-ambient' ? UNKNOWN : 'none';
}

function callSeries(call: DemoCall, places: Places, motion: Motion): readonly Series[] {
  if (call.from === undefined) throw new Error('the sample has no callers from outside of the mesh here');
  const [client, server] = [placeOf(places, call.from), placeOf(places, call.to)];
  const wave = callWave(`${call.from} ${call.to} ${call.service}`, call.part, motion);
  const ends = endLabels(client, server, call.service);
  const source = client.pods.flatMap((pod) =>
    requests(
      { reporter: 'source', ...ends, connection_security_policy: UNKNOWN },
      targetOf(client, pod),
      call,
      1 / client.pods.length,
      wave,
    ),
  );
  const connection_security_policy = policyBetween(client, server);
  if (server.mesh === 'istio-ambient') {
    const { sent, received } = BYTES_PER_REQUEST;
    const flow = { opened: REOPENED_PER_SECOND, sent: call.rps * sent, received: call.rps * received };
    return [...source, ...connections({ reporter: 'destination', ...ends, connection_security_policy }, ZTUNNEL, flow, wave)];
  }
  const destination = server.pods.flatMap((pod) =>
    requests({ reporter: 'destination', ...ends, connection_security_policy }, targetOf(server, pod), call, 1 / server.pods.length, wave),
  );
  return [...source, ...destination];
}

function connectionSeries(connection: DemoConnection, places: Places, motion: Motion): readonly Series[] {
  const [client, server] = [placeOf(places, connection.from), placeOf(places, connection.to)];
  const wave = waveOf(`${connection.from} ${connection.to}`, motion);
  const ends = endLabels(client, server, connection.service);
  const connection_security_policy = policyBetween(client, server);
  const { opened, sent, received, denied = 0 } = connection;
  const by = (reporter: 'source' | 'destination', policy: string, place: Place) => {
    const pods = place.mesh === 'istio-sidecar' ? place.pods.map((pod) => targetOf(place, pod)) : [ZTUNNEL];
    const flow = { opened: opened / pods.length, sent: sent / pods.length, received: received / pods.length };
    return pods.flatMap((target) => connections({ reporter, ...ends, connection_security_policy: policy }, target, flow, wave));
  };
  const known = client.mesh === 'istio-ambient' ? connection_security_policy : UNKNOWN;
  return [
    ...(opened > 0 ? by('destination', connection_security_policy, server) : []),
    // A client outside of the mesh has no proxy to report.
    ...(opened > 0 && client.mesh !== undefined ? by('source', known, client) : []),
    ...(denied > 0
      ? [
          counter(
            'istio_tcp_connections_failed_total',
            { reporter: 'destination', ...ends, ...TCP, connection_security_policy, response_flags: 'DENY' },
            ZTUNNEL,
            denied,
            wave,
          ),
        ]
      : []),
  ];
}

const TCP = { request_protocol: 'tcp', response_flags: '-' } as const;

function endLabels(client: Place, server: Place, service: string): Labels {
  return {
    ...workloadLabels('source', client),
    ...workloadLabels('destination', server),
    destination_service: `${service}.${server.namespace}.svc.cluster.local`,
    destination_service_name: service,
    destination_service_namespace: server.namespace,
  };
}

/** `spiffe://cluster.local/ns/bank/sa/portal` */
export function istioIdentity({ namespace, serviceAccount }: Place): string {
  return `spiffe://cluster.local/ns/${namespace}/sa/${serviceAccount}`;
}

function workloadLabels(end: 'source' | 'destination', place: Place): Labels {
  return {
    [`${end}_workload`]: place.name,
    [`${end}_workload_namespace`]: place.namespace,
    [`${end}_principal`]: place.mesh === undefined ? UNKNOWN : istioIdentity(place),
    [`${end}_app`]: place.name,
    [`${end}_version`]: UNKNOWN,
    [`${end}_canonical_service`]: place.name,
    [`${end}_canonical_revision`]: 'latest',
    [`${end}_cluster`]: 'Kubernetes',
  };
}

/** `istio_requests_total` and the duration; a share of all of it. */
function requests(own: Labels, target: Labels, call: DemoCall, share: number, wave: Wave): readonly Series[] {
  const { rps, failing, denied = 0, latency, protocol } = call;
  const grpc = protocol === 'grpc';
  const answers = [
    { response_code: '200', grpc_response_status: grpc ? '0' : '', amount: rps * (1 - failing) },
    { response_code: grpc ? '200' : '503', grpc_response_status: grpc ? '14' : '', amount: rps * failing },
    { response_code: '403', grpc_response_status: grpc ? '7' : '', amount: denied },
  ];
  return answers
    .filter(({ amount }) => amount > 0)
    .flatMap(({ amount, ...labels }) => {
      const all = { ...own, request_protocol: protocol, response_flags: '-', ...labels };
      return [
        counter('istio_requests_total', all, target, amount * share, wave),
        ...histogram('istio_request_duration_milliseconds', all, target, amount * share, latency, ISTIO_BOUNDS, wave),
      ];
    });
}

interface Flow {
  readonly opened: number;
  readonly sent: number;
  readonly received: number;
}

/** The series of a connection, named from the server's side at either end: what was received is the request. */
function connections(ends: Labels, target: Labels, { opened, sent, received }: Flow, wave: Wave): readonly Series[] {
  const own = { ...ends, ...TCP };
  return [
    counter('istio_tcp_connections_opened_total', own, target, opened, wave),
    counter('istio_tcp_connections_closed_total', own, target, opened, wave),
    counter('istio_tcp_received_bytes_total', own, target, sent, wave),
    counter('istio_tcp_sent_bytes_total', own, target, received, wave),
  ];
}
