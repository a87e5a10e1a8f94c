import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeshError } from '../../../../src/lib/errors.ts';
import type { Clock } from '../../../../src/ports/clock.ts';
import { NAME_CLASSES } from '../../../../src/store/graph/keys.ts';
import { type FakeClock, fakeClock } from '../../../support/ports.ts';
import { Bucket, type ClientOptions, clientOf, type Dump } from './support/bucket.ts';
import { Cluster, type Content, content, type World } from './support/cluster.ts';
import { runCollector, type StorePorts } from './support/collector.ts';
import { observe, textOf } from './support/observe.ts';
import { Thread } from './support/thread.ts';

/** A clock that goes ahead of another. */
function ahead(clock: Clock, ms: number): Clock {
  return { now: () => clock.now() + ms, monotonic: () => clock.monotonic(), sleep: (time) => clock.sleep(time) };
}

/** A sequence of its own for each seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Setting extends ClientOptions {
  /** What the store holds when they begin. */
  readonly begun: 'nothing' | 'graph';
}

function portsOf(bucket: Bucket, clock: Clock, options: ClientOptions): StorePorts {
  const keyvalue = clientOf((step) => bucket.perform(step), options);
  return { keyvalue, clock, random: { fraction: () => 0.5, bytes: (length) => new Uint8Array(length) } };
}

/** What two collectors find. */
interface Past {
  readonly dump: Dump;
  readonly cluster: Cluster;
  readonly passedMs: number;
}

/** A store that has seen almost as many publications as there are names, so that the first ones come round, and holds garbage of the first that is due. */
function longPast(setting: Setting): Past {
  const bucket = new Bucket();
  const clock = fakeClock();
  const started = clock.now();
  const cluster = new Cluster();
  const publish = (changes: Readonly<Record<string, Content | undefined>>) => {
    clock.advance(10_000);
    cluster.change(changes);
    runCollector(portsOf(bucket, clock, setting), cluster, { holder: 'before' });
  };
  publish({ shop: content('shop', 7), bank: content('bank', 1) });
  for (let turn = 2; turn < NAME_CLASSES - 2; turn++) publish({ filler: content('filler', turn) });
  publish({ shop: content('shop', 1), filler: undefined });
  clock.advance(200_000);
  return { dump: bucket.dump, cluster, passedMs: clock.now() - started };
}

const longPasts = new Map<Setting, Past>();

function pastOf(setting: Setting): Past {
  if (setting.begun === 'nothing') {
    const cluster = new Cluster();
    cluster.change({ shop: content('shop', 1), bank: content('bank', 1) });
    return { dump: new Map(), cluster, passedMs: 0 };
  }
  const past = longPasts.get(setting) ?? longPast(setting);
  longPasts.set(setting, past);
  return past;
}

/** Two collectors on one store, without regard for the lease, with clocks a minute apart; the cluster changes with time. */
class Contest {
  readonly bucket = new Bucket();
  readonly clock: FakeClock = fakeClock();
  readonly cluster: Cluster;
  readonly threads: readonly [Thread, Thread];
  #version: number;
  readonly #worlds: readonly World[];
  readonly #setting: Setting;

  constructor(setting: Setting) {
    this.#setting = setting;
    const { dump, cluster, passedMs } = pastOf(setting);
    this.bucket.restore(dump);
    this.clock.advance(passedMs);
    this.cluster = cluster.clone();
    const from = this.cluster.version;
    this.cluster.change({ shop: content('shop', 7) });
    this.#version = this.cluster.version;
    this.cluster.change({ bank: content('bank', 3), new: content('new', 1) });
    this.cluster.change({ shop: undefined });
    this.#worlds = Array.from({ length: this.cluster.version - from + 1 }, (_, place) => this.cluster.at(from + place));
    this.threads = [this.#collector('a', 1, 60_000), this.#collector('b', 2, 0)];
  }

  get healthy(): StorePorts {
    return portsOf(this.bucket, this.clock, this.#setting);
  }

  #collector(holder: string, seed: number, skew: number): Thread {
    return new Thread(
      this.bucket,
      ahead(this.clock, skew),
      randomOf(seed),
      (ports, ask) => {
        try {
          const version = () => ask(() => this.#version);
          runCollector(ports, this.cluster, { holder, ignoreLease: true, version, between: [() => {}] });
        } catch (error) {
          if (!(error instanceof MeshError)) throw error;
        }
      },
      this.#setting,
    );
  }

  /** The cluster changes. */
  pass(): void {
    this.#version = Math.min(this.#version + 1, this.cluster.version);
  }

  look(): void {
    // What a reader reports would help the collectors on.
    const silent = clientOf((step) => (step.tag === 'set' ? undefined : this.bucket.perform(step)), this.#setting);
    const seen = observe({ keyvalue: silent, clock: this.clock });
    // Where there was a graph, there always is one.
    if (this.#setting.begun === 'graph') expect(seen).toMatchObject({ tag: 'world', stale: false });
    // A snapshot has no objects.
    const parts = seen.tag === 'world' && seen.stale ? 'public' : 'all';
    if (seen.tag === 'world') expect(this.#worlds.map((world) => textOf(world, parts))).toContain(textOf(seen.world, parts));
  }

  /** Both to their end, a reader who reports what is missing, and then one run. */
  end(): void {
    for (const thread of this.threads) thread.finish();
    this.look();
    observe(this.healthy);
    this.clock.advance(1000);
    runCollector(this.healthy, this.cluster, { holder: 'after', ignoreLease: true });
    const seen = observe(this.healthy);
    expect(seen).toMatchObject({ tag: 'world', stale: false });
    expect(seen.tag === 'world' && textOf(seen.world)).toBe(textOf(this.cluster.now));
  }
}

/** How many steps a collector takes alone. */
function lengthOf(setting: Setting): number {
  const { threads } = new Contest(setting);
  let steps = 1;
  while (threads[0].advance(1)) steps++;
  return steps;
}

const SETTINGS: readonly (readonly [string, Setting])[] = [
  ['on a graph', { begun: 'graph' }],
  ['on a graph, with the counter of NATS', { begun: 'graph', natsCounter: true, backwards: true }],
  ['on nothing', { begun: 'nothing' }],
  ['on nothing, with the counter of NATS', { begun: 'nothing', natsCounter: true }],
];

/** So many places for the second turn; with as many as there are steps all orders with two changes of turn, which takes some minutes, and was done. */
const PLACES = 5;

describe('two collectors at once leave one version of the cluster or another, and one run later the last', { timeout: 60_000 }, () => {
  for (const [name, setting] of SETTINGS) {
    it(`one in the middle of the other, and the other in the middle of that, ${name}`, () => {
      const length = lengthOf(setting);
      expect(length).toBeGreaterThan(30);
      for (let first = 0; first < length; first++) {
        // Other places for each first turn; and to its end.
        const stride = Math.ceil(length / PLACES);
        for (let second = (first % stride) + 1; second < length + stride; second += stride) {
          const contest = new Contest(setting);
          contest.threads[0].advance(first);
          contest.pass();
          contest.threads[1].advance(second);
          contest.look();
          contest.pass();
          contest.threads[0].finish();
          contest.end();
        }
      }
    });
  }

  it('in any order of their steps', () => {
    const settings = fc.constantFrom(...SETTINGS.map(([, setting]) => setting));
    const turn = fc.record({ thread: fc.nat(1), steps: fc.integer({ min: 1, max: 12 }), pass: fc.boolean() });
    fc.assert(
      fc.property(settings, fc.array(turn, { maxLength: 30 }), (setting, turns) => {
        const contest = new Contest(setting);
        for (const { thread, steps, pass } of turns) {
          contest.threads[thread === 0 ? 0 : 1].advance(steps);
          if (pass) contest.pass();
          contest.look();
        }
        contest.end();
      }),
      { numRuns: 150 },
    );
  });
});
