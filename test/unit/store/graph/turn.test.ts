import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { MeshError } from '../../../../src/lib/errors.ts';
import { generationOf, takeTurn } from '../../../../src/store/graph/turn.ts';

describe('takeTurn', () => {
  it('goes on where an increment met another, and gives up where the store is gone', () => {
    const keyvalue = memoryKeyValue();
    let conflicts = 5;
    const busy = {
      ...keyvalue,
      increment: (key: string, delta: number) => {
        if (conflicts-- > 0) throw new MeshError('unavailable', 'wrong last sequence');
        return keyvalue.increment(key, delta);
      },
    };
    expect(takeTurn(busy)).toBe(1);
    expect(takeTurn(busy)).toBe(2);
    conflicts = Number.POSITIVE_INFINITY;
    expect(() => takeTurn(busy)).toThrow('wrong last sequence');
  });
});

describe('generationOf', () => {
  const time = fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 });
  const turn = fc.integer({ min: 1, max: 10_000_000 });

  it('is more than the one before, and no less than the time', () => {
    fc.assert(
      fc.property(turn, fc.integer({ min: 0, max: 1_900_000_000 }), time, (turn, previous, now) => {
        const generation = generationOf(turn, previous, now);
        expect(generation).toBeGreaterThan(previous);
        expect(generation).toBeGreaterThanOrEqual(Math.floor(now / 1000));
        expect(generation).toBeLessThan(Math.max(previous + 1, Math.floor(now / 1000)) + 8);
      }),
    );
  });

  it('is another for each of several that are on their way at once, whatever they know and whatever their clocks say', () => {
    const known = fc.record({
      previous: fc.option(fc.integer({ min: 1_794_999_900, max: 1_795_000_100 }), { nil: undefined }),
      ahead: fc.integer({ min: -60_000, max: 60_000 }),
    });
    fc.assert(
      fc.property(turn, fc.array(known, { minLength: 2, maxLength: 8 }), (turn, several) => {
        const generations = several.map(({ previous, ahead }, place) => generationOf(turn + place, previous, 1_795_000_000_000 + ahead));
        expect(new Set(generations).size).toBe(several.length);
      }),
    );
  });

  it('does not run backwards over a store that was wiped, though the next writer’s clock is a minute behind', () => {
    fc.assert(
      fc.property(
        time,
        fc.array(fc.integer({ min: 1000, max: 60_000 }), { maxLength: 20 }),
        turn,
        fc.integer({ min: -60_000, max: 0 }),
        (start, pauses, turn, behind) => {
          // Began long ago, so its generations go with the time.
          let now = start;
          let generation = Math.floor(start / 1000);
          for (const [place, pause] of pauses.entries()) {
            now += pause;
            generation = generationOf(turn + place, generation, now);
          }
          expect(generationOf(1, undefined, now + behind)).toBeGreaterThan(generation - 8);
          expect(generationOf(1, undefined, now + 8000 + behind)).toBeGreaterThan(generation);
        },
      ),
    );
  });
});
