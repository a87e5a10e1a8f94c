import { MeshError } from '../../../../../src/lib/errors.ts';
import type { Clock } from '../../../../../src/ports/clock.ts';
import type { KeyValue } from '../../../../../src/ports/keyvalue.ts';
import type { Random } from '../../../../../src/ports/random.ts';
import type { Circumstances } from '../../../../../src/store/graph/head.ts';
import { takeLease } from '../../../../../src/store/graph/lease.ts';
import type { PublishOutcome } from '../../../../../src/store/graph/publication.ts';
import { type GraphWriter, openWriter } from '../../../../../src/store/graph/writer.ts';
import { type Cluster, HEALTHY, trafficOf } from './cluster.ts';

export interface StorePorts {
  readonly keyvalue: KeyValue;
  readonly clock: Clock;
  readonly random: Random;
}

export interface RunOptions {
  readonly holder?: string;
  readonly source?: string;
  readonly ring?: number;
  /** Go on although another holds the lease. */
  readonly ignoreLease?: boolean;
  readonly circumstances?: Circumstances;
  /** Between two publications of the run. */
  readonly between?: readonly (() => void)[];
  /** Told each version that the store holds for certain. */
  readonly published?: (version: number) => void;
  /** How far the cluster is; without it, where it is now. */
  readonly version?: () => number;
  /** How often a publication is tried again where the store does not answer. */
  readonly retries?: number;
}

const MAX_RESTARTS = 5;

/** A run of a collector, without its sources: it hears what changed in the cluster since its resume point, publishes, listens again, publishes. */
export function runCollector(ports: StorePorts, cluster: Cluster, options: RunOptions = {}): readonly PublishOutcome[] {
  const { holder = 'a', between = [] } = options;
  const lease = takeLease(ports, { holder });
  if (!lease.leader && options.ignoreLease !== true) return [];
  let sweep = lease.leader && lease.taken;
  const outcomes: PublishOutcome[] = [];
  for (let restart = 0; restart < MAX_RESTARTS; restart++) {
    const writer = open(ports, options, sweep);
    sweep = false;
    if (publishAll(writer, cluster, options, outcomes, outcomes.length === 0 ? between : [])) {
      writer.saveSnapshot();
      return outcomes;
    }
  }
  return outcomes;
}

function open(ports: StorePorts, { holder = 'a', source = 'cluster', ring = 8 }: RunOptions, sweep: boolean): GraphWriter {
  return openWriter(ports, { collector: holder, source, ring, sweep });
}

/** False: it has to begin anew. */
function publishAll(
  writer: GraphWriter,
  cluster: Cluster,
  { circumstances = HEALTHY, published, retries = 0, version: versionNow = () => cluster.version }: RunOptions,
  outcomes: PublishOutcome[],
  between: readonly (() => void)[],
): boolean {
  let heard = writer.start.tag === 'graph' ? Number(writer.start.resume.pods) : undefined;
  for (const pause of [undefined, ...between]) {
    pause?.();
    const version = versionNow();
    const resume = { pods: String(version) };
    const publication = { ...circumstances, updates: cluster.updates(heard, version), traffic: trafficOf(cluster.at(version)), resume };
    const outcome = persistently(retries, () => writer.publish(publication));
    outcomes.push(outcome);
    if (outcome.tag === 'restart') return false;
    published?.(version);
    heard = version;
  }
  writer.saveResume({ pods: String(heard) });
  return true;
}

function persistently<Result>(retries: number, act: () => Result): Result {
  for (let left = retries; ; left--) {
    try {
      return act();
    } catch (error) {
      if (left === 0 || !(error instanceof MeshError)) throw error;
    }
  }
}
