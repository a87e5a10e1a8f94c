import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { collectGarbage, encodeRetired, retiredKey, sweep } from '../../../../src/store/graph/garbage.ts';
import { GRACE_MS, NAME_CLASSES } from '../../../../src/store/graph/keys.ts';
import { nameOf, placeOf, shardKey } from '../../../../src/store/graph/stored.ts';

const NOW = 1_795_255_200_000;
const TURN = 10_000;

function storeWith(places: readonly string[], records: readonly (readonly [turn: number, at: number, places: readonly string[]])[] = []) {
  const keyvalue = memoryKeyValue();
  for (const place of places) keyvalue.set(shardKey(place), Uint8Array.of(1));
  for (const [turn, at, retired] of records) keyvalue.set(retiredKey(turn), encodeRetired({ turn, at, places: retired }));
  return keyvalue;
}

describe('sweep', () => {
  it('finds what neither the head nor a record names, and deletes nothing', () => {
    const [named, recorded, orphan] = [placeOf(TURN - 1, 0), placeOf(TURN - 2, 1), placeOf(TURN - 3, 2)];
    const keyvalue = storeWith([named, recorded, orphan], [[TURN - 1, NOW, [recorded]]]);
    keyvalue.set('other/key', Uint8Array.of(1));
    const before = keyvalue.keys();
    expect(sweep(keyvalue, new Set([nameOf(named)]), TURN - 5, TURN, 16)).toEqual([orphan]);
    expect(keyvalue.keys()).toEqual(before);
  });

  it('does not believe a record of another turn in the same place', () => {
    const orphan = placeOf(TURN - 3, 2);
    const keyvalue = storeWith([orphan], [[TURN - 1 - 256, NOW, [orphan]]]);
    expect(sweep(keyvalue, new Set(), TURN - 5, TURN, 16)).toEqual([orphan]);
  });

  it('deletes deltas of a ring that was larger', () => {
    const keyvalue = storeWith([]);
    for (const slot of ['0', 'f', 'g', 'zz']) keyvalue.set(`mesh/delta/${slot}`, Uint8Array.of(1));
    sweep(keyvalue, new Set(), TURN, TURN, 16);
    expect([...keyvalue.keys()].sort()).toEqual(['mesh/delta/0', 'mesh/delta/f']);
  });
});

describe('collectGarbage', () => {
  const old = NOW - GRACE_MS - 1;

  it('deletes what is due up to the first record that is not, and says where to go on', () => {
    const places = [1, 2, 3, 4].map((back) => placeOf(TURN - 10, back));
    const [first = '', second = '', third = '', fourth = ''] = places;
    const keyvalue = storeWith(places, [
      [TURN - 9, old, [first]],
      [TURN - 7, old, [second]],
      [TURN - 6, NOW - 1000, [third]],
      [TURN - 5, old, [fourth]],
    ]);
    expect(collectGarbage(keyvalue, NOW, new Set(), TURN - 20, TURN)).toEqual({ retiredFrom: TURN - 6, postponed: [] });
    expect(places.map((place) => keyvalue.exists(shardKey(place)))).toEqual([false, false, true, true]);
    expect([TURN - 9, TURN - 7, TURN - 6, TURN - 5].map((turn) => keyvalue.exists(retiredKey(turn)))).toEqual([false, false, true, true]);
    expect(collectGarbage(keyvalue, NOW + GRACE_MS, new Set(), TURN - 6, TURN)).toEqual({ retiredFrom: TURN, postponed: [] });
    expect(keyvalue.keys()).toEqual([]);
  });

  it('stops at the first that is not due, however many come after it', () => {
    const [waiting, later] = [placeOf(TURN - 60, 0), placeOf(TURN - 60, 1)];
    const keyvalue = storeWith(
      [waiting, later],
      [
        [TURN - 50, NOW, [waiting]],
        [TURN - 10, old, [later]],
      ],
    );
    expect(collectGarbage(keyvalue, NOW, new Set(), TURN - 55, TURN)).toEqual({ retiredFrom: TURN - 50, postponed: [] });
    expect(keyvalue.exists(shardKey(later))).toBe(true);
  });

  it('spares what is named again', () => {
    const place = placeOf(TURN - 10, 1);
    const keyvalue = storeWith([place], [[TURN - 9, old, [place]]]);
    collectGarbage(keyvalue, NOW, new Set([nameOf(place)]), TURN - 20, TURN);
    expect(keyvalue.keys()).toEqual([shardKey(place)]);
  });

  it('postpones names that a publication on its way may be about to use, and keeps their record', () => {
    const [risky, safe] = [placeOf(TURN + 3 - NAME_CLASSES, 1), placeOf(TURN - 128, 1)];
    const keyvalue = storeWith([risky, safe], [[TURN - 9, old, [risky, safe]]]);
    expect(collectGarbage(keyvalue, NOW, new Set(), TURN - 20, TURN)).toEqual({ retiredFrom: TURN, postponed: [risky] });
    expect([...keyvalue.keys()].sort()).toEqual([retiredKey(TURN - 9), shardKey(risky)].sort());
  });

  it('does not wait for a time that cannot be', () => {
    const place = placeOf(TURN - 10, 1);
    const keyvalue = storeWith([place], [[TURN - 9, NOW + 365 * 86_400_000, [place]]]);
    expect(collectGarbage(keyvalue, NOW, new Set(), TURN - 20, TURN)).toEqual({ retiredFrom: TURN, postponed: [] });
    expect(keyvalue.keys()).toEqual([]);
  });

  it('goes through any number of attempts that left no record', () => {
    const place = placeOf(TURN - 10, 1);
    const keyvalue = storeWith([place], [[TURN - 9, old, [place]]]);
    expect(collectGarbage(keyvalue, NOW, new Set(), 0, TURN)).toEqual({ retiredFrom: TURN, postponed: [] });
    expect(keyvalue.keys()).toEqual([]);
    expect(collectGarbage(keyvalue, NOW, new Set(), TURN, TURN)).toEqual({ retiredFrom: TURN, postponed: [] });
  });
});
