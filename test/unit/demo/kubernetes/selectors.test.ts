import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatch } from '../../../../src/demo/kubernetes/patch.ts';
import { RESOURCES } from '../../../../src/demo/kubernetes/resources.ts';
import { fieldTest, labelTest } from '../../../../src/demo/kubernetes/selectors.ts';
import { Refusal } from '../../../../src/demo/kubernetes/status.ts';
import { stored } from '../../../../src/demo/kubernetes/stored.ts';

const labelled = (labels: Record<string, string>) => stored({ metadata: { name: 'x', labels } });

describe('label selectors', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['', {}, true],
    ['a=b', { a: 'b' }, true],
    ['a=b', { a: 'c' }, false],
    ['a==b', { a: 'b' }, true],
    ['a!=b', {}, true],
    ['a!=b', { a: 'b' }, false],
    ['a=', { a: '' }, true],
    ['a', { a: '' }, true],
    ['a', {}, false],
    ['!a', {}, true],
    ['! a', { a: 'b' }, false],
    ['a in (b, c)', { a: 'c' }, true],
    ['a in (b,c)', {}, false],
    ['a notin (b,c)', {}, true],
    ['a notin (b,c)', { a: 'b' }, false],
    ['a>5', { a: '6' }, true],
    ['a>5', { a: '5' }, false],
    ['a<5', {}, false],
    ['x.io/a=b,c in (d,e),!f', { 'x.io/a': 'b', c: 'e' }, true],
    ['constructor', {}, false],
  ])('%s of %o: %s', (selector, labels, expected) => {
    expect(labelTest(selector)(labelled(labels))).toBe(expected);
  });

  it('are refused with a Status, never with another error', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('a', '=', '!', ',', '(', ')', ' ', 'in', 'notin', '<') })),
        (text) => {
          try {
            labelTest(text)(labelled({ a: 'a' }));
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal);
          }
        },
      ),
    );
  });
});

describe('field selectors', () => {
  it('compare what the API server knows of a kind', () => {
    const pod = stored({ metadata: { name: 'x', namespace: 'n' }, status: { phase: 'Running' }, spec: { nodeName: 'node-1' } });
    const test = (text: string) => fieldTest(text, RESOURCES.pods)(pod);
    expect(test('')).toBe(true);
    expect(test('metadata.name=x,metadata.namespace==n,status.phase!=Failed,spec.nodeName=node-1')).toBe(true);
    expect(test('metadata.name!=x')).toBe(false);
    expect(() => fieldTest('nonsense', RESOURCES.pods)).toThrow("invalid selector: 'nonsense'; can't understand 'nonsense'");
    expect(() => fieldTest('spec.port=1', RESOURCES.pods)).toThrow('field label not supported: spec.port');
  });
});

describe('merge patches', () => {
  // The examples of RFC 7386, appendix A.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('%s with %s is %s', (target, patch, result) => {
    expect(mergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result));
  });

  it('make no prototypes of what comes from outside', () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
