import { LINKERD_BOUNDS } from './buckets.ts';
import { counter, gauge, histogram } from './emit.ts';
import { type Place, type Places, type Pod, placeOf } from './places.ts';
import type { Labels, Series } from './series.ts';
import type { DemoCall, DemoConnection, DemoExternalCall, DemoPolicy, DemoRoute, DemoTraffic } from './traffic.ts';
import { callWave, type Motion, type Wave, waveOf } from './wave.ts';

/** The bytes of a request and of its answer, headers included. */
export const BYTES_PER_REQUEST = { sent: 640, received: 2_100 } as const;

/** What a kubelet probes and a Prometheus scrapes a second, of each pod. */
const PROBES_PER_SECOND = 0.2;
const SCRAPES_PER_SECOND = 0.1;

/** A connection that stays open for a quarter of an hour. */
const REOPENED_PER_SECOND = 1 / 900;

const KIND_LABELS = { Deployment: 'deployment', StatefulSet: 'statefulset', DaemonSet: 'daemonset' } as const;

/**
 * What the proxies of Linkerd's workloads would count, with the labels that they and the scrape configuration of linkerd-viz would give it (linkerd2-proxy,
 * linkerd/app/core/src/metrics.rs and transport/labels.rs; linkerd2, pkg/k8s/labels.go).
 */
export function linkerdSeries(traffic: DemoTraffic, places: Places, motion: Motion): readonly Series[] {
  const isLinkerd = (name: string) => placeOf(places, name).mesh === 'linkerd';
  const context: Context = { places, motion };
  return [
    ...traffic.calls.filter(({ to }) => isLinkerd(to)).flatMap((call) => callSeries(call, context)),
    ...traffic.externalCalls.filter(({ from }) => isLinkerd(from)).flatMap((call) => externalSeries(call, context)),
    ...traffic.connections.filter(({ to }) => isLinkerd(to)).flatMap((connection) => connectionSeries(connection, context)),
    ...traffic.routes.flatMap((route) => routeSeries(route, context)),
    ...[...places.values()].filter(({ mesh }) => mesh === 'linkerd').flatMap((place) => backgroundSeries(place, context)),
  ];
}

interface Context {
  readonly places: Places;
  readonly motion: Motion;
}

/** What linkerd-viz's relabelling says of the pod that is scraped. */
export function linkerdTarget({ kind, name, namespace }: Place, pod: Pod): Labels {
  return { job: 'linkerd-proxy', namespace, pod: pod.name, control_plane_ns: 'linkerd', [KIND_LABELS[kind]]: name };
}

/** `default.shop.serviceaccount.identity.linkerd.cluster.local` */
export function linkerdIdentity({ serviceAccount, namespace }: Place): string {
  return `${serviceAccount}.${namespace}.serviceaccount.identity.linkerd.cluster.local`;
}

function callSeries(call: DemoCall, { places, motion }: Context): readonly Series[] {
  const server = placeOf(places, call.to);
  const client = call.from === undefined ? undefined : placeOf(places, call.from);
  const wave = callWave(`${call.from ?? 'outside'} ${call.to} ${call.service}`, call.part, motion);
  const authority = `${call.service}.${server.namespace}.svc.cluster.local`;
  const callers = client?.mesh === 'linkerd' ? client.pods.filter(({ meshed }) => meshed) : [];
  const outbound = callers.flatMap((caller) =>
    server.pods.flatMap((pod) => {
      const share = 1 / (callers.length * server.pods.length);
      const ends = { authority, ...targetAddress(pod.ip, call.port), ...clientTls(server, pod), ...destination(server, pod, call.service) };
      // There is a client when there are callers.
      const target = linkerdTarget(client ?? server, caller);
      return [
        ...responses({ direction: 'outbound', ...ends }, target, call, share, wave),
        ...connections(
          { direction: 'outbound', peer: 'dst', ...ends },
          target,
          1,
          { ...bytesOf(call, share), opened: REOPENED_PER_SECOND },
          wave,
        ),
      ];
    }),
  );
  // Callers of the mesh spread over all pods, and the proxies of those that have one see their part.
  const listening = server.pods.filter(({ meshed }) => meshed);
  const share = 1 / (callers.length === 0 ? listening.length : server.pods.length);
  const inbound = listening.flatMap((pod) => {
    const target = linkerdTarget(server, pod);
    const address = targetAddress(pod.ip, call.port);
    const tls = client?.mesh === 'linkerd' ? { tls: 'true', client_id: linkerdIdentity(client) } : NO_TLS;
    const { srv, route, authz } = policyLabels(call.policy, call.port);
    const allowed = { ...address, ...tls, ...srv, ...route, ...authz };
    const denied = (call.denied ?? 0) * share;
    return [
      ...responses({ direction: 'inbound', authority, ...allowed }, target, { ...call, denied: 0 }, share, wave),
      ...connections(
        { direction: 'inbound', peer: 'src', ...address, ...tls, ...srv },
        target,
        1,
        { ...bytesOf(call, share), opened: REOPENED_PER_SECOND },
        wave,
      ),
      counter('inbound_http_authz_allow_total', allowed, target, call.rps * share, wave),
      // A refused request gets no further than the policy: it has no authorization, and no response that is counted.
      ...(denied === 0 ? [] : [counter('inbound_http_authz_deny_total', { ...address, ...srv, ...route, ...tls }, target, denied, wave)]),
    ];
  });
  return [...outbound, ...inbound];
}

function externalSeries(call: DemoExternalCall, { places, motion }: Context): readonly Series[] {
  const client = placeOf(places, call.from);
  const wave = waveOf(`${call.from} ${call.host}`, motion);
  const callers = client.pods.filter(({ meshed }) => meshed);
  const ends = { authority: call.host, ...targetAddress('203.0.113.10', call.port), ...NOT_DISCOVERED };
  return callers.flatMap((pod) => {
    const target = linkerdTarget(client, pod);
    const share = 1 / callers.length;
    const asCall = { ...call, protocol: 'http' } as const;
    return [
      ...responses({ direction: 'outbound', ...ends }, target, asCall, share, wave),
      ...connections(
        { direction: 'outbound', peer: 'dst', ...ends },
        target,
        1,
        { ...bytesOf(call, share), opened: REOPENED_PER_SECOND },
        wave,
      ),
    ];
  });
}

function connectionSeries(connection: DemoConnection, { places, motion }: Context): readonly Series[] {
  const [client, server] = [placeOf(places, connection.from), placeOf(places, connection.to)];
  const wave = waveOf(`${connection.from} ${connection.to}`, motion);
  const callers = client.pods.filter(({ meshed }) => meshed);
  const share = 1 / (Math.max(1, callers.length) * server.pods.length);
  const { srv, authz } = policyLabels(undefined, connection.port);
  const tls = client.mesh === 'linkerd' ? { tls: 'true', client_id: linkerdIdentity(client) } : NO_TLS;
  const { open, opened, sent, received, denied = 0 } = connection;
  return server.pods.flatMap((pod) => {
    const address = targetAddress(pod.ip, connection.port);
    const target = linkerdTarget(server, pod);
    const decided = (name: string, labels: Labels, rate: number) =>
      pod.meshed && rate > 0 ? [counter(name, labels, target, rate / server.pods.length, wave)] : [];
    return [
      ...callers.flatMap((caller) =>
        connections(
          { direction: 'outbound', peer: 'dst', ...address, ...clientTls(server, pod), ...destination(server, pod, connection.service) },
          linkerdTarget(client, caller),
          open * share,
          { sent: sent * share, received: received * share, opened: opened * share },
          wave,
        ),
      ),
      ...decided('inbound_tcp_authz_allow_total', { ...address, ...tls, ...srv, ...authz }, opened),
      ...decided('inbound_tcp_authz_deny_total', { ...address, ...tls, ...srv }, denied),
    ];
  });
}

function routeSeries(route: DemoRoute, { places, motion }: Context): readonly Series[] {
  const client = placeOf(places, route.from);
  const callers = client.pods.filter(({ meshed }) => meshed);
  const [prefix, status, [good, bad]] =
    route.kind === 'GRPCRoute'
      ? (['outbound_grpc_route', 'grpc_status', ['OK', 'UNAVAILABLE']] as const)
      : (['outbound_http_route', 'http_status', ['200', '503']] as const);
  const parent = serviceLabels('parent', route.namespace, route.service);
  const own = { ...parent, route_group: route.group, route_kind: route.kind, route_namespace: route.namespace, route_name: route.name };
  const fallback = { ...parent, route_group: '', route_kind: 'default', route_namespace: '', route_name: 'http' };
  return callers.flatMap((pod) => {
    const target = linkerdTarget(client, pod);
    const counted = (name: string, labels: Labels, { rps, failing, part }: DemoRoute['backends'][number]) =>
      (
        [
          [good, 1 - failing],
          [bad, failing],
        ] as const
      ).flatMap(([code, share]) => {
        const wave = callWave(`${route.from} ${route.name}`, part, motion);
        return share > 0 ? [counter(name, { ...labels, [status]: code, error: '' }, target, (rps * share) / callers.length, wave)] : [];
      });
    return [
      ...route.backends.flatMap((backend) => [
        ...counted(`${prefix}_request_statuses_total`, { ...own, hostname: '' }, backend),
        ...counted(
          `${prefix}_backend_response_statuses_total`,
          { ...own, ...serviceLabels('backend', route.namespace, backend.service) },
          backend,
        ),
      ]),
      // A Service without a route has the proxy's default one, of which nobody made an object.
      ...counted(`${prefix}_request_statuses_total`, { ...fallback, hostname: '' }, { service: '', rps: 1, failing: 0 }),
    ];
  });
}

function serviceLabels(scope: 'parent' | 'backend', namespace: string, name: string): Labels {
  return {
    [`${scope}_group`]: 'core',
    [`${scope}_kind`]: 'Service',
    [`${scope}_namespace`]: namespace,
    [`${scope}_name`]: name,
    [`${scope}_port`]: '80',
    [`${scope}_section_name`]: '',
  };
}

/** What goes on at every pod and is nobody's call: the kubelet's probes, and the scrapes themselves. */
function backgroundSeries(place: Place, { motion }: Context): readonly Series[] {
  const wave = waveOf('background', motion);
  const fast = { protocol: 'http', failing: 0, latency: [1, 2, 3] } as const;
  const srv = { srv_group: '', srv_kind: 'default', srv_name: 'all-unauthenticated' };
  return place.pods
    .filter(({ meshed }) => meshed)
    .flatMap((pod) => {
      const target = linkerdTarget(place, pod);
      const by = (name: string, port: number) => ({
        ...targetAddress(pod.ip, port),
        ...NO_TLS,
        ...srv,
        srv_port: String(port),
        route_group: '',
        route_kind: 'default',
        route_name: name,
        authz_group: '',
        authz_kind: 'default',
        authz_name: name === 'probe' ? 'probe' : 'all-unauthenticated',
      });
      return (
        [
          ['probe', 8080, PROBES_PER_SECOND],
          ['default', 4191, SCRAPES_PER_SECOND],
        ] as const
      ).flatMap(([name, port, rps]) => [
        ...responses({ direction: 'inbound', ...by(name, port) }, target, { ...fast, rps }, 1, wave),
        counter('inbound_http_authz_allow_total', by(name, port), target, rps, wave),
        ...connections(
          { direction: 'inbound', peer: 'src', ...targetAddress(pod.ip, port), ...NO_TLS, ...srv, srv_port: String(port) },
          target,
          0,
          { ...bytesOf({ rps }, 1), opened: rps },
          wave,
        ),
      ]);
    });
}

const NO_TLS = { tls: 'no_identity', no_tls_reason: 'no_tls_from_remote' } as const;
const NOT_DISCOVERED = { tls: 'no_identity', no_tls_reason: 'not_provided_by_service_discovery' } as const;

function clientTls(server: Place, pod: Pod): Labels {
  return pod.meshed ? { tls: 'true', server_id: linkerdIdentity(server) } : NOT_DISCOVERED;
}

function targetAddress(ip: string, port: number): Labels {
  return { target_addr: `${ip}:${port}`, target_ip: ip, target_port: String(port) };
}

function destination(server: Place, pod: Pod, service: string): Labels {
  return {
    ...(pod.meshed ? { dst_control_plane_ns: 'linkerd' } : {}),
    [`dst_${KIND_LABELS[server.kind]}`]: server.name,
    dst_namespace: server.namespace,
    dst_pod: pod.name,
    dst_service: service,
    dst_serviceaccount: server.serviceAccount,
  };
}

const POLICY_GROUP = 'policy.linkerd.io';

/** The labels of what decided at a port: a Server with a route and an authorization, or Linkerd's defaults. */
function policyLabels(
  policy: DemoPolicy | undefined,
  port: number,
): { readonly srv: Labels; readonly route: Labels; readonly authz: Labels } {
  const srv_port = String(port);
  const defaultRoute = { route_group: '', route_kind: 'default', route_name: 'default' };
  if (policy === undefined) {
    return {
      srv: { srv_group: '', srv_kind: 'default', srv_name: 'all-unauthenticated', srv_port },
      route: defaultRoute,
      authz: { authz_group: '', authz_kind: 'default', authz_name: 'all-unauthenticated' },
    };
  }
  const { server, route, authorization, kind = 'authorizationpolicy' } = policy;
  return {
    srv: { srv_group: POLICY_GROUP, srv_kind: 'server', srv_name: server, srv_port },
    route: route === undefined ? defaultRoute : { route_group: POLICY_GROUP, route_kind: 'HTTPRoute', route_name: route },
    authz: { authz_group: POLICY_GROUP, authz_kind: kind, authz_name: authorization },
  };
}

function bytesOf({ rps }: { readonly rps: number }, share: number): { readonly sent: number; readonly received: number } {
  return { sent: rps * share * BYTES_PER_REQUEST.sent, received: rps * share * BYTES_PER_REQUEST.received };
}

type Answered = Pick<DemoCall, 'protocol' | 'rps' | 'failing' | 'latency' | 'denied'>;

/** `request_total`, `response_total` and the latency; a share of all of it. */
function responses(own: Labels, target: Labels, call: Answered, share: number, wave: Wave): readonly Series[] {
  const { rps, failing, denied = 0, latency, protocol } = call;
  const [good, bad] = protocol === 'grpc' ? [{ grpc_status: '0' }, { grpc_status: '14' }] : [{ grpc_status: '' }, { grpc_status: '' }];
  const classes = [
    { status_code: '200', classification: 'success', ...good, amount: rps * (1 - failing) },
    { status_code: protocol === 'grpc' ? '200' : '503', classification: 'failure', ...bad, amount: rps * failing },
    // To the client's proxy a 403 is an answer like any other.
    { status_code: '403', classification: 'success', ...good, amount: denied },
  ];
  return [
    counter('request_total', own, target, (rps + denied) * share, wave),
    ...classes
      .filter(({ amount }) => amount > 0)
      .map(({ amount, ...labels }) => counter('response_total', { ...own, ...labels, error: '' }, target, amount * share, wave)),
    ...histogram('response_latency_ms', { ...own, status_code: '200' }, target, rps * share, latency, LINKERD_BOUNDS, wave),
  ];
}

interface Flow {
  readonly sent: number;
  readonly received: number;
  readonly opened: number;
}

/** The series of a transport. A client's proxy writes to the server what is sent; a server's proxy reads it from the client. */
function connections(own: Labels, target: Labels, open: number, { sent, received, opened }: Flow, wave: Wave): readonly Series[] {
  const [read, written] = own.peer === 'dst' ? [received, sent] : [sent, received];
  return [
    counter('tcp_open_total', own, target, opened, wave),
    gauge('tcp_open_connections', own, target, open),
    counter('tcp_read_bytes_total', own, target, read, wave),
    counter('tcp_write_bytes_total', own, target, written, wave),
    counter('tcp_close_total', { ...own, errno: '' }, target, opened, wave),
  ];
}
