/** A cluster with a Service in each mesh that very many call. */
import { type Call, Cluster, meshOfNamespace, numbers, type Place, SERVICES } from './cluster.ts';

/** Callers of each hub. */
export const HUB_CALLERS = 100;

/** As many services of each mesh as call a hub, and the hub itself. */
const NAMESPACES = 2 * (Math.ceil(HUB_CALLERS / SERVICES) + 1);

/** The first Service of the first namespace of each mesh. */
export const HUBS = { linkerd: { namespace: 0, service: 0 }, istio: { namespace: 1, service: 0 } } as const;

/** Beside its other calls each of the first hundred services of a mesh calls the hub; no other does. */
export class HubCluster extends Cluster {
  constructor() {
    super(NAMESPACES);
  }

  override calls(namespace: number): readonly Call[] {
    const hub = HUBS[meshOfNamespace(namespace)];
    const others = super.calls(namespace).filter(({ to }) => !isSame(to, hub));
    const callers = numbers(SERVICES)
      .map((service): Place => ({ namespace, service }))
      .filter((from) => !isSame(from, hub) && placeOf(from) <= HUB_CALLERS);
    return [...others, ...callers.map((from): Call => ({ from, to: hub, rate: 1 + placeOf(from), failures: 0, p50Ms: 5 }))];
  }
}

function isSame(one: Place, other: Place): boolean {
  return one.namespace === other.namespace && one.service === other.service;
}

/** Which service of its mesh it is; the hub is the first, 0. */
function placeOf({ namespace, service }: Place): number {
  return Math.floor(namespace / 2) * SERVICES + service;
}
