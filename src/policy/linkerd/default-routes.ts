import type { Callee } from '../access/model.ts';
import { ANY_CALL } from './grpc-routes.ts';
import { ANY_REQUEST, exactGet } from './http-routes.ts';
import { plainNetworks } from './networks.ts';
import type { Probes } from './port-policy.ts';
import { splitPath } from './query.ts';
import type { Route, RouteMatch } from './route.ts';
import type { LinkerdSettings } from './world.ts';

/** What takes every request where no route is attached (linkerd2, policy-controller/core/src/inbound.rs: the defaults of `InboundRoute`). */
export function defaultRoute(protocol: 'http' | 'grpc'): Route {
  return builtIn('the default route', [protocol === 'grpc' ? ANY_CALL : ANY_REQUEST]);
}

function builtIn(title: string, matches: readonly RouteMatch[]): Route {
  return { title, object: undefined, hosts: [], rules: [{ field: undefined, matches, redirects: [] }], authorizations: [] };
}

/**
 * The probes of the kubelet on a port: GET on the exact paths, by anybody in the probe networks (linkerd2, policy-controller/k8s/index/src/inbound/index.rs:
 * `default_inbound_http_routes`; which they are: workload.rs, `pod_http_probes`).
 */
export function probesOf(callee: Callee, port: number, { probeNetworks }: LinkerdSettings): Probes | undefined {
  const networks = plainNetworks(probeNetworks);
  const isOnPort = (named: number | string) =>
    typeof named === 'number'
      ? named === port
      : (callee.ports?.some((each) => each.port === port && each.protocol === 'TCP' && each.name?.toLowerCase() === named.toLowerCase()) ??
        false);
  const onPort = callee.probes.filter(({ port: named }) => isOnPort(named)).map(({ path }) => splitPath(path).path);
  const paths = [...new Set(onPort)].filter((path) => path.startsWith('/')).sort();
  if (networks.length === 0 || paths.length === 0) return undefined;
  const authorization = {
    step: { says: 'Probes are let in from the probe networks, whoever makes them.' },
    networks: { tag: 'listed', matches: networks },
    authentication: { tag: 'none' },
    audit: false,
  } as const;
  return { route: { ...builtIn('the route of the probes', paths.map(exactGet)), authorizations: [authorization] }, paths };
}

/** The routes of a port with that of its probes. */
export function withProbes(routes: readonly Route[], probes: Probes | undefined): readonly Route[] {
  return probes === undefined ? routes : [...routes, probes.route];
}
