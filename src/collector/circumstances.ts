import type { Config } from '../config.ts';
import { hashText } from '../lib/hash.ts';
import { KEPT_KINDS, type KeptKind } from '../mesh/kept.ts';
import type { SharedOptions } from '../mesh/shared.ts';
import { type KubernetesStatus, notesOf } from '../sources/kubernetes/status.ts';
import type { TrafficReading } from '../sources/prometheus/source.ts';
import type { Circumstances, SourceState } from '../store/graph/head.ts';

/** What nothing is known of yet. */
export const UNKNOWN_CIRCUMSTANCES: Circumstances = {
  demo: false,
  sources: {
    kubernetes: { state: 'absent', why: 'Kubernetes was not read yet.' },
    prometheus: { state: 'absent', why: 'Prometheus was not read yet.' },
  },
  notes: [],
  trafficNotes: [],
  unread: [],
};

/** Tells graphs apart that one store may hold one after the other: another cluster, other namespaces of it, or other words about its meshes. */
export function sourceOf(config: Config): string {
  const { kubernetesUrl, prometheusUrl, namespaces } = config;
  return hashText(JSON.stringify([kubernetesUrl, prometheusUrl, [...namespaces].sort(), sharedOptionsOf(config, [])]));
}

/** What the options say about the meshes, with the kinds that could not be read. */
export function sharedOptionsOf(config: Config, unread: readonly KeptKind[]): SharedOptions {
  const { linkerdNamespace, linkerdTrustDomain, istioRootNamespace, istioTrustDomain } = config;
  return { linkerdNamespace, linkerdTrustDomain, istioRootNamespace, istioTrustDomain, unread };
}

/**
 * The circumstances after Kubernetes was heard. Before its status is settled, only whether the cluster is watched can be said, and what was known of the rest
 * stays. `now` in milliseconds since 1970.
 */
export function withKubernetes(before: Circumstances, status: KubernetesStatus, now: number): Circumstances {
  const { warnings, omittedWarnings } = status;
  const sources = { ...before.sources, kubernetes: kubernetesState(before.sources.kubernetes, status, now) };
  if (!status.settled) return { ...before, sources };
  const left = omittedWarnings === 0 ? [] : [`And ${omittedWarnings} more objects.`];
  return {
    ...before,
    demo: before.demo || status.demo,
    sources,
    notes: [...notesOf(status), ...warnings.map((warning) => `Left out as malformed: ${warning}.`), ...left],
    unread: KEPT_KINDS.filter((kind) => ['forbidden', 'failed'].includes(status.kinds[kind]?.tag ?? '')),
  };
}

function kubernetesState(before: SourceState, { synced, error }: KubernetesStatus, now: number): SourceState {
  if (synced) return { state: 'synced' };
  return { state: 'stale', since: staleSince(before, now), why: error?.message ?? 'Some of the cluster is not watched at the moment.' };
}

/** The circumstances after Prometheus was asked; undefined: there is none to ask. `trafficAt`: when it last answered, milliseconds since 1970. */
export function withPrometheus(
  before: Circumstances,
  reading: TrafficReading | undefined,
  trafficAt: number | undefined,
  now: number,
): Circumstances {
  const { prometheus: known } = before.sources;
  const state = (prometheus: SourceState, trafficNotes: readonly string[], demo: boolean): Circumstances => ({
    ...before,
    demo: before.demo || demo,
    sources: { ...before.sources, prometheus },
    trafficNotes,
  });
  if (reading === undefined) return state({ state: 'absent', why: 'PROMETHEUS_URL is not set, so the graph has no traffic.' }, [], false);
  if (reading.tag === 'read') {
    const stale: SourceState = {
      state: 'stale',
      since: staleSince(known, now),
      why: 'Prometheus answered only in part; the notes say what is missing.',
    };
    return state(reading.partial ? stale : { state: 'synced' }, reading.notes, reading.demo);
  }
  const why = reading.error.message;
  if (trafficAt === undefined) return state({ state: 'absent', why }, [], false);
  return state({ state: 'stale', since: known.state === 'stale' ? known.since : trafficAt, why }, before.trafficNotes, false);
}

function staleSince(before: SourceState, now: number): number {
  return before.state === 'stale' ? before.since : now;
}
