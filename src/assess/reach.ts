import type { Config } from '../config.ts';
import { globalEgressNamespace } from '../policy/linkerd/egress-networks.ts';
import { referredNamespaces } from '../policy/linkerd/referred-namespaces.ts';
import type { GraphReader } from '../store/graph/graph-reader.ts';
import type { ObjectChange } from './effect.ts';
import { linkerdSettings } from './settings.ts';
import { kindOfChange, namespaceOfChange } from './with-changes.ts';
import type { AccessWorld } from './world.ts';

/** How far changes reach. */
export interface Reach {
  /** Traffic that ends in these namespaces may be decided otherwise. */
  readonly into: readonly string[];
  /** Traffic that begins in these may be: their proxies are told something else about whom they call. */
  readonly outOf: readonly string[];
  /** What was left out; a sentence each. */
  readonly notes: readonly string[];
}

/** More namespaces than these are not read for one question. */
const MAX_NAMESPACES = 64;

/** Policies of Istio's root namespace hold in every other (istio, security/v1: `AuthorizationPolicy`, `PeerAuthentication`). */
const MESH_WIDE: ReadonlySet<string> = new Set(['istioAuthorizationPolicies', 'istioPeerAuthentications', 'istioRequestAuthentications']);
/** Policies of any namespace may refer to these (linkerd2, policy-controller/k8s/api: `NamespacedTargetRef`). */
const REFERRED: ReadonlySet<string> = new Set(['linkerdMeshTlsAuthentications', 'linkerdNetworkAuthentications']);
/** What clients' proxies read. */
const CLIENT_SIDE: ReadonlySet<string> = new Set([
  'istioDestinationRules',
  'linkerdEgressNetworks',
  'httpRoutes',
  'grpcRoutes',
  'tlsRoutes',
  'tcpRoutes',
  'linkerdHttpRoutes',
]);

/** Where changes can have an effect. `world` is the cluster before them. Reads no more than the namespaces that may refer to what changes. */
export function reachOf(reader: GraphReader, config: Config, world: AccessWorld, changes: readonly ObjectChange[]): Reach {
  const into = new Set(changes.map(namespaceOfChange));
  const outOf = new Set<string>();
  const notes: string[] = [];
  const isIn = (mesh: (name: string) => boolean) => (names: readonly string[]) => names.some(mesh);
  const busiest = (mesh: (name: string) => boolean, why: string): readonly string[] => {
    const all = reader.summaries().filter(({ namespace, meshes }) => isIn(mesh)(meshes) && !into.has(namespace));
    const sorted = [...all].sort((a, b) => b.rps - a.rps);
    const left = sorted.length - MAX_NAMESPACES;
    if (left > 0) notes.push(`${left} namespaces with less traffic were not looked at, though ${why}.`);
    return sorted.slice(0, MAX_NAMESPACES).map(({ namespace }) => namespace);
  };
  for (const change of changes) {
    if (CLIENT_SIDE.has(kindOfChange(change))) outOf.add(namespaceOfChange(change));
  }
  if (changes.some((change) => namespaceOfChange(change) === config.istioRootNamespace && MESH_WIDE.has(kindOfChange(change)))) {
    const found = busiest((mesh) => mesh !== 'linkerd', "policies of Istio's root namespace hold there, too");
    for (const name of found) into.add(name);
  }
  if ([...outOf].some((name) => name === globalEgressNamespace(linkerdSettings(config)))) {
    for (const name of busiest((mesh) => mesh === 'linkerd', 'egress policies for all namespaces hold there, too')) outOf.add(name);
  }
  const homes = new Set(changes.filter((change) => REFERRED.has(kindOfChange(change))).map(namespaceOfChange));
  if (homes.size > 0) {
    const found = busiest((mesh) => mesh === 'linkerd', 'their policies may refer to an authentication that changes');
    world.load(found);
    for (const name of found) {
      if (referredNamespaces(world.namespace(name)?.policies ?? []).some((referred) => homes.has(referred))) into.add(name);
    }
  }
  return { into: [...into], outOf: [...outOf], notes };
}
