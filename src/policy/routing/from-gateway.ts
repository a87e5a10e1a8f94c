import { hostsOverlap, namesCovering } from '../analyze/registry.ts';
import type { View } from '../analyze/view.ts';
import { quote } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import type { Outcome } from './answer.ts';
import { describeDestination } from './destination.ts';
import { WHOLE } from './fraction.ts';
import { type GatewayServer, hostsFor, readServers } from './gateway-servers.ts';
import type { ProxyContext } from './http-match.ts';
import { isCatchAll } from './http-match.ts';
import { applyRule } from './http-outcome.ts';
import { choose, type HttpRoute, routesFor } from './http-routes.ts';
import { applyChain, chainsOf, pickBySni } from './l4-routes.ts';
import { clientOf, open, refused, type Situation, toService } from './situation.ts';
import { boundTo, type HostRoutes, readVirtualServices } from './virtual-services.ts';

/** The proxies behind a Gateway: where they run, by the labels that the Gateway selects. */
export function gatewayProxy(gateway: KubeObject, port: number, view: View): ProxyContext {
  const selector = gateway.spec.at('selector').labels;
  const proxies = selector.size === 0 ? [] : view.workloads.select(selector);
  const proxy = proxies.find(({ namespace }) => namespace === gateway.namespace) ?? proxies[0];
  return {
    namespace: proxy?.namespace ?? gateway.namespace,
    labels: proxy?.labels ?? selector,
    gateway: `${gateway.namespace}/${gateway.name}`,
    port,
  };
}

/** Requests that come in through a gateway. Other Gateway objects of the same proxies are not looked at. */
export function resolveFromGateway(gateway: KubeObject, situation: Situation): Outcome {
  const { call, view, proxy, trail } = situation;
  const servers = readServers(gateway).filter(({ port }) => port === call.port);
  const services = boundTo(proxy.gateway, proxy.namespace, readVirtualServices(view));
  if (call.protocol === 'http') {
    const plain = servers.filter(({ kind }) => kind === 'http');
    if (plain.length === 0) return refused('no server', undefined, `no server of the gateway takes HTTP without TLS on port ${call.port}`);
    return throughHttp(plain, services, situation);
  }
  const server = call.protocol === 'tcp' ? servers.find(({ kind }) => kind === 'tcp') : serverBySni(servers, call.sni);
  if (server === undefined) return refused('no server', undefined, `no server of the gateway takes ${describeCall(situation)}`);
  trail.add('chosen', gateway, server.field.path, 'the server takes the connection');
  switch (server.kind) {
    case 'http':
    case 'https':
      return throughHttp([server], services, situation);
    case 'passthrough':
      return throughTls(server, services, situation);
    case 'auto passthrough':
      return throughSni(server, situation);
    case 'tcp':
    case 'tls':
      return throughTcp(server, services, situation);
  }
}

function describeCall({ call }: Situation): string {
  return call.protocol === 'tcp' ? `plain connections on port ${call.port}` : `the SNI ${quote(call.sni)} on port ${call.port}`;
}

/** The server with TLS whose host is the most specific for the name in the handshake. */
function serverBySni(servers: readonly GatewayServer[], sni: string): GatewayServer | undefined {
  const secure = servers.filter(({ kind }) => kind !== 'http' && kind !== 'tcp');
  for (const name of namesCovering(sni)) {
    const server = secure.find(({ hosts }) => hosts.some(({ host }) => host === name));
    if (server !== undefined) return server;
  }
  // With AUTO_PASSTHROUGH the name is not a host's, but tells one.
  return secure.find(({ kind }) => kind === 'auto passthrough');
}

/** What a gateway does for one host. */
interface VirtualHost {
  readonly routes: readonly HttpRoute[];
  readonly needsTls: boolean;
}

/**
 * The routes of every VirtualService that shares a host with a server, under the narrower name of the two; those for one name follow each other, and what takes
 * every request comes last (istio, pilot/pkg/networking/core: `buildGatewayHTTPRouteConfig`).
 */
function virtualHosts(
  servers: readonly GatewayServer[],
  services: readonly HostRoutes[],
  situation: Situation,
): ReadonlyMap<string, VirtualHost> {
  const { proxy, view, trail } = situation;
  const found = new Map<string, VirtualHost>();
  const routesByService = new Map<HostRoutes, readonly HttpRoute[]>();
  for (const server of servers) {
    for (const service of services) {
      const shared = sharedHosts(hostsFor(server, service.object.namespace), service.hosts);
      if (shared.length === 0) continue;
      const routes = routesByService.get(service) ?? routesFor(service, proxy, view, trail);
      routesByService.set(service, routes);
      if (routes.length === 0) continue;
      for (const host of shared) {
        const before = found.get(host);
        found.set(host, { routes: [...(before?.routes ?? []), ...routes], needsTls: server.httpsRedirect || (before?.needsTls ?? false) });
      }
    }
    if (!server.httpsRedirect) continue;
    for (const { namespace, host } of server.hosts) {
      // A host for one namespace alone gets its redirect only where a VirtualService of that namespace has routes for it.
      const before = found.get(host);
      if (before !== undefined || namespace === undefined) found.set(host, { routes: before?.routes ?? [], needsTls: true });
    }
  }
  return found;
}

/** The names that both lists cover. */
function sharedHosts(servers: readonly string[], services: readonly string[]): readonly string[] {
  const shared = new Set<string>();
  for (const server of servers) {
    for (const service of services) {
      if (namesCovering(server).includes(service)) shared.add(server);
      else if (namesCovering(service).includes(server)) shared.add(service);
    }
  }
  return [...shared];
}

function throughHttp(servers: readonly GatewayServer[], services: readonly HostRoutes[], situation: Situation): Outcome {
  const { call, trail } = situation;
  const hosts = virtualHosts(servers, services, situation);
  const name = namesCovering(call.host).find((each) => hosts.has(each));
  const virtual = name === undefined ? undefined : hosts.get(name);
  if (virtual === undefined) return refused('no rule', 404, `no VirtualService bound to the gateway has routes for ${quote(call.host)}`);
  if (virtual.needsTls && call.protocol === 'http') {
    const location = { scheme: 'https', authority: call.authority, port: undefined, path: `${call.path}${call.search}` };
    return { tag: 'redirected', rule: undefined, status: 301, location, fault: undefined };
  }
  const last = (route: HttpRoute) => isCatchAll(route.match);
  const routes = [...virtual.routes.filter((route) => !last(route)), ...virtual.routes.filter(last)];
  const choice = choose(routes, call, trail);
  if (choice.tag === 'chosen') return applyRule(choice.route, situation, true);
  if (choice.tag === 'unknown') return open(choice.because);
  return refused('no rule', 404, 'the host has rules, and none of them takes the request');
}

/** The VirtualServices that share a host with a server. */
function boundToServer(server: GatewayServer, services: readonly HostRoutes[]): readonly HostRoutes[] {
  return services.filter(({ object, hosts }) =>
    hostsFor(server, object.namespace).some((host) => hosts.some((each) => hostsOverlap(each, host))),
  );
}

/** istio, pilot/pkg/networking/core: `buildGatewayNetworkFiltersFromTLSRoutes`. */
function throughTls(server: GatewayServer, services: readonly HostRoutes[], situation: Situation): Outcome {
  const chain = pickBySni(chainsOf('tls', boundToServer(server, services), situation, true), situation.call.sni);
  return chain === undefined
    ? refused('no rule', undefined, `no TLS rule takes ${describeCall(situation)}`)
    : applyChain(chain, 'tls', situation);
}

/** istio, pilot/pkg/networking/core: `buildGatewayNetworkFiltersFromTCPRoutes`. Addresses that a rule asks for are not looked at. */
function throughTcp(server: GatewayServer, services: readonly HostRoutes[], situation: Situation): Outcome {
  const [chain] = chainsOf('tcp', boundToServer(server, services), situation, true);
  if (chain === undefined)
    return refused('no rule', undefined, 'no TCP rule of a VirtualService bound to the gateway takes the connection');
  return applyChain({ ...chain, subnets: [] }, 'tcp', situation);
}

/** The name that proxies of other clusters put into the handshake: direction, port, subset and host. */
const SNI_OF_MESH = /^outbound_\.(\d{1,5})_\.([^_]*)_\.(.+)$/;

/** istio, pilot/pkg/networking/core: `builtAutoPassthroughFilterChains`. */
function throughSni(server: GatewayServer, situation: Situation): Outcome {
  const { call, view } = situation;
  const [, port = '', subset = '', host = ''] = SNI_OF_MESH.exec(call.sni) ?? [];
  const covered = namesCovering(host).some((name) => server.hosts.some((each) => each.host === name));
  if (host === '' || !covered)
    return refused('no rule', undefined, `the SNI ${quote(call.sni)} is none that proxies of the mesh send to a host of this server`);
  const target = { host, port: Number(port), subset: subset === '' ? undefined : subset };
  const destinations =
    subset === '' ? toService(host, situation, target.port) : [describeDestination(target, WHOLE, undefined, clientOf(situation), view)];
  const [destination] = destinations;
  if (destination?.problem !== undefined || destination?.external) {
    return refused('no rule', undefined, destination.problem?.because ?? `${quote(host)} lies outside of the mesh`);
  }
  return { tag: 'routed', layer: 'tls', rule: undefined, destinations, http: undefined };
}
