import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fitting, fitAnswer } from '../../../../../src/mcp/tools/petstore/fit.ts';
import { ANSWER_SCHEMAS, type Answer, type Reading } from '../../../../../src/petstore/answer.ts';
import { MAX_ANSWER_BYTES } from '../../../../../src/petstore/client.ts';
import type { WirePet } from '../../../../../src/petstore/schemas.ts';
import { answered, jsonAnswer, worldOf } from '../../../../support/petstore.ts';

const reading = (answer: Answer, extra: Partial<Reading> = {}): Reading => ({
  tag: 'answer',
  answer,
  partial: false,
  inexact: false,
  ...extra,
});
const petsOf = (pets: readonly WirePet[]): Reading => reading({ kind: 'pets', data: { pets } });
const fitting = (budget: number, skip = 0): Fitting => ({ budget, skip, doneText: 'Done.' });
const numbered = (count: number): readonly WirePet[] =>
  Array.from({ length: count }, (_, id) => ({ id, name: `pet ${id}`, photoUrls: [], tags: [] }));
const sizeOf = (answer: { readonly text: string; readonly structured: unknown }) =>
  answer.text.length + JSON.stringify(answer.structured).length;

/** The least that the option MAX_ANSWER_CHARACTERS allows. */
const LEAST_BUDGET = 2_000;

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.nat(4_000).map((length) => '\u0001"\ud83d\ude00'.repeat(length)),
);
const anyPet = fc.record(
  {
    id: fc.maxSafeInteger(),
    name: anyText,
    category: fc.record({ id: fc.maxSafeInteger(), name: anyText }),
    photoUrls: fc.array(anyText, { maxLength: 60 }),
    tags: fc.array(fc.record({ id: fc.maxSafeInteger(), name: anyText }), { maxLength: 60 }),
    status: anyText,
  },
  { requiredKeys: [] },
);
const anyUser = fc.record(
  {
    id: fc.maxSafeInteger(),
    username: anyText,
    firstName: anyText,
    lastName: anyText,
    email: anyText,
    phone: anyText,
    userStatus: fc.nat(),
  },
  { requiredKeys: [] },
);
const anyAnswer: fc.Arbitrary<Answer> = fc.oneof(
  anyPet.map((data) => ({ kind: 'pet' as const, data })),
  fc.array(anyPet, { maxLength: 8 }).map((pets) => ({ kind: 'pets' as const, data: { pets } })),
  anyUser.map((data) => ({ kind: 'user' as const, data })),
  fc.array(anyUser, { maxLength: 8 }).map((users) => ({ kind: 'users' as const, data: { users } })),
  fc
    .dictionary(fc.string({ maxLength: 100 }), fc.maxSafeInteger(), { maxKeys: 60 })
    .map((inventory) => ({ kind: 'inventory' as const, data: { inventory } })),
  fc.record({ message: anyText, pet: anyPet }).map((data) => ({ kind: 'upload' as const, data })),
  anyText.map((message) => ({ kind: 'session' as const, data: { message } })),
);

describe('fitAnswer', () => {
  it('leaves alone what fits', () => {
    const fitted = fitAnswer(petsOf(numbered(3)), fitting(LEAST_BUDGET));
    expect(fitted.structured).toEqual({ pets: numbered(3), total: 3, truncated: false });
    expect(fitted.text).toMatch(/^3 pets\.\n/);
  });

  it('cuts a list after a whole item, as late as it fits, and says how to go on', () => {
    const budget = 5_000;
    const fitted = fitAnswer(petsOf(numbered(500)), fitting(budget));
    const { nextCursor } = fitted.structured;
    const shown = Number(nextCursor);
    expect(fitted.structured).toMatchObject({
      pets: numbered(shown),
      total: 500,
      truncated: true,
      note: expect.stringContaining(`cursor "${shown}"`),
    });
    expect(fitted.text).toMatch(new RegExp(`^Pets 1 to ${shown} of 500\\.`));
    expect(fitted.text).toContain(`cursor "${shown}"`);
    expect(sizeOf(fitted)).toBeLessThanOrEqual(budget);
    // One pet more would not have fitted: it takes at least its row and its JSON.
    expect(sizeOf(fitted) + 100).toBeGreaterThan(budget);
  });

  it('shows every pet exactly once to whoever follows the cursor', () => {
    fc.assert(
      fc.property(fc.array(anyPet, { maxLength: 12 }), fc.integer({ min: LEAST_BUDGET, max: 8_000 }), (pets, budget) => {
        let skip = 0;
        let seen = 0;
        for (let calls = 0; calls <= pets.length; calls++) {
          const { structured } = fitAnswer(petsOf(pets), fitting(budget, skip));
          const page = ANSWER_SCHEMAS.pets.parse(structured).pets;
          expect(page.map(({ id }) => id)).toEqual(pets.slice(seen, seen + page.length).map(({ id }) => id));
          seen += page.length;
          const { nextCursor, truncated } = structured;
          expect(truncated).toBe(nextCursor !== undefined);
          if (nextCursor === undefined) break;
          skip = Number(nextCursor);
          expect(skip).toBe(seen);
        }
        expect(seen).toBe(pets.length);
      }),
    );
  });

  it('shows nothing more beyond the end', () => {
    const fitted = fitAnswer(petsOf(numbered(3)), fitting(LEAST_BUDGET, 9));
    expect(fitted).toEqual({ text: 'No more pets.', structured: { pets: [], total: 3, truncated: false } });
  });

  it('shortens the one item that does not fit by itself, and goes on after it', () => {
    const giant = { id: 0, name: 'x'.repeat(5_000), photoUrls: Array.from({ length: 900 }, () => 'url') };
    const fitted = fitAnswer(petsOf([giant, ...numbered(2)]), fitting(LEAST_BUDGET));
    expect(fitted.structured).toMatchObject({ total: 3, truncated: true, nextCursor: '1', note: expect.stringContaining('shortened') });
    const [shown] = ANSWER_SCHEMAS.pets.parse(fitted.structured).pets;
    expect(shown).toMatchObject({ id: 0, name: expect.stringMatching(/^x+…$/) });
    expect(shown?.photoUrls?.length).toBeLessThan(900);
  });

  it('never cuts a character in two', () => {
    for (const lead of ['', 'x', 'xx', 'xxx']) {
      const name = `${lead}${'😀'.repeat(3_000)}`;
      const { text, structured } = fitAnswer(reading({ kind: 'pet', data: { name } }), fitting(LEAST_BUDGET));
      expect(`${text}${JSON.stringify(structured)}`).toContain('😀…');
      expect(text.isWellFormed()).toBe(true);
    }
  });

  it('cuts lists that cannot be asked for in parts, and says so', () => {
    const inventory = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`status ${index}`, index]));
    const fitted = fitAnswer(reading({ kind: 'inventory', data: { inventory } }), fitting(LEAST_BUDGET));
    expect(fitted.structured).toMatchObject({ note: expect.stringContaining('not all') });
    expect(fitted.text).toMatch(/^Statuses 1 to \d+ of 300\./);
    expect(Object.keys(fitted.structured).sort()).toEqual(['inventory', 'note']);
  });

  it('notes what was lost before it came here', () => {
    const partial = fitAnswer({ ...petsOf(numbered(2)), partial: true }, fitting(LEAST_BUDGET));
    expect(partial.structured).toMatchObject({ truncated: true, note: expect.stringContaining('fewer tags') });
    expect(partial.structured).not.toHaveProperty('total');
    expect(partial.text).toMatch(/^Pets 1 to 2\.\n/);
    const inexact = fitAnswer(reading({ kind: 'pet', data: { name: 'a' } }, { inexact: true }), fitting(LEAST_BUDGET));
    expect(inexact.structured).toMatchObject({ name: 'a', note: expect.stringContaining('too large') });
  });

  it('fits any answer into any budget that the options allow, and keeps its shape', () => {
    fc.assert(
      fc.property(
        anyAnswer,
        fc.integer({ min: LEAST_BUDGET, max: 50_000 }),
        fc.boolean(),
        fc.boolean(),
        (answer, budget, partial, inexact) => {
          const fitted = fitAnswer({ tag: 'answer', answer, partial, inexact }, fitting(budget));
          expect(sizeOf(fitted)).toBeLessThanOrEqual(budget);
          const shape = ANSWER_SCHEMAS[answer.kind].safeParse(fitted.structured);
          expect(shape.success).toBe(true);
          expect(fitted.text.isWellFormed()).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a long answer of the Petstore', () => {
  it('is cut by the option, and the rest is had with the cursor', () => {
    const pets = numbered(400);
    const world = worldOf(() => jsonAnswer(pets), { MAX_ANSWER_CHARACTERS: '6000' });
    const first = world.run('get_pet_find_by_status', { status: 'sold' });
    expect(sizeOf(first)).toBeLessThanOrEqual(6_000);
    const { nextCursor } = first.structured;
    const cursor = String(nextCursor);
    const second = world.run('get_pet_find_by_status', { status: 'sold', cursor });
    expect(ANSWER_SCHEMAS.pets.parse(second.structured).pets[0]).toMatchObject({ id: Number(cursor) });
    expect(world.http.requests[1]?.url).toBe(world.http.requests[0]?.url);
  });

  it('beyond what is read ends after its last whole pet', () => {
    const body = JSON.stringify(numbered(60_000));
    expect(body.length).toBeGreaterThan(MAX_ANSWER_BYTES);
    const { structured } = worldOf(() => answered(200, body)).run('get_pet_find_by_status');
    expect(structured).toMatchObject({
      truncated: true,
      nextCursor: expect.any(String),
      note: expect.stringContaining('more than this server reads'),
    });
  });
});
