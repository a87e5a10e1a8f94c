import type { Effect, ObjectChange } from '../assess/effect.ts';
import { fromGraph } from '../collector/from-graph.ts';
import type { Config } from '../config.ts';
import { MeshError } from '../lib/errors.ts';
import { isObject, type Json, type JsonObject } from '../lib/json.ts';
import { objectKey } from '../mesh/kept.ts';
import type { Ports } from '../ports/ports.ts';
import { keepItem } from '../sources/kubernetes/keep.ts';
import type { GraphReader } from '../store/graph/reader.ts';
import type { Foreseen } from './impact.ts';
import type { Target } from './manifest.ts';

/** What changes would do to the traffic that was observed (`src/assess/effect-of.ts`). */
export type EffectOf = (reader: GraphReader, config: Config, changes: readonly ObjectChange[]) => Effect;

/**
 * What a change would do, as far as the graph tells. `after`: the object as the dry run left it, or undefined where it would be gone. Never throws a `MeshError`: a
 * change whose effect cannot be known says so, and must be accepted as that.
 */
export function foresee(ports: Ports, config: Config, effectOf: EffectOf, target: Target, after: JsonObject | undefined): Foreseen {
  const change = changeOf(target, after);
  if (change === undefined) return { tag: 'unknown', why: 'the object as it would be cannot be judged.' };
  try {
    return fromGraph(ports, config, (reader): Foreseen => {
      if (reader.status.trafficAt === undefined) {
        return { tag: 'unknown', why: 'no traffic was ever observed, because Prometheus was not read.' };
      }
      return { tag: 'effect', effect: effectOf(reader, config, [change]) };
    });
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    return { tag: 'unknown', why: error.message };
  }
}

function changeOf(target: Target, after: JsonObject | undefined): ObjectChange | undefined {
  if (after === undefined) return { tag: 'delete', key: objectKey(target) };
  const kept = keepItem(target.kind, asAccepted(target, after));
  return kept.tag === 'kept' ? { tag: 'put', object: kept.object } : undefined;
}

const ROUTES_WITH_PARENTS: readonly Target['kind'][] = ['httpRoutes', 'grpcRoutes', 'linkerdHttpRoutes'];

/**
 * A route as it will be once its controllers have looked at it: proxies obey routes that are accepted, and one that has just been made is not yet. What its parents say
 * already stays.
 */
function asAccepted({ kind }: Target, object: JsonObject): JsonObject {
  if (!ROUTES_WITH_PARENTS.includes(kind)) return object;
  const status = isObject(object.status) ? object.status : {};
  const spec = isObject(object.spec) ? object.spec : {};
  const known = Array.isArray(status.parents) ? status.parents.filter(isObject) : [];
  const references = Array.isArray(spec.parentRefs) ? spec.parentRefs.filter(isObject) : [];
  const missing = references.filter(
    (reference) => !known.some((parent) => isObject(parent.parentRef) && names(parent.parentRef, reference)),
  );
  const accepted = missing.map((reference) => ({
    parentRef: reference,
    conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted' }],
  }));
  // Parts of JSON are JSON.
  return { ...object, status: { ...status, parents: [...known, ...accepted] } as { readonly [key: string]: Json } };
}

function names(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  return (
    one.kind === other.kind && one.name === other.name && (one.sectionName ?? '') === (other.sectionName ?? '') && one.port === other.port
  );
}
