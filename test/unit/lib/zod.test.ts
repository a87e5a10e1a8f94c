import { describe, expect, it } from 'vitest';
import { described, limitedList, limitedText, z } from '../../../src/lib/zod.ts';

const json = (schema: z.ZodMiniType) => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema);
  return rest;
};

/** The messages of a refusal; none where the value passes. */
const messages = (schema: z.ZodMiniType, value: unknown) => z.safeParse(schema, value).error?.issues.map((issue) => issue.message) ?? [];

describe('described', () => {
  it('puts the description into the JSON Schema', () => {
    expect(json(described(z.boolean(), 'Whether it is so'))).toEqual({ type: 'boolean', description: 'Whether it is so' });
  });

  it('leaves the schema that it is given as it was, so that two can describe it', () => {
    const shared = limitedText({ max: 5 });
    const schema = z.object({ a: described(shared, 'one'), b: described(shared, 'other'), c: shared });
    expect(json(schema)).toMatchObject({
      properties: {
        a: { type: 'string', maxLength: 5, description: 'one' },
        b: { type: 'string', maxLength: 5, description: 'other' },
        c: { type: 'string', maxLength: 5 },
      },
    });
    expect(json(shared)).toEqual({ type: 'string', maxLength: 5 });
  });

  it('keeps what else is registered of it, and its checks', () => {
    const even = z.number().check(z.refine((value) => value % 2 === 0, 'odd'));
    const schema = described(even.register(z.globalRegistry, { type: 'integer' }), 'An even number');
    expect(json(schema)).toEqual({ type: 'integer', description: 'An even number' });
    expect(messages(schema, 3)).toEqual(['odd']);
    expect(messages(schema, 4)).toEqual([]);
  });

  it('replaces an earlier description', () => {
    expect(json(described(described(z.string(), 'first'), 'second'))).toEqual({ type: 'string', description: 'second' });
  });

  it('keeps an object’s members and a default', () => {
    const schema = described(z.strictObject({ n: described(z._default(z.int(), 3), 'count') }), 'whole');
    expect(z.safeParse(schema, {}).data).toEqual({ n: 3 });
    expect(messages(schema, { m: 1 })).toEqual(['Unrecognized key: "m"']);
  });
});

describe('limits', () => {
  it('of a text hold on both sides and stand in the JSON Schema', () => {
    const schema = limitedText({ min: 1, max: 3 });
    expect(messages(schema, '')).toEqual(['Too small: expected string to have >=1 characters']);
    expect(messages(schema, 'abc')).toEqual([]);
    expect(messages(schema, 'abcd')).toEqual(['Too big: expected string to have <=3 characters']);
    expect(json(schema)).toEqual({ type: 'string', minLength: 1, maxLength: 3 });
    expect(messages(limitedText({ max: 3 }), '')).toEqual([]);
  });

  it('of a list hold on both sides and stand in the JSON Schema', () => {
    const schema = limitedList(z.boolean(), { min: 1, max: 2 });
    expect(messages(schema, [])).toEqual(['Too small: expected array to have >=1 items']);
    expect(messages(schema, [true, false])).toEqual([]);
    expect(messages(schema, [true, false, true])).toEqual(['Too big: expected array to have <=2 items']);
    expect(json(schema)).toEqual({ type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 2 });
    expect(messages(limitedList(z.boolean(), { max: 2 }), [])).toEqual([]);
  });
});

describe('messages', () => {
  it('are English sentences, not the bare "Invalid input" of zod/mini without a language', () => {
    expect(messages(z.string(), 1)).toEqual(['Invalid input: expected string, received number']);
    expect(messages(z.enum(['a', 'b']), 'c')).toEqual(['Invalid option: expected one of "a"|"b"']);
  });
});
