import type { JsonObject } from '../lib/json.ts';
import type { ObjectApi } from '../sources/kubernetes/object-api.ts';
import type { Decision } from './change.ts';
import type { Found } from './find.ts';
import type { Impact, Sees } from './impact.ts';
import type { Manifest } from './manifest.ts';
import { keptByOthers } from './ownership.ts';
import { readinessOf } from './ready.ts';
import { calledBackends } from './route-splits.ts';

/** So many backends are looked at. */
const MAX_BACKENDS = 8;
const MAX_PATHS = 8;

/** What a manifest makes of an object. */
export function decideApply({ config }: Manifest, { target, object }: Found, api: ObjectApi, sees: Sees): Decision {
  const others = object === undefined ? [] : keptByOthers(object, config);
  const shown = others.slice(0, MAX_PATHS).map(({ path, manager }) => `${path} (${manager})`);
  const more = others.length > MAX_PATHS ? ` and ${others.length - MAX_PATHS} more` : '';
  const { impacts, notes } = newBackends(target, object, config, api, sees);
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

export const DELETION: Decision = { tag: 'delete' };

/** Backends that get calls and did not before: one without ready endpoints would answer with errors. */
export function newBackends(
  { kind, namespace }: Pick<Found['target'], 'kind' | 'namespace'>,
  before: JsonObject | undefined,
  after: JsonObject,
  api: ObjectApi,
  sees: Sees,
): { readonly impacts: readonly Impact[]; readonly notes: readonly string[] } {
  const known = before === undefined ? new Set<string>() : new Set(calledBackends(kind, before, namespace).map(({ target }) => target));
  const added = new Map(calledBackends(kind, after, namespace).map((backend) => [backend.target, backend]));
  const impacts: Impact[] = [];
  const notes: string[] = [];
  let looked = 0;
  for (const [target, backend] of added) {
    if (known.has(target)) continue;
    if (looked++ === MAX_BACKENDS) {
      notes.push(`Only ${MAX_BACKENDS} of the new backends were looked at.`);
      break;
    }
    const readiness = readinessOf(api, backend, namespace, sees);
    if (readiness.tag === 'unknown') notes.push(readiness.says);
    if (readiness.tag === 'none') {
      const { service } = backend;
      const id = service === undefined ? target : `${service.namespace}/Service/${service.name}`;
      impacts.push({ id, nodes: [], why: readiness.says, vital: false });
    }
  }
  return { impacts, notes };
}
