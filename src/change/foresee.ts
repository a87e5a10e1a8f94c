import type { Effect, ObjectChange } from '../assess/effect.ts';
import { fromGraph } from '../collector/from-graph.ts';
import type { Config } from '../config.ts';
import { MeshError } from '../lib/errors.ts';
import type { JsonObject } from '../lib/json.ts';
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
      if (!reader.namespaces().includes(target.namespace)) {
        return { tag: 'unknown', why: `namespace ${target.namespace} is not in the graph, so its traffic was not observed.` };
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
  const kept = keepItem(target.kind, after);
  return kept.tag === 'kept' ? { tag: 'put', object: kept.object } : undefined;
}
