import { isObject, type JsonObject } from '../lib/json.ts';
import type { ObjectApi } from '../sources/kubernetes/object-api.ts';
import type { Decision } from './change.ts';
import type { Found } from './find.ts';
import type { Impact } from './impact.ts';
import type { Manifest } from './manifest.ts';
import { keptByOthers } from './ownership.ts';
import { readinessOf } from './ready.ts';
import { type Backend, splitsOf } from './route-splits.ts';

/** So many backends are looked at. */
const MAX_BACKENDS = 8;
const MAX_PATHS = 8;

/** What a manifest makes of an object. */
export function decideApply({ config }: Manifest, { target, object }: Found, api: ObjectApi): Decision {
  const others = object === undefined ? [] : keptByOthers(object, config);
  const shown = others.slice(0, MAX_PATHS).map(({ path, manager }) => `${path} (${manager})`);
  const more = others.length > MAX_PATHS ? ` and ${others.length - MAX_PATHS} more` : '';
  const { impacts, notes } = newBackends(target.kind, target.namespace, object, config, api);
  return {
    tag: 'apply',
    config,
    impacts,
    notes: [
      ...(others.length === 0 ? [] : [`The manifest leaves out what other managers own, so it stays: ${shown.join(', ')}${more}.`]),
      ...notes,
    ],
  };
}

/** What a route's deletion would cut: whatever comes in through a gateway by it. Inside of the mesh calls go to the Service itself without it. */
export function decideDelete({ target, object }: Found): Decision {
  const gateways = object === undefined ? [] : gatewaysOf(target.kind, object);
  const impacts: readonly Impact[] =
    gateways.length === 0
      ? []
      : [{ id: GATEWAY_IMPACT, nodes: gateways, why: 'What comes in through a gateway by this route would find none.', vital: false }];
  return { tag: 'delete', impacts };
}

/** Name of the impact of taking a gateway's route away. */
export const GATEWAY_IMPACT = 'gateway';

/** The gateways that lead calls by a route: Gateway API parents of that kind, where it is also the default; Istio's, but for the mesh itself. */
function gatewaysOf(kind: Found['target']['kind'], { spec }: JsonObject): readonly string[] {
  const fields = isObject(spec) ? spec : {};
  if (kind === 'istioVirtualServices') {
    const names = Array.isArray(fields.gateways) ? fields.gateways : [];
    return names.filter((name): name is string => typeof name === 'string' && name !== 'mesh');
  }
  if (kind !== 'httpRoutes' && kind !== 'grpcRoutes') return [];
  const parents = Array.isArray(fields.parentRefs) ? fields.parentRefs.filter(isObject) : [];
  return parents.flatMap((parent) => ((parent.kind ?? 'Gateway') === 'Gateway' && typeof parent.name === 'string' ? [parent.name] : []));
}

/** Backends that get calls and did not before: one without ready endpoints would answer with errors. */
function newBackends(
  kind: Found['target']['kind'],
  namespace: string,
  before: JsonObject | undefined,
  after: JsonObject,
  api: ObjectApi,
): { readonly impacts: readonly Impact[]; readonly notes: readonly string[] } {
  const known = before === undefined ? new Set<string>() : new Set(called(kind, before, namespace).map(({ target }) => target));
  const added = new Map(called(kind, after, namespace).map((backend) => [backend.target, backend]));
  const impacts: Impact[] = [];
  const notes: string[] = [];
  let looked = 0;
  for (const [target, backend] of added) {
    if (known.has(target)) continue;
    if (looked++ === MAX_BACKENDS) {
      notes.push(`Only ${MAX_BACKENDS} of the new backends were looked at.`);
      break;
    }
    const readiness = readinessOf(api, backend, namespace);
    if (readiness.tag === 'unknown') notes.push(readiness.says);
    if (readiness.tag === 'none') {
      const { service } = backend;
      const id = service === undefined ? target : `${service.namespace}/Service/${service.name}`;
      impacts.push({ id, nodes: [], why: readiness.says, vital: false });
    }
  }
  return { impacts, notes };
}

function called(kind: Found['target']['kind'], object: JsonObject, namespace: string): readonly Backend[] {
  return splitsOf(kind, object, namespace).flatMap(({ backends }) => backends.filter(({ weight }) => weight > 0));
}
