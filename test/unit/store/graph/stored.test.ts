import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_VALUE_BYTES, NAME_CLASSES, TURNS_AT_ONCE } from '../../../../src/store/graph/keys.ts';
import {
  cut,
  hashIn,
  isStored,
  join,
  joinRefs,
  keyOf,
  latestPlaceOf,
  listRefs,
  mayBeInUse,
  nameOf,
  pieceValue,
  placeIn,
  placeOf,
  refOf,
} from '../../../../src/store/graph/stored.ts';

const turn = fc.oneof(fc.nat(100_000_000), fc.nat(600));
const nth = fc.nat(60_000);

describe('a stored text', { timeout: 60_000 }, () => {
  it('comes back from the values of its pieces', () => {
    const large = fc
      .tuple(fc.constantFrom('a', '\u00e9', '\u20ac', '\u{1f600}'), fc.integer({ min: 0, max: MAX_VALUE_BYTES }), fc.string())
      .map(([unit, times, rest]) => unit.repeat(times) + rest);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), large), turn, (text, turn) => {
        const pieces = cut(text);
        const list = pieces.map((piece, place) => refOf(placeOf(turn, place), piece));
        const values = pieces.map(pieceValue);
        for (const value of values) expect(value.length).toBeLessThan(256 * 1024);
        expect(isStored(joinRefs(list), pieces)).toBe(true);
        expect(listRefs(joinRefs(list))).toEqual(list);
        if (list.length > 0) expect(join(list, values)).toBe(text);
        // One that is another, is missing, or is cut off.
        if (list.length > 0) {
          const [first = new Uint8Array(), ...others] = values;
          expect(join(list, [undefined, ...others])).toBeUndefined();
          expect(join(list, [first.slice(0, 10), ...others])).toBeUndefined();
          expect(join(list, [Uint8Array.from(first, (byte, place) => (place === 3 ? byte ^ 1 : byte)), ...others])).toBeUndefined();
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is not stored under the refs of another', () => {
    const refs = (text: string) => joinRefs(cut(text).map((piece, place) => refOf(placeOf(1, place), piece)));
    expect(isStored(refs('a'), cut('b'))).toBe(false);
    expect(isStored('', cut('b'))).toBe(false);
    expect(isStored(refs('a'), cut(''))).toBe(false);
    expect(isStored('', cut(''))).toBe(true);
    expect(isStored('nonsense', cut('a'))).toBe(false);
  });

  it('has refs whose keys every store takes, and no others', () => {
    fc.assert(
      fc.property(turn, nth, (turn, nth) => {
        const [piece] = cut('x');
        if (piece === undefined) throw new Error('no piece');
        const ref = refOf(placeOf(turn, nth), piece);
        expect(placeIn(ref)).toBe(placeOf(turn, nth));
        expect(hashIn(ref)).toBe(piece.hash);
        expect(keyOf(ref)).toMatch(/^mesh\/shard\/[0-9a-f]{2}-[0-9a-z]+$/);
      }),
    );
    for (const wrong of [
      'x',
      '1-1.0',
      '1-1.0123456789abcdeg',
      '../../a-1.0123456789abcdef',
      '1-1.0123456789abcdef,',
      'A-1.0123456789abcdef',
    ])
      expect(listRefs(wrong), wrong).toBeUndefined();
  });
});

describe('names', () => {
  it('come round, each place knows its own', () => {
    fc.assert(
      fc.property(turn, nth, fc.integer({ min: 1, max: 1000 }), (turn, nth, later) => {
        const name = nameOf(placeOf(turn, nth));
        expect(nameOf(placeOf(turn + NAME_CLASSES, nth))).toBe(name);
        if (later % NAME_CLASSES !== 0) expect(nameOf(placeOf(turn + later, nth))).not.toBe(name);
        const place = latestPlaceOf(name, turn + later);
        expect(nameOf(place)).toBe(name);
        const found = Number.parseInt(place, 36);
        expect(found).toBeGreaterThan(turn + later - NAME_CLASSES);
        // Where the counter has begun anew, names may be there whose turn is still to come.
        if (turn + later >= NAME_CLASSES) expect(found).toBeLessThanOrEqual(turn + later);
      }),
    );
  });

  it('are not deleted while a publication that is on its way may be about to use them', () => {
    for (let age = -NAME_CLASSES; age < 3 * NAME_CLASSES; age++) {
      const place = placeOf(10_000 - age, 5);
      // Turns that may be on their way now and have the same names; the place's own is over, unless it is still to come.
      const rivals = Array.from({ length: 2 * TURNS_AT_ONCE + 1 }, (_, place) => 10_000 - TURNS_AT_ONCE + place);
      const rival = rivals.some((turn) => (turn !== 10_000 - age || age < 0) && nameOf(placeOf(turn, 5)) === nameOf(place));
      expect(mayBeInUse(place, 10_000), String(age)).toBe(rival);
    }
  });
});
