import type { Json, JsonObject } from '../../lib/json.ts';
import { type Cluster, rfc3339 } from './commit.ts';
import { asArray, asObject, asText, at, objectAt, own, sameJson, withMember } from './json.ts';
import { recordUpdate } from './managed-fields.ts';
import { workloadObjects } from './objects.ts';
import { apiVersionOf, RESOURCES, type ResourceKey } from './resources.ts';
import type { SampleNamespace, SampleWorkload } from './sample/model.ts';
import type { Storage } from './storage.ts';

/** What the sample is like at a time. */
export interface Moment {
  /** The share of shop/checkout that its HTTPRoute gives to the canary, in percent. */
  readonly canaryPercent: number;
  /** How many pods of shop/recommendations were replaced by new ones so far: the first, the second, the first, … */
  readonly recommendationsReplaced: number;
  /** Whether the newest of them is still starting. */
  readonly recommendationsStarting: boolean;
  /** The replicas of shop/reports. */
  readonly reportsReplicas: number;
}

const CANARY_MS = 20_000;
const CANARY_PERCENT = [10, 25, 50, 25] as const;
const REPLACE_MS = 45_000;
const STARTING_MS = 6_000;
const REPORTS_MS = 60_000;

/**
 * What changes in a lively sample, as a function of the time since its start in milliseconds, so that a second demo server (its traffic) can agree
 * with the first: the canary's weight goes 10, 25, 50, 25 every 20 s; a pod of recommendations is replaced every 45 s and starts for 6 s; reports
 * goes from one replica to two and back every minute.
 */
export function momentAt(elapsedMs: number): Moment {
  const elapsed = Math.max(0, elapsedMs);
  const replaced = Math.floor(elapsed / REPLACE_MS);
  return {
    canaryPercent: CANARY_PERCENT[Math.floor(elapsed / CANARY_MS) % CANARY_PERCENT.length] ?? CANARY_PERCENT[0],
    recommendationsReplaced: replaced,
    recommendationsStarting: replaced > 0 && elapsed % REPLACE_MS < STARTING_MS,
    reportsReplicas: 1 + (Math.floor(elapsed / REPORTS_MS) % 2),
  };
}

const NAMESPACE = 'shop';

/**
 * Lets the sample live: the function that it returns brings the cluster to the present moment, and may be called as often as one likes. What somebody
 * else has written or deleted since is left to them. A sample without those workloads simply does not change there.
 */
export function startLife(cluster: Cluster, sample: readonly SampleNamespace[], sinceMs: number): () => void {
  const workloads = sample.find(({ name }) => name === NAMESPACE)?.workloads ?? [];
  let before = momentAt(0);
  return () => {
    const moment = momentAt(cluster.now() - sinceMs);
    if (sameMoment(moment, before)) return;
    const was = before;
    before = moment;
    for (const workload of workloads) {
      const [then, next] = [workloadAt(workload, was), workloadAt(workload, moment)];
      if (then !== next) reconcile(cluster, then, next);
    }
    if (was.canaryPercent !== moment.canaryPercent) shiftCanary(cluster, was.canaryPercent, moment.canaryPercent);
  };
}

function sameMoment(a: Moment, b: Moment): boolean {
  return sameJson({ ...a }, { ...b });
}

/** The workload itself where nothing of it changes. */
function workloadAt(workload: SampleWorkload, moment: Moment): SampleWorkload {
  const { replicas, name } = workload;
  if (name === 'reports') return moment.reportsReplicas === replicas ? workload : { ...workload, replicas: moment.reportsReplicas };
  const times = moment.recommendationsReplaced;
  if (name !== 'recommendations' || times === 0 || replicas === 0) return workload;
  const replaced = Array.from({ length: replicas }, (_, ordinal) => Math.floor((times + replicas - 1 - ordinal) / replicas));
  return { ...workload, replaced, ...(moment.recommendationsStarting ? { unready: [(times - 1) % replicas] } : {}) };
}

/** Writes what the workload's controllers would have: what is new or different, and away with what is not there any more. */
function reconcile({ storage, now }: Cluster, was: SampleWorkload, next: SampleWorkload): void {
  const before = workloadObjects(NAMESPACE, was);
  if (!before.every(({ resource, object }) => isOurs(storage.get(resource, NAMESPACE, nameOf(object))?.object))) return;
  const wanted = workloadObjects(NAMESPACE, next);
  const names = new Set(wanted.map(({ resource, object }) => `${resource} ${nameOf(object)}`));
  for (const { resource, object } of before) {
    if (!names.has(`${resource} ${nameOf(object)}`)) storage.remove(resource, NAMESPACE, nameOf(object));
  }
  for (const { resource, object } of wanted) {
    const live = storage.get(resource, NAMESPACE, nameOf(object))?.object;
    if (live !== undefined) writeOver(storage, resource, live, object);
    else storage.put(resource, withMember(object, 'metadata', { ...objectAt(object, 'metadata'), creationTimestamp: rfc3339(now()) }));
  }
}

/** Puts specification and status in place; the generation counts the changes of the specification. */
function writeOver(storage: Storage, resource: ResourceKey, live: JsonObject, next: JsonObject): void {
  const metadata = objectAt(live, 'metadata');
  const changed = !sameJson(own(live, 'spec'), own(next, 'spec'));
  const generation = Number(own(metadata, 'generation') ?? 0) + (changed ? 1 : 0);
  const status = objectAt(next, 'status');
  const observed = own(status, 'observedGeneration') === undefined ? status : { ...status, observedGeneration: generation };
  const written = { ...next, metadata: { ...metadata, generation }, status: observed };
  if (!sameJson(written, live)) storage.put(resource, written);
}

/** It is there and nobody but the sample has written it: objects of its workloads carry no ownership. */
function isOurs(object: JsonObject | undefined): boolean {
  return object !== undefined && at(object, 'metadata', 'managedFields') === undefined;
}

/** Who moves the canary's weight, by plain updates. */
const SHIFTER = 'flagger';
const ROUTE = 'httproutes.gateway.networking.k8s.io';

function shiftCanary({ storage, now }: Cluster, was: number, percent: number): void {
  const live = storage.get(ROUTE, NAMESPACE, 'checkout')?.object;
  if (live === undefined) return;
  const [rule, ...others] = asArray(at(live, 'spec', 'rules')) ?? [];
  const [stable, canary, ...more] = asArray(at(rule, 'backendRefs')) ?? [];
  const [stableRef, canaryRef, ruleObject] = [asObject(stable), asObject(canary), asObject(rule)];
  // Somebody else has taken over.
  if (stableRef === undefined || canaryRef === undefined || ruleObject === undefined || own(canaryRef, 'weight') !== was) return;
  const backendRefs: Json = [{ ...stableRef, weight: 100 - percent }, { ...canaryRef, weight: percent }, ...more];
  const spec = withMember(objectAt(live, 'spec'), 'rules', [{ ...ruleObject, backendRefs }, ...others]);
  const metadata = objectAt(live, 'metadata');
  const generation = Number(own(metadata, 'generation') ?? 0) + 1;
  const next = { ...live, spec, metadata: { ...metadata, generation } };
  const { group, versions } = RESOURCES[ROUTE];
  const writer = { manager: SHIFTER, operation: 'Update', apiVersion: apiVersionOf(group, versions[0]), subresource: '' } as const;
  storage.put(ROUTE, recordUpdate(RESOURCES[ROUTE], live, next, writer, rfc3339(now())));
}

function nameOf(object: JsonObject): string {
  return asText(at(object, 'metadata', 'name')) ?? '';
}
