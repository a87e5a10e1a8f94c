import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHttpUrl, pathSegment, percentEncode, queryString } from '../../../src/lib/url.ts';

describe('percentEncode', () => {
  it('leaves only unreserved characters', () => {
    expect(percentEncode("aZ09-._~ /?#[]@!$&'()*+,;=%é€😀\n")).toBe(
      'aZ09-._~%20%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%25%C3%A9%E2%82%AC%F0%9F%98%80%0A',
    );
  });

  it('is undone by decodeURIComponent, and is plain ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const encoded = percentEncode(text);
        expect(encoded).toMatch(/^[A-Za-z0-9._~%-]*$/);
        expect(decodeURIComponent(encoded)).toBe(text.toWellFormed());
      }),
    );
  });

  it('takes a lone surrogate for U+FFFD instead of throwing', () => {
    expect(percentEncode('a\ud800b')).toBe('a%EF%BF%BDb');
  });
});

describe('pathSegment', () => {
  it.each(['', '.', '..'])('refuses %j, which no encoding makes a segment', (text) => {
    expect(pathSegment(text)).toBeUndefined();
  });

  it('never lets a text out of its segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const segment = pathSegment(text);
        fc.pre(segment !== undefined);
        const url = new URL(`http://h/user/${segment}`);
        expect(url.search + url.hash).toBe('');
        expect(url.pathname.split('/')).toHaveLength(3);
        expect(decodeURIComponent(url.pathname.slice('/user/'.length))).toBe(text.toWellFormed());
      }),
    );
  });
});

describe('queryString', () => {
  it('repeats the key of an array', () => {
    expect(
      queryString([
        ['tags', 'a,b'],
        ['tags', 'c d'],
        ['x', ''],
      ]),
    ).toBe('tags=a%2Cb&tags=c%20d&x=');
    expect(queryString([])).toBe('');
  });

  it('is read back by URLSearchParams', () => {
    const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
        expect([...new URLSearchParams(queryString(pairs))]).toEqual(pairs);
      }),
    );
  });
});

describe('parseHttpUrl', () => {
  it('gives equal origins equal texts', () => {
    expect(parseHttpUrl('HTTP://Example.COM:80/A?b=c#d')).toEqual({
      origin: 'http://example.com',
      authority: 'example.com',
      target: '/A?b=c',
    });
    expect(parseHttpUrl('https://[::1]:0443')).toEqual({ origin: 'https://[::1]', authority: '[::1]', target: '/' });
    expect(parseHttpUrl('http://h:443/')?.origin).toBe('http://h:443');
    expect(parseHttpUrl('http://h?q=1')?.target).toBe('/?q=1');
  });

  it.each([
    'http://user@host/',
    'http://host:8080@evil.test/',
    'http://host\\@evil.test/',
    'http://host\\evil.test/',
    'http:/host/',
    '//host/',
    '/path',
    'ftp://host/',
    'http://host/a b',
    'http://host/\n',
    'http://ho st/',
    'http://host:port/',
    '',
  ])('takes no %j', (url) => {
    expect(parseHttpUrl(url)).toBeUndefined();
  });

  it('agrees with the URL Standard about the origin of whatever it takes', () => {
    const url = fc.oneof(
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.string(),
      fc.string().map((text) => `http://h.test${text}`),
    );
    fc.assert(
      fc.property(url, (text) => {
        const parsed = parseHttpUrl(text);
        fc.pre(parsed !== undefined && URL.canParse(text));
        expect(parsed?.origin).toBe(new URL(text).origin);
      }),
    );
  });
});
