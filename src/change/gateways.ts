import { isObject, type JsonObject } from '../lib/json.ts';
import type { Impact } from './impact.ts';
import type { Target } from './manifest.ts';
import { calledBackends } from './route-splits.ts';

/** Name of the impact of taking calls from a gateway's route. */
export const GATEWAY_IMPACT = 'gateway';

type Kind = Target['kind'];

/**
 * What a change of a route cuts of what comes in through gateways: gateways and hosts that it leads no more, or that it leads nowhere. Undefined is no object. Inside of the
 * mesh calls go to the Service itself without a route.
 */
export function gatewayImpacts(
  { kind, namespace }: Pick<Target, 'kind' | 'namespace'>,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): readonly Impact[] {
  const gateways = before === undefined ? [] : gatewaysOf(kind, before);
  if (before === undefined || gateways.length === 0) return [];
  const impact = (nodes: readonly string[], why: string): readonly Impact[] => [{ id: GATEWAY_IMPACT, nodes, why, vital: false }];
  const left = after === undefined ? [] : gatewaysOf(kind, after);
  const lost = gateways.filter((gateway) => !left.includes(gateway));
  if (after === undefined || lost.length > 0) return impact(lost, 'What comes in through a gateway by this route would find none.');
  if (losesHosts(hostsOf(kind, before), hostsOf(kind, after))) {
    return impact(gateways, 'What comes in through a gateway for some of its hosts would find no route.');
  }
  const [had, has] = [before, after].map((object) => calledBackends(kind, object, namespace).length > 0);
  return had && !has ? impact(gateways, 'What comes in through a gateway by this route would be led nowhere.') : [];
}

/** The gateways that lead calls by a route: Gateway API parents of that kind, where it is also the default; Istio's, but for the mesh itself. */
function gatewaysOf(kind: Kind, { spec }: JsonObject): readonly string[] {
  const fields = isObject(spec) ? spec : {};
  if (kind === 'istioVirtualServices') return textsOf(fields.gateways).filter((name) => name !== 'mesh');
  if (kind !== 'httpRoutes' && kind !== 'grpcRoutes') return [];
  const parents = Array.isArray(fields.parentRefs) ? fields.parentRefs.filter(isObject) : [];
  return parents.flatMap((parent) => ((parent.kind ?? 'Gateway') === 'Gateway' && typeof parent.name === 'string' ? [parent.name] : []));
}

function hostsOf(kind: Kind, { spec }: JsonObject): readonly string[] {
  const fields = isObject(spec) ? spec : {};
  return textsOf(kind === 'istioVirtualServices' ? fields.hosts : fields.hostnames);
}

/** Routes of the Gateway API without hostnames take all of their gateway's; a VirtualService always names its hosts. */
function losesHosts(before: readonly string[], after: readonly string[]): boolean {
  if (after.length === 0 || after.includes('*')) return false;
  return before.length === 0 || before.some((host) => !after.includes(host));
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
