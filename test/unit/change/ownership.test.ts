import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appliedConfig, keptByOthers, mergeConfigs, restoringConfig } from '../../../src/change/ownership.ts';
import { isObject, type Json, type JsonObject } from '../../../src/lib/json.ts';

const managed = (fieldsV1: JsonObject, manager = 'mesh-mcp', more: JsonObject = {}): JsonObject => ({
  manager,
  operation: 'Apply',
  fieldsV1,
  ...more,
});

const live = (...managedFields: readonly JsonObject[]): JsonObject => ({
  metadata: { name: 'a', labels: { mine: '1', theirs: '2' }, managedFields },
  spec: { rules: [{ weight: 1 }], hostnames: ['a'], mtls: { mode: 'STRICT', other: 1 } },
});

describe('what this server applied', () => {
  it('is read from the managed fields, lists as a whole', () => {
    const fields = { 'f:metadata': { 'f:labels': { 'f:mine': {} } }, 'f:spec': { 'f:rules': {}, 'f:mtls': { 'f:mode': {} } } };
    expect(appliedConfig(live(managed({ 'f:spec': { 'f:hostnames': {} } }, 'kubectl'), managed(fields)))).toEqual({
      metadata: { labels: { mine: '1' } },
      spec: { rules: [{ weight: 1 }], mtls: { mode: 'STRICT' } },
    });
  });

  it('is nothing where it applied nothing, or only updated or wrote a status', () => {
    expect(appliedConfig(live())).toEqual({});
    expect(appliedConfig(live(managed({ 'f:spec': {} }, 'mesh-mcp', { operation: 'Update' })))).toEqual({});
    expect(appliedConfig(live(managed({ 'f:status': {} }, 'mesh-mcp', { subresource: 'status' })))).toEqual({});
  });
});

describe('what others own', () => {
  it('and a configuration leaves out is named, with who owns it', () => {
    const object = live(
      managed({ 'f:spec': { 'f:rules': {}, 'f:hostnames': {}, 'f:mtls': { 'f:other': {} } } }, 'kubectl'),
      managed({ 'f:spec': {} }),
    );
    expect(keptByOthers(object, { spec: { hostnames: [], mtls: { mode: 'X' } } })).toEqual([
      { path: 'spec.rules', manager: 'kubectl' },
      { path: 'spec.mtls.other', manager: 'kubectl' },
    ]);
    expect(keptByOthers(object, {})).toEqual([{ path: 'spec', manager: 'kubectl' }]);
  });

  it('passes no name that is in no alphabet', () => {
    expect(keptByOthers(live(managed({ 'f:spec': { 'f:rules': {} } }, 'a "manager"')), { spec: {} })).toEqual([
      { path: 'spec.rules', manager: 'another manager' },
    ]);
  });
});

const member = fc.constantFrom('a', 'b', 'c', 'd');
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.integer(),
    fc.array(fc.integer(), { maxLength: 3 }),
    fc.dictionary(member, tie('any'), { minKeys: 1, maxKeys: 3 }),
  ),
})).any as fc.Arbitrary<Json>; // What it makes is JSON.
const config = fc.dictionary(member, value, { maxKeys: 4 }) as fc.Arbitrary<JsonObject>;

describe('restoring', () => {
  it('repeats what was applied, and sets back what differs', () => {
    const before: JsonObject = { spec: { mine: 1, theirs: 2, changed: 3, list: [1] } };
    const now: JsonObject = { spec: { mine: 1, theirs: 2, changed: 4, list: [1, 2], added: 5 } };
    expect(restoringConfig(before, { spec: { mine: 1 } }, now)).toEqual({ spec: { mine: 1, changed: 3, list: [1] } });
  });

  it('leaves alone what has not changed, and misses nothing that has', () => {
    fc.assert(
      fc.property(config, config, (before, now) => {
        const restoring = restoringConfig({ spec: before }, {}, { spec: now });
        // What is there now with the configuration over it has everything that was there before.
        expect(contains(mergeConfigs({ spec: now }, restoring), { spec: before })).toBe(true);
        expect(contains({ spec: before }, restoring)).toBe(true);
        expect(restoringConfig({ spec: before }, {}, { spec: structuredClone(before) })).toEqual({});
      }),
    );
  });
});

/** Whether a value has all members of another, at every depth; whatever is no object must be equal. */
function contains(whole: Json | undefined, part: Json | undefined): boolean {
  if (!isObject(part)) return JSON.stringify(whole) === JSON.stringify(part);
  return (
    isObject(whole) && Object.entries(part).every(([name, value]) => contains(whole[name] as Json | undefined, value as Json | undefined))
  );
}
