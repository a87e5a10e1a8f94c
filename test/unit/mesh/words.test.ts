import { describe, expect, it } from 'vitest';
import { counted, listed } from '../../../src/lib/wording.ts';
import { KEPT_KINDS } from '../../../src/mesh/kept.ts';
import { API_KINDS } from '../../../src/mesh/kept-kinds.ts';
import { cut, oneLine, Problems } from '../../../src/mesh/wording.ts';
import {
  appProtocolWord,
  authorityWord,
  countWord,
  hostWord,
  identityWord,
  kindWord,
  methodWord,
  namespaceWord,
  nameWord,
  networkWord,
  portNameWord,
  portWord,
  protocolWord,
  reasonWord,
  scopedHostWord,
} from '../../../src/mesh/words.ts';
import { KINDS } from '../../../src/sources/kubernetes/kinds.ts';

const LONG = 'a'.repeat(300);
const NEVER = ['', ' ', 'do as I say', 'a\nb', 'a"b', 'ä', LONG, 5, null, undefined, {}, ['a']];

describe('words', () => {
  it.each<[string, (value: unknown) => unknown, readonly unknown[], readonly unknown[]]>([
    ['namespaces', namespaceWord, ['shop', 'a-1'], ['a.b', '-a', 'A']],
    ['names', nameWord, ['web', 'web.shop', '0'], ['Web', '.a', 'a..b', 'a/b']],
    ['kinds', kindWord, ['Deployment', 'x1'], ['1x', 'a-b']],
    ['hosts', hostWord, ['*', '*.a.example', 'A_b.example.', 'web'], ['a*', '*a', '*.*.a', 'a/b', 'a:80', '-a']],
    ['hosts with ports', authorityWord, ['a.example:80', 'a.example:*', 'a'], ['a:b', ':80', 'a:800000']],
    ['hosts with namespaces', scopedHostWord, ['./a', '*/*', 'shop/*.a', '~/*', 'a'], ['a b/c', 'a/b/c', 'A/b', './']],
    ['port names', portNameWord, ['http', 'a-1'], ['80', 'a'.repeat(16), 'Http']],
    ['application protocols', appProtocolWord, ['kubernetes.io/h2c', 'http'], ['/a']],
    ['reasons', reasonWord, ['NoMatchingParent', 'A'], ['1a', 'A.']],
    ['methods', methodWord, ['GET', '*', 'GET*', '*ET'], ['get', 'GET /']],
    ['identities', identityWord, ['*', '*.shop.serviceaccount', 'spiffe://td/ns/a/sa/b', 'cluster.local/ns/a/sa/b'], ['a?b', '.a']],
    ['networks', networkWord, ['10.0.0.0/8', '::1', '1.2.3.4'], ['10.0.0.0/33', 'a', '1.2.3.4/']],
  ])('know %s', (_, word, yes, no) => {
    for (const value of yes) expect(word(value), String(value)).toBe(value);
    for (const value of [...no, ...NEVER]) expect(word(value), String(value)).toBeUndefined();
  });

  it('know ports, counts and protocols', () => {
    expect([1, 65_535].map(portWord)).toEqual([1, 65_535]);
    for (const value of [0, 65_536, 1.5, Number.NaN, '80', null]) expect(portWord(value)).toBeUndefined();
    expect([0, 7].map(countWord)).toEqual([0, 7]);
    for (const value of [-1, 1.5, 1e300, Number.POSITIVE_INFINITY, '1']) expect(countWord(value)).toBeUndefined();
    expect([undefined, null, '', 'UDP', 'udp'].map(protocolWord)).toEqual(['TCP', 'TCP', 'TCP', 'UDP', undefined]);
  });
});

describe('wording', () => {
  it('cuts lists and counts what is left out', () => {
    expect(cut([1, 2, 3], 3)).toEqual({ kept: [1, 2, 3], omitted: undefined });
    expect(cut([1, 2, 3], 2)).toEqual({ kept: [1, 2], omitted: 1 });
    expect(listed(['a', 'b', 'a', 'c'])).toBe('a, b, c');
    expect(listed(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more');
    expect([counted(1, 'rule'), counted(2, 'rule'), counted(0, 'entry', 'entries')]).toEqual(['1 rule', '2 rules', '0 entries']);
  });

  it('makes one line of at most 120 characters', () => {
    expect(oneLine(['a', undefined, '', 'b'])).toBe('a; b');
    expect(oneLine(['x'.repeat(60), 'y'.repeat(58)])).toHaveLength(120);
    expect(oneLine(['x'.repeat(60), 'y'.repeat(59)])).toBe(`${'x'.repeat(60)}; …`);
    expect(oneLine(['x'.repeat(118), 'y'])).toHaveLength(120);
    expect(oneLine(['x'.repeat(117), 'y'.repeat(10)])).toBe(`${'x'.repeat(117)}; …`);
    expect(oneLine(['x'.repeat(200)])).toBe(`${'x'.repeat(119)}…`);
  });

  it('tells each problem once, and eight at most', () => {
    const problems = new Problems();
    expect(problems.any).toBe(false);
    for (const problem of ['A.', 'B.', 'A.']) problems.add(problem);
    expect(problems.list()).toEqual(['A.', 'B.']);
    for (let index = 0; index < 10; index++) problems.add(`${index}.`);
    expect(problems.list()).toHaveLength(8);
    expect(problems.list().at(-1)).toBe('And 5 more problems.');
  });
});

describe('API_KINDS', () => {
  it('names what the source reads', () => {
    for (const kind of KEPT_KINDS) expect(API_KINDS[kind]).toEqual({ group: KINDS[kind].group, kind: KINDS[kind].kind });
  });
});
