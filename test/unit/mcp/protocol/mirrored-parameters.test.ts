import { describe, expect, it } from 'vitest';
import { mirroredParameters } from '../../../../src/mcp/protocol/mirrored-parameters.ts';

const marked = (name: unknown, type = 'string') => ({ type, 'x-mcp-header': name }) as never;

describe('mirroredParameters', () => {
  it('finds marks at any depth of properties', () => {
    const schema = {
      properties: { region: marked('Region'), deep: { type: 'object', properties: { level: marked('Level', 'integer') } } },
    };
    expect(mirroredParameters(schema)).toEqual([
      { path: ['region'], headerName: 'Region' },
      { path: ['deep', 'level'], headerName: 'Level' },
    ]);
  });

  it('takes a parameter that happens to be called like the mark', () => {
    expect(mirroredParameters({ properties: { 'x-mcp-header': { type: 'string' } } })).toEqual([]);
  });

  it.each([
    ['no token', { properties: { a: marked('two words') } }],
    ['empty', { properties: { a: marked('') } }],
    ['no text', { properties: { a: marked(5) } }],
    ['of another type', { properties: { a: marked('A', 'number') } }],
    ['twice, but for the case', { properties: { a: marked('Name'), b: marked('name') } }],
    ['below items', { properties: { a: { type: 'array', items: marked('A') } } }],
    ['below a composition', { anyOf: [{ properties: { a: marked('A') } }] }],
    ['at the root', marked('Root')],
  ])('refuses a mark that is %s', (_what, schema) => {
    expect(() => mirroredParameters(schema)).toThrow();
  });
});
