import { describe, expect, it } from 'vitest';
import { NAME_CLASSES, TURN_KEY } from '../../../../src/store/graph/keys.ts';
import { fakeClock, fixedRandom } from '../../../support/ports.ts';
import { Bucket, clientOf, type Step } from './support/bucket.ts';
import { Cluster, content } from './support/cluster.ts';
import { runCollector } from './support/collector.ts';
import { observe, textOf } from './support/observe.ts';

function setUp() {
  const bucket = new Bucket();
  const clock = fakeClock();
  const ports = { keyvalue: clientOf((step) => bucket.perform(step)), clock, random: fixedRandom(0.5) };
  return { bucket, clock, ports, cluster: new Cluster() };
}

const NAMESPACES = Array.from({ length: 12 }, (_, place) => `team-${place}`);

/** Some namespaces change, one comes, one goes. */
function churn(cluster: Cluster, round: number): void {
  const changed = NAMESPACES.filter((_, place) => (round * 7 + place) % 5 === 0);
  cluster.change({
    ...Object.fromEntries(changed.map((name) => [name, content(name, round, round % 4)])),
    [`pr-${round}`]: content(`pr-${round}`, 1),
    [`pr-${round - 3}`]: undefined,
  });
}

describe('storage', { timeout: 60_000 }, () => {
  it('stays bounded over thousands of publications, in values and in names', () => {
    const { bucket, clock, ports, cluster } = setUp();
    const keys: number[] = [];
    const bytes: number[] = [];
    const names: number[] = [];
    // It stays where it is while names come round and round again.
    cluster.change({ quiet: content('quiet', 1) });
    for (let round = 1; round <= 3000; round++) {
      churn(cluster, round);
      // As quick as a collector may be, and now and then a pause.
      clock.advance(round % 100 === 0 ? 200_000 : 1000);
      expect(runCollector(ports, cluster).map(({ tag }) => tag)).toEqual(['published']);
      if (round % 500 !== 0) continue;
      keys.push(bucket.keys.length);
      bytes.push(bucket.bytes);
      names.push(bucket.everWritten.size);
    }
    const seen = observe(ports);
    expect(seen.tag === 'world' && textOf(seen.world)).toBe(textOf(cluster.now));
    // What is kept for a minute or two of publications, and the rings.
    expect(Math.max(...keys)).toBeLessThan(5000);
    expect(Math.max(...bytes)).toBeLessThan(2 * 1024 * 1024);
    // No growth: the third thousand is no more than the second.
    expect(Math.max(...keys.slice(4))).toBeLessThan(Math.max(...keys.slice(2, 4)) * 1.1);
    expect(Math.max(...bytes.slice(4))).toBeLessThan(Math.max(...bytes.slice(2, 4)) * 1.1);
    // A key that is deleted leaves a mark on NATS: names come round.
    expect(names.at(-1)).toBeLessThan((names.at(-2) ?? 0) * 1.02);
    expect(names.at(-1)).toBeLessThan(NAME_CLASSES * 30);
  });

  it('keeps for two minutes what a reader of an earlier head may still want', () => {
    const { bucket, clock, ports, cluster } = setUp();
    cluster.change({ shop: content('shop', 1) });
    runCollector(ports, cluster);
    const first = bucket.keys.filter((key) => key.startsWith('mesh/shard/'));
    const publish = (ms: number, version: number) => {
      clock.advance(ms);
      cluster.change({ shop: content('shop', version) });
      runCollector(ports, cluster);
      return first.filter((key) => bucket.keys.includes(key)).length;
    };
    expect(publish(0, 2)).toBe(first.length);
    expect(publish(60_000, 3)).toBe(first.length);
    expect(publish(60_000, 4)).toBe(first.length);
    expect(publish(1000, 5)).toBe(0);
  });

  it('shrinks to what is named once a cluster is quiet, but for the rings', () => {
    const { bucket, clock, ports, cluster } = setUp();
    for (let round = 1; round <= 100; round++) {
      churn(cluster, round);
      clock.advance(1000);
      runCollector(ports, cluster);
    }
    const busy = bucket.keys.length;
    for (let round = 0; round < 40; round++) {
      clock.advance(30_000);
      cluster.change({ 'team-0': content('team-0', 1000 + round) });
      runCollector(ports, cluster);
    }
    const shards = bucket.keys.filter((key) => key.startsWith('mesh/shard/'));
    const named = NAMESPACES.length * 3 + 3 * 3 + 2 * 15;
    expect(busy).toBeGreaterThan(500);
    // Five publications within the time of grace, five values each.
    expect(shards.length).toBeLessThan(named + 40);
  });

  it('is clean again after the counter of turns began anew', () => {
    const { bucket, clock, ports, cluster } = setUp();
    const publish = (from: number, to: number, ms: number) => {
      for (let round = from; round < to; round++) {
        churn(cluster, round);
        clock.advance(ms);
        runCollector(ports, cluster);
      }
    };
    publish(1, 300, 1000);
    ports.keyvalue.delete(TURN_KEY);
    publish(300, 310, 1000);
    publish(310, 400, 130_000);
    const seen = observe(ports);
    expect(seen.tag === 'world' && textOf(seen.world)).toBe(textOf(cluster.now));
    expect(bucket.keys.filter((key) => key.startsWith('mesh/shard/')).length).toBeLessThan(150);
  });

  it('stays bounded where every publication dies before its head, and is clean after one that does not', () => {
    const { bucket, clock, cluster } = setUp();
    let dying = false;
    const perform = (step: Step) => {
      if (dying && step.tag === 'set' && step.key === 'mesh/head') throw new Error('out of memory');
      return bucket.perform(step);
    };
    const ports = { keyvalue: clientOf(perform), clock, random: fixedRandom(0.5) };
    churn(cluster, 1);
    runCollector(ports, cluster);
    dying = true;
    const sizes: number[] = [];
    for (let round = 2; round < 200; round++) {
      churn(cluster, round);
      clock.advance(10_000);
      expect(() => runCollector(ports, cluster)).toThrow('out of memory');
      sizes.push(bucket.keys.length);
    }
    expect(Math.max(...sizes.slice(100))).toBeLessThanOrEqual(Math.max(...sizes.slice(50, 100)) * 1.1);
    dying = false;
    for (let round = 200; round < 204; round++) {
      churn(cluster, round);
      clock.advance(130_000);
      runCollector(ports, cluster);
    }
    const seen = observe(ports);
    expect(seen.tag === 'world' && textOf(seen.world)).toBe(textOf(cluster.now));
    expect(bucket.keys.filter((key) => key.startsWith('mesh/shard/')).length).toBeLessThan(150);
  });
});
