import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileUriTemplate, matchUriTemplate } from '../../../../src/mcp/protocol/uri-template.ts';

describe('URI templates', () => {
  const template = compileUriTemplate('mesh://{namespace}/service.v1/{name}');

  it('give the variables of a URI that fits', () => {
    expect(matchUriTemplate(template, 'mesh://shop/service.v1/cart%2Fv2')).toEqual({ namespace: 'shop', name: 'cart/v2' });
  });

  it.each([
    'mesh://shop/serviceXv1/cart',
    'mesh:///service.v1/cart',
    'mesh://a/b/service.v1/c',
    'mesh://a/service.v1/c?x',
    'mesh://a/service.v1/%zz',
  ])('do not match %s', (uri) => {
    expect(matchUriTemplate(template, uri)).toBeUndefined();
  });

  it.each(['x://{+path}', 'x://{a,b}', 'x://{a', 'x://a}'])('refuse %s at build time', (text) => {
    expect(() => compileUriTemplate(text)).toThrow('only {name}');
  });

  it('give back whatever was encoded into them', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ minLength: 1, unit: 'grapheme' }), (namespace, name) => {
        const uri = `mesh://${encodeURIComponent(namespace)}/service.v1/${encodeURIComponent(name)}`;
        expect(matchUriTemplate(template, uri)).toEqual({ namespace, name });
      }),
    );
  });
});
