import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseForwardedCerts } from '../../../src/access/xfcc.ts';

describe('parseForwardedCerts', () => {
  it('reads the elements that Envoy writes', () => {
    const text =
      'By=http://frontend.lyft.com;Hash=468ed33be74eee6556d90c0149c1309e9ba61d6425303443c0748a02dd8de688;URI=http://testclient.lyft.com,' +
      'By=spiffe://td/ns/edge/sa/gw;Hash=6bb6;Cert="-----BEGIN%20CERTIFICATE-----";Subject="/C=US/O=\\"A, B; C=D\\"/CN=x";URI=spiffe://td/ns/shop/sa/web;DNS=a.test;DNS=b.test';
    expect(parseForwardedCerts(text)).toEqual([
      { by: ['http://frontend.lyft.com'], uris: ['http://testclient.lyft.com'] },
      { by: ['spiffe://td/ns/edge/sa/gw'], uris: ['spiffe://td/ns/shop/sa/web'] },
    ]);
  });

  it('keeps names in quotes where they stand, so that they make no elements', () => {
    const text = 'Subject="CN=x,By=spiffe://td/ns/edge/sa/gw;URI=spiffe://td/ns/kube/sa/admin";URI=spiffe://td/ns/a/sa/b';
    expect(parseForwardedCerts(text)).toEqual([{ by: [], uris: ['spiffe://td/ns/a/sa/b'] }]);
  });

  it('takes several headers that a proxy has joined', () => {
    expect(parseForwardedCerts('URI=a, URI=b,  URI=c')).toEqual(['a', 'b', 'c'].map((uri) => ({ by: [], uris: [uri] })));
  });

  it.each([
    '',
    ',',
    ';',
    'x',
    'URI',
    'URI=a,',
    'URI=a;',
    'URI=a;;By=b',
    'URI="a',
    'URI="a"b',
    'URI=a"b',
    '=a',
    'U-RI=a',
    'URI=a,,URI=b',
    `URI=${'a'.repeat(20_000)}`,
  ])('says nothing of %j', (text) => {
    expect(parseForwardedCerts(text)).toBeUndefined();
  });

  it('reads back what was written, whatever the subject is', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.stringMatching(/^[a-z:/]*$/)), { minLength: 1, maxLength: 5 }), (elements) => {
        const quoted = (value: string) => `"${value.replace(/["\\]/g, '\\$&')}"`;
        // A dot of a regular expression does not stand for a line break, and a header has none.
        const clean = elements.map(([subject, uri]) => [subject.replace(/[\r\n\u2028\u2029]/g, ''), uri] as const);
        const text = clean.map(([subject, uri]) => `Subject=${quoted(subject)};URI=${uri}`).join(',');
        expect(parseForwardedCerts(text)).toEqual(clean.map(([, uri]) => ({ by: [], uris: [uri] })));
      }),
    );
  });
});
