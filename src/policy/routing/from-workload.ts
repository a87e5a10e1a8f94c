import { type Host, hostsOverlap, namesCovering } from '../analyze/registry.ts';
import { MESH } from '../analyze/routes.ts';
import type { View } from '../analyze/view.ts';
import { quote } from '../objects/field.ts';
import type { Outcome } from './answer.ts';
import { findHost, hasPort } from './destination.ts';
import { applyRule, plainTreatment } from './http-outcome.ts';
import { choose, type HttpRoute, routesFor } from './http-routes.ts';
import { applyChain, chainsOf, pickBySni } from './l4-routes.ts';
import { type Scope, scopeOf } from './sidecar-scope.ts';
import { clientOf, open, refused, type Situation, toService } from './situation.ts';
import { boundTo, type HostRoutes, readVirtualServices } from './virtual-services.ts';

/** Requests through a workload's own sidecar. */
export function resolveFromWorkload(situation: Situation): Outcome {
  const { view, call, proxy, trail } = situation;
  const scope = scopeOf(clientOf(situation), call.port, view);
  if (scope.object !== undefined) trail.add('note', scope.object, 'spec.egress', 'it says which hosts the sender knows');
  const services = boundTo(MESH, proxy.namespace, readVirtualServices(view)).filter(({ object, hosts }) =>
    scope.imports(object.namespace, hosts),
  );
  const registry = new KnownHosts(situation, scope, services);
  for (const name of registry.names(call.host)) {
    const host = registry.find(name);
    if (host !== undefined && hasPort(host, call.port)) return toHost(host, services, situation);
    const routes = call.protocol === 'http' ? foreignRoutes(name, services, registry, situation) : undefined;
    if (routes !== undefined) return throughRoutes(routes, situation);
  }
  return toNobody(registry, scope, situation);
}

/** The hosts that a sidecar knows. */
class KnownHosts {
  readonly #view: View;
  readonly #namespace: string;
  readonly #scope: Scope;
  readonly #destinations: ReadonlySet<string>;
  readonly #port: number;
  #covered: ReadonlySet<string> | undefined;

  constructor({ view, proxy, call }: Situation, scope: Scope, services: readonly HostRoutes[]) {
    this.#view = view;
    this.#namespace = proxy.namespace;
    this.#scope = scope;
    this.#port = call.port;
    // Where rules that are imported lead to is imported with them.
    const objects = new Set(services.map(({ object }) => object));
    this.#destinations = new Set(view.destinations.filter(({ object }) => objects.has(object)).map(({ qualified }) => qualified));
  }

  /** The names under which a host may be known, the most specific first: short forms stand for Services (istio: `generateVirtualHostDomains`). */
  names(host: string): readonly string[] {
    const domain = this.#view.clusterDomain;
    const dots = host.split('.').length - 1;
    const long = [
      ...(dots === 0 ? [`${host}.${this.#namespace}.svc.${domain}`] : []),
      ...(dots === 1 ? [`${host}.svc.${domain}`] : []),
      ...(dots === 2 && host.endsWith('.svc') ? [`${host}.${domain}`] : []),
    ];
    const [exact = host, ...wildcards] = namesCovering(host);
    return [exact, ...long, ...wildcards];
  }

  /** The host of exactly this name. */
  find(name: string): Host | undefined {
    const host = findHost(name, this.#namespace, this.#view);
    return host !== undefined && this.#isImported(host) ? host : undefined;
  }

  /** Whether a known host with the called port is covered by the pattern. */
  hasUnder(pattern: string): boolean {
    this.#covered ??= new Set(
      this.#view.registry.hosts.flatMap((host) =>
        hasPort(host, this.#port) && this.find(host.host) !== undefined ? namesCovering(host.host) : [],
      ),
    );
    return this.#covered.has(pattern);
  }

  #isImported(host: Host): boolean {
    return this.#scope.imports(host.namespace, [host.host]) || this.#destinations.has(host.host);
  }
}

/** To a host that the mesh knows, on a port that it has. */
function toHost(host: Host, services: readonly HostRoutes[], situation: Situation): Outcome {
  const { call, trail } = situation;
  const port = host.ports.find(({ number }) => number === call.port);
  const protocol = port?.protocol ?? 'detected';
  trail.add(
    'note',
    host.object,
    port?.field.path ?? '',
    `the host is known, and its port carries ${protocol === 'detected' ? 'what is detected' : protocol}`,
  );
  if (protocol === 'udp') return open('routes of UDP ports are not read');
  if (protocol === 'http' && call.protocol !== 'http')
    return open(`port ${call.port} is declared to carry HTTP, and the sender speaks ${call.protocol}`);
  if (protocol === 'tls') return throughTls(host, services, situation);
  if (protocol === 'tcp' || call.protocol !== 'http') return throughTcp(host, services, situation);
  const routes = routesOfHost(host, services, situation);
  if (routes !== undefined) return throughRoutes(routes, situation);
  return byDefault(host, 'http', situation);
}

/**
 * The routes of a known host: of the first VirtualService that names it and has a route for this proxy, else of the one with the most specific wildcard;
 * undefined where none does (istio, pilot/pkg/networking/core/route: `separateVSHostsAndServices`; pilot/pkg/model:
 * `computeWildcardHostVirtualServiceIndex`).
 */
function routesOfHost({ host }: Host, services: readonly HostRoutes[], situation: Situation): readonly HttpRoute[] | undefined {
  const exact = services.filter(({ hosts }) => hosts.includes(host));
  const wild = namesCovering(host).flatMap((name) => services.find(({ hosts }) => hosts.includes(name)) ?? []);
  return firstWithRoutes(exact.length > 0 ? exact : wild.slice(0, 1), situation);
}

/** The routes of a host that only a VirtualService names. Istio has them on port 80, and on others beside a host of the same object that is known there. */
function foreignRoutes(
  name: string,
  services: readonly HostRoutes[],
  registry: KnownHosts,
  situation: Situation,
): readonly HttpRoute[] | undefined {
  const { port } = situation.call;
  if (name.startsWith('*') && registry.hasUnder(name)) return undefined;
  const naming = services.filter(({ hosts }) => hosts.includes(name) && (port === 80 || hosts.some((host) => registry.hasUnder(host))));
  return firstWithRoutes(naming, situation);
}

function firstWithRoutes(services: readonly HostRoutes[], situation: Situation): readonly HttpRoute[] | undefined {
  for (const service of services) {
    const routes = routesFor(service, situation.proxy, situation.view, situation.trail);
    if (routes.length > 0) return routes;
    situation.trail.add('passed over', service.object, 'spec.http', 'none of its HTTP rules is for this sender and port');
  }
  return undefined;
}

function throughRoutes(routes: readonly HttpRoute[], situation: Situation): Outcome {
  const choice = choose(routes, situation.call, situation.trail);
  if (choice.tag === 'chosen') return applyRule(choice.route, situation, false);
  if (choice.tag === 'unknown') return open(choice.because);
  return refused('no rule', 404, 'the host has rules, and none of them takes the request');
}

/** istio, pilot/pkg/networking/core: `buildSidecarOutboundTLSFilterChainOpts`. */
function throughTls(host: Host, services: readonly HostRoutes[], situation: Situation): Outcome {
  const { call } = situation;
  const chains = chainsOf('tls', overlapping(host, services), situation, false);
  if (chains.length === 0) return byDefault(host, 'tls', situation);
  const speaksTls = call.protocol === 'tls' || call.protocol === 'https';
  const chain = pickBySni(chains, speaksTls ? call.sni : undefined);
  if (chain !== undefined) return applyChain(chain, 'tls', situation);
  return refused(
    'no rule',
    undefined,
    `there are TLS rules for the host, and none takes ${speaksTls ? `the SNI ${quote(call.sni)}` : 'a connection without TLS'}`,
  );
}

/** istio, pilot/pkg/networking/core: `buildSidecarOutboundTCPFilterChainOpts`. */
function throughTcp(host: Host, services: readonly HostRoutes[], situation: Situation): Outcome {
  const [chain] = chainsOf('tcp', overlapping(host, services), situation, false);
  return chain === undefined ? byDefault(host, 'tcp', situation) : applyChain(chain, 'tcp', situation);
}

function overlapping({ host }: Host, services: readonly HostRoutes[]): readonly HostRoutes[] {
  return services.filter(({ hosts }) => hosts.some((each) => hostsOverlap(each, host)));
}

function byDefault(host: Host, layer: 'http' | 'tls' | 'tcp', situation: Situation): Outcome {
  situation.trail.add('chosen', host.object, '', 'no rule is for it, so that the default route of its host holds');
  const destinations = toService(host.host, situation);
  return { tag: 'routed', layer, rule: undefined, destinations, http: layer === 'http' ? plainTreatment(situation) : undefined };
}

function toNobody(registry: KnownHosts, scope: Scope, situation: Situation): Outcome {
  const { call, proxy, view } = situation;
  const names = registry.names(call.host);
  // A name such as `example.org` is hardly ever a Service's, so that an unseen namespace `org` raises no doubt.
  const asked = names.filter((name) => name === call.host || call.host.split('.').length !== 2);
  const unseen = asked.map((name) => view.registry.lookUp(name, proxy.namespace)).find(({ tag }) => tag === 'unknown');
  if (unseen?.tag === 'unknown') return open(`no Service of namespace ${quote(unseen.namespace)} is here to judge by`);
  const known = names.some((name) => registry.find(name) !== undefined);
  const because = known ? `${quote(call.host)} has no port ${call.port}` : `the sender knows no host ${quote(call.host)}`;
  if (scope.outbound === 'ALLOW_ANY') return { tag: 'passed through', because };
  // Envoy's catch-all for HTTP answers 502; other connections end.
  return refused(known ? 'no port' : 'unknown host', call.protocol === 'http' ? 502 : undefined, because);
}
