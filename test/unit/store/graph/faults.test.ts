import { describe, expect, it } from 'vitest';
import { MeshError } from '../../../../src/lib/errors.ts';
import { decodeHead } from '../../../../src/store/graph/head.ts';
import { HEAD_KEY } from '../../../../src/store/graph/keys.ts';
import { keyOf, listRefs } from '../../../../src/store/graph/stored.ts';
import { type FakeClock, fakeClock, fixedRandom } from '../../../support/ports.ts';
import { Bucket, type ClientOptions, clientOf, type Dump, type Step } from './support/bucket.ts';
import { Cluster, content, HEALTHY } from './support/cluster.ts';
import { type RunOptions, runCollector, type StorePorts } from './support/collector.ts';
import { observe, textOf } from './support/observe.ts';

class Killed extends Error {}

/** What happens when a collector takes a step; throws, or lets the step be. */
type Fault = (life: Life, step: Step) => void;

interface LifeOptions extends ClientOptions, RunOptions {
  readonly at?: number;
  readonly fault?: Fault;
}

/** One life of a store and of the collector that fills it, with a fault at one step, and a reader that looks on. */
class Life {
  readonly bucket = new Bucket();
  readonly clock: FakeClock = fakeClock();
  readonly cluster = new Cluster();
  /** The steps that collectors took. */
  steps = 0;
  /** The oldest version that a reader may still see. */
  oldest = 0;
  /** There is no graph yet, or it is spoiled. */
  mayBeUnavailable = true;
  /** Data was lost: nothing that was published is certain any more. */
  lost: 'nothing' | 'everything' | 'the-last-minutes' = 'nothing';
  /** The generations that readers saw. */
  latest = 0;
  highest = 0;
  /** What the store held after each run. */
  readonly dumps: Dump[] = [];
  readonly #options: LifeOptions;

  constructor(options: LifeOptions = {}) {
    this.#options = options;
  }

  #ports(perform: (step: Step) => unknown): StorePorts {
    return { keyvalue: clientOf(perform, this.#options), clock: this.clock, random: fixedRandom(0.5) };
  }

  get healthy(): StorePorts {
    return this.#ports((step) => this.bucket.perform(step));
  }

  get faulty(): StorePorts {
    const { at, fault } = this.#options;
    return this.#ports((step) => {
      if (this.steps++ === at) fault?.(this, step);
      return this.bucket.perform(step);
    });
  }

  /** A run of a collector; it may die. */
  run(options: RunOptions = {}): void {
    const published = (version: number) => {
      this.oldest = version;
      this.mayBeUnavailable = false;
    };
    try {
      runCollector(this.faulty, this.cluster, { published, ...this.#options, ...options });
    } catch (error) {
      if (!(error instanceof Killed) && !(error instanceof MeshError)) throw error;
    }
    this.look();
  }

  /** A reader sees one version, whole, and none that is older than what was published for certain. */
  look(): void {
    const seen = observe(this.healthy);
    if (seen.tag === 'unavailable' || seen.stale) expect(this.mayBeUnavailable || this.lost !== 'nothing', 'there is no graph').toBe(true);
    if (seen.tag === 'unavailable') return;
    const parts = seen.stale ? 'public' : 'all';
    const from = seen.stale || this.lost === 'the-last-minutes' ? 0 : this.oldest;
    const versions = Array.from({ length: this.cluster.version - from + 1 }, (_, place) => textOf(this.cluster.at(from + place), parts));
    expect(versions).toContain(textOf(seen.world, parts));
    if (this.lost !== 'the-last-minutes' && !seen.stale) expect(seen.generation).toBeGreaterThanOrEqual(this.latest);
    this.latest = seen.generation;
    this.highest = Math.max(this.highest, seen.generation);
  }

  /** Takes a value away that the head names, without which no reader can do. */
  damage(): void {
    const page = decodeHead(this.bucket.dump.get(HEAD_KEY))?.index.find((refs) => refs !== '') ?? '';
    for (const ref of listRefs(page) ?? []) this.bucket.perform({ tag: 'delete', key: keyOf(ref) });
    this.oldest = 0;
    this.mayBeUnavailable = true;
  }

  /** After whatever it was, one run makes everything right, and generations have not run backwards. */
  expectOneRunToHeal(): void {
    this.clock.advance(1000);
    this.cluster.change({ last: content('last', 1) });
    runCollector(this.healthy, this.cluster, { ...this.#options, ignoreLease: true });
    const seen = observe(this.healthy);
    expect(seen).toMatchObject({ tag: 'world', stale: false });
    expect(seen.tag === 'world' && textOf(seen.world)).toBe(textOf(this.cluster.now));
    expect(seen.tag === 'world' && seen.generation).toBeGreaterThan(this.highest);
  }
}

/** All that a collector does to a store in a quarter of an hour, step by step. */
const SCRIPT: readonly ((life: Life) => void)[] = [
  (life) => {
    life.cluster.change({ shop: content('shop', 1), bank: content('bank', 1), quiet: content('quiet', 1, 0) });
    life.run();
  },
  (life) => {
    // Time passes, nothing changes: points are saved.
    life.clock.advance(61_000);
    life.cluster.change({});
    life.run();
  },
  (life) => {
    life.clock.advance(10_000);
    life.cluster.change({ shop: content('shop', 2), new: content('new', 1), bank: undefined });
    life.run({ between: [() => life.cluster.change({ quiet: content('quiet', 2), shop: content('shop', 3, 2) })] });
  },
  (life) => {
    // What was retired is collected.
    life.clock.advance(130_000);
    life.cluster.change({ quiet: content('quiet', 3, 0) });
    life.run();
  },
  (life) => {
    life.damage();
    life.look();
    life.run();
  },
  (life) => {
    // The next snapshot is due; a status changes, and no namespace.
    life.clock.advance(310_000);
    life.run({
      circumstances: {
        ...HEALTHY,
        sources: { ...HEALTHY.sources, prometheus: { state: 'stale', since: 5, why: 'Down.' } },
        notes: ['One.'],
      },
    });
  },
];

function live(options: LifeOptions = {}): Life {
  const life = new Life(options);
  for (const act of SCRIPT) {
    act(life);
    life.dumps.push(life.bucket.dump);
  }
  return life;
}

const STEPS = live().steps;
const AT_EVERY_STEP = Array.from({ length: STEPS }, (_, at) => at);

const kill: Fault = () => {
  throw new Killed();
};
const fail: Fault = () => {
  throw new MeshError('unavailable', 'The store does not answer.');
};
/** The store did what it was asked, and the answer was lost. */
const failAfterwards: Fault = (life, step) => {
  life.bucket.perform(step);
  throw new MeshError('unavailable', 'The store does not answer.');
};
const wipe: Fault = (life) => {
  life.lost = 'everything';
  life.bucket.restore();
};

const wipeAndKill: Fault = (life, step) => {
  wipe(life, step);
  kill(life, step);
};

describe('the script', () => {
  it('does all that a collector does', () => {
    const life = live();
    expect(STEPS).toBeGreaterThan(150);
    for (const prefix of ['mesh/shard/', 'mesh/delta/', 'mesh/retired/', 'mesh/snapshot/', 'mesh/resume', 'mesh/damaged', 'mcp/leader'])
      expect(
        [...life.bucket.everWritten].filter((key) => key.startsWith(prefix)),
        prefix,
      ).not.toEqual([]);
    life.expectOneRunToHeal();
  });
});

describe('whatever happens at whichever step of a collector, a reader sees one version or the other, and one run heals', {
  timeout: 60_000,
}, () => {
  for (const [name, options] of [
    ['killed', { fault: kill }],
    ['killed, where batches go backwards and the counter is that of NATS', { fault: kill, backwards: true, natsCounter: true }],
    ['an error, and the same publication again', { fault: fail, retries: 2 }],
    ['an error after the deed', { fault: failAfterwards }],
    ['an error after the deed, and the same publication again', { fault: failAfterwards, retries: 2, natsCounter: true }],
    ['wiped', { fault: wipe }],
    ['wiped, and killed', { fault: wipeAndKill }],
  ] as const) {
    it(name, () => {
      for (const at of AT_EVERY_STEP) live({ at, ...options }).expectOneRunToHeal();
    });
  }

  it('the store comes back as it was some runs ago', () => {
    for (const runs of [1, 3]) {
      const rollBack: Fault = (life) => {
        life.lost = 'the-last-minutes';
        life.latest = 0;
        // It takes a while to start.
        life.clock.advance(2000);
        life.bucket.restore(life.dumps.at(-runs));
      };
      for (const at of AT_EVERY_STEP) live({ at, fault: rollBack }).expectOneRunToHeal();
    }
  });
});
