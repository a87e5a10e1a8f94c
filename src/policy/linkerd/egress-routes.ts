import type { AccessStep } from '../access/model.ts';
import { about, named } from '../access/steps.ts';
import { GATEWAY_API, LINKERD_POLICY } from '../analyze/references.ts';
import { isPlanned } from '../objects/age.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { readTexts } from './authentications.ts';
import type { EgressNetwork } from './egress-networks.ts';
import { hostMatch } from './host-match.ts';
import { byPrecedence, readRoute } from './read-route.ts';
import { groupIn, textIn } from './references.ts';
import type { Route } from './route.ts';
import { isTrue } from './route-status.ts';
import { type LinkerdWorld, objectsOf } from './world.ts';

const KINDS = [
  ['http', LINKERD_POLICY, 'HTTPRoute'],
  ['http', GATEWAY_API, 'HTTPRoute'],
  ['grpc', GATEWAY_API, 'GRPCRoute'],
  ['tls', GATEWAY_API, 'TLSRoute'],
  ['tcp', GATEWAY_API, 'TCPRoute'],
] as const;

/** The routes of an EgressNetwork on one port; each list in the order in which a tie is settled. */
export interface EgressRoutes {
  readonly http: readonly Route[];
  readonly grpc: readonly Route[];
  readonly tls: readonly Route[];
  readonly tcp: readonly Route[];
  /** What was passed over. */
  readonly steps: readonly AccessStep[];
}

type Protocol = 'http' | 'grpc' | 'tls' | 'tcp';

interface Attached {
  readonly protocol: Protocol;
  readonly object: KubeObject;
  /** Its references to the EgressNetwork. */
  readonly parents: readonly Field[];
  /** Undefined: Linkerd cannot read it. */
  readonly route: Route | undefined;
}

/** The routes that name an EgressNetwork, read once and asked for each port. */
export class EgressRouteIndex {
  readonly #network: EgressNetwork;
  readonly #attached: readonly Attached[];

  /**
   * Routes of the EgressNetwork's namespace hold for all clients, those of the clients' namespace for these (linkerd2,
   * policy-controller/k8s/index/src/outbound/index.rs: `apply_http_route`, `ResourceRoutes`).
   */
  constructor(network: EgressNetwork, namespace: string, world: LinkerdWorld) {
    this.#network = network;
    const homes = [...new Set([network.object.namespace, namespace])];
    const candidates = KINDS.flatMap(([protocol, group, kind]) =>
      homes.flatMap((home) => objectsOf(world, group, kind, home).map((object) => ({ protocol, object }))),
    );
    this.#attached = candidates
      .sort((a, b) => byPrecedence(a.object, b.object))
      .flatMap(({ protocol, object }) => {
        const parents = object.spec.at('parentRefs').items.filter((parent) => isFor(parent, object, network));
        return parents.length === 0 ? [] : [{ protocol, object, parents, route: readEgressRoute(object, protocol) }];
      });
  }

  /** The ports that routes name; on all others there are none. */
  get ports(): readonly number[] {
    return [...new Set(this.#attached.flatMap(({ parents }) => parents.flatMap((parent) => parent.at('port').number ?? [])))];
  }

  on(port: number): EgressRoutes {
    const { object: network } = this.#network;
    const steps: AccessStep[] = [];
    const found: Record<Protocol, Route[]> = { http: [], grpc: [], tls: [], tcp: [] };
    for (const { protocol, object, parents, route } of this.#attached) {
      if (!parents.some((parent) => parent.at('port').value === port)) {
        // One without a port is looked up as if its parent were a Service, which finds none (the same file: `route_accepted_by_service`).
        const portless = parents.find((parent) => !parent.at('port').exists);
        if (portless !== undefined) steps.push(about(object, `${named(object)} does not count: ${NO_PORT}.`, portless.path));
      } else if (!isPlanned(object) && !isAccepted(object, network.name, port)) {
        steps.push(about(object, `${named(object)} does not count: it is not accepted on ${named(network)}.`, 'status.parents'));
      } else if (route === undefined) {
        steps.push(about(object, `${named(object)} is ignored: Linkerd cannot read it.`, 'spec'));
      } else {
        found[protocol].push(route);
      }
    }
    return { ...found, steps };
  }
}

const NO_PORT = 'of an EgressNetwork a route has to name the port';

function isFor(parent: Field, route: KubeObject, { object }: EgressNetwork): boolean {
  return (
    (textIn(parent.at('kind')) ?? '').toLowerCase() === 'egressnetwork' &&
    groupIn(parent) === LINKERD_POLICY &&
    parent.at('name').value === object.name &&
    (textIn(parent.at('namespace')) ?? route.namespace) === object.namespace
  );
}

/** Linkerd2, policy-controller/k8s/index/src/outbound/index/http.rs: `route_accepted_by_resource_port`. */
function isAccepted(route: KubeObject, name: string, port: number): boolean {
  return route.root.at('status', 'parents').items.some((parent) => {
    const ref = parent.at('parentRef');
    return (
      ref.at('name').value === name &&
      ref.at('kind').value === 'EgressNetwork' &&
      ref.at('group').value === LINKERD_POLICY &&
      (!ref.at('port').exists || ref.at('port').value === port) &&
      isTrue(parent.at('conditions'), 'Accepted')
    );
  });
}

function readEgressRoute(object: KubeObject, protocol: Protocol): Route | undefined {
  const common = { title: named(object), object: object.reference, authorizations: [] };
  if (protocol === 'tls' || protocol === 'tcp') {
    const hosts = protocol === 'tls' ? readTexts(object.spec.at('hostnames')) : [];
    return hosts && { ...common, hosts: hosts.map(hostMatch), rules: [] };
  }
  const read = readRoute(object, protocol);
  return 'unread' in read ? undefined : { ...common, hosts: read.hosts.map(hostMatch), rules: read.rules };
}
