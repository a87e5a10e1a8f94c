import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Re2 } from '../../../src/lib/re2.ts';

/** Whether the pattern matches the text as a whole; undefined where it is not read. */
function matches(pattern: string, text: string): boolean | undefined {
  return Re2.compile(pattern)?.matches(text);
}

describe('Re2', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'ab', false],
    ['a', 'ba', false],
    ['', '', true],
    ['.*(Android|iPhone).*', 'Mozilla/5.0 (iPhone; CPU)', true],
    ['.*(Android|iPhone).*', 'Mozilla/5.0 (X11; Linux)', false],
    ['Android|iPhone', 'Android 14', false],
    ['/v[0-9]+/users/[^/]+', '/v12/users/anna', true],
    ['/v[0-9]+/users/[^/]+', '/v12/users/anna/pets', false],
    ['^abc$', 'abc', true],
    ['a{2,3}', 'aa', true],
    ['a{2,3}', 'aaaa', false],
    ['a{2}', 'aaa', false],
    ['a{2,}', 'aaaaa', true],
    ['a{,2}', 'a{,2}', true],
    ['a{x', 'a{x', true],
    ['(?i)green', 'GREEN', true],
    ['(?i)[a-c]+', 'AbC', true],
    ['(?i)k', '\u212a', true],
    ['green', 'GREEN', false],
    ['(?:ab)+?', 'ababab', true],
    ['(?P<stage>green)', 'green', true],
    ['\\d\\w\\s', '1a ', true],
    ['\\D\\W\\S', 'a-b', true],
    ['\\s', '\u00a0', false],
    ['\\s', '\v', false],
    ['\\.', '.', true],
    ['\\.', 'x', false],
    ['\\x41\\x{42}', 'AB', true],
    ['[[:alpha:]]+', 'abC', true],
    ['[[:alpha:]]+', 'ab1', false],
    ['[[:word:]]+', 'a_1', true],
    ['[]a]+', ']a', true],
    ['[^]a]+', ']', false],
    ['[a-]+', 'a-a', true],
    ['[\\d-]+', '1-2', true],
    ['[\\D]', '1', false],
    ['.', '\n', false],
    ['.', '\u2028', true],
    ['(?s).', '\n', true],
    ['.', '😀', true],
    ['\\bab\\b', 'ab', true],
    ['a\\Bb', 'ab', true],
    ['a\\bb', 'ab', false],
    ['\\Aa\\z', 'a', true],
    ['a$b', 'a$b', false],
    ['(a*)*', 'aaaa', true],
    ['(a|b*)*c', 'abbac', true],
    ['a||b', '', true],
  ])('%j on %j: %j', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each([
    '*',
    '+a',
    'a**',
    'a+*',
    '(a',
    'a)',
    '[a',
    '[]',
    '[b-a]',
    '[[:nope:]]',
    '(?=a)',
    '(?<!a)b',
    '(a)\\1',
    '\\p{L}',
    '\\Qa\\E',
    '\\C',
    '\\y',
    '\\',
    '\\x{110000}',
    'a{1001}',
    'a{3,2}',
    '(?m)a',
    'a(?i)b',
    '(?i)ä',
    '(?',
    'a'.repeat(1025),
    `${'('.repeat(60)}a${')'.repeat(60)}`,
    '((a{100}){100}){100}',
    '(((a*){1000}){1000})',
  ])('does not read %j', (pattern) => {
    expect(Re2.compile(pattern)).toBeUndefined();
  });

  it('takes linear time where a backtracking engine would not end', () => {
    expect(matches('(a+)+b', 'a'.repeat(5000))).toBe(false);
    expect(matches('(a|a)*b', 'a'.repeat(5000))).toBe(false);
  });

  it('does not try what would take too many steps', () => {
    expect(matches('a{900}.*', 'a'.repeat(100_000))).toBeUndefined();
  });

  it('agrees with the host on what both read alike', () => {
    const atom = fc.constantFrom('a', 'b', 'c', '[ab]', '[^a]', '(?:a|bc)', '(b|)', '\\d', '\\w', 'x');
    const piece = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,2}')).map(([a, b]) => a + b);
    const pattern = fc.array(fc.oneof(piece, fc.constant('|')), { maxLength: 6 }).map((pieces) => pieces.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'x', '1'), { maxLength: 8 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(pattern, text, (each, subject) => {
        expect(matches(each, subject)).toBe(new RegExp(`^(?:${each})$`).test(subject));
      }),
    );
  });

  it.each([
    ['a|ab', 'ab', false],
    ['ab|a', 'ab', true],
    ['/api|/api/v1', '/api/v1', false],
    ['/api(?:/v1)?', '/api/v1', true],
    ['a?(?:ab)?', 'ab', false],
    ['a*?', 'aa', false],
    ['a*?$', 'aa', true],
    ['', '', true],
    ['a', '', false],
    ['b', 'ab', false],
  ])('finds %s first in %s as a whole: %s', (pattern, text, whole) => {
    expect(Re2.compile(pattern)?.finds(text)).toBe(whole);
  });

  it('finds first what the host does', () => {
    const atom = fc.constantFrom('a', 'b', '[ab]', '(?:a|ab)', '(?:a|bc)', '\\w', 'x');
    const piece = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,2}', '*?', '+?', '??')).map(([a, b]) => a + b);
    const pattern = fc.array(fc.oneof(piece, fc.constant('|')), { maxLength: 6 }).map((pieces) => pieces.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'x'), { maxLength: 8 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(pattern, text, (each, subject) => {
        const [found] = new RegExp(each, 'y').exec(subject) ?? [];
        expect(Re2.compile(each)?.finds(subject)).toBe(found === subject);
      }),
    );
  });

  it('never throws', () => {
    const pattern = fc.array(fc.constantFrom('a', '(', ')', '[', ']', '{', '}', '1', ',', '*', '?', '\\', '^', '-', ':', '|', '😀'), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(pattern, fc.string(), (pieces, text) => {
        expect([true, false, undefined]).toContain(matches(pieces.join(''), text));
      }),
      { numRuns: 500 },
    );
  });
});
