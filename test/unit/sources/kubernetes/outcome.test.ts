import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../../../src/lib/utf8.ts';
import { HttpFailure } from '../../../../src/ports/http.ts';
import { failureRefusal, readPage, refusalOf } from '../../../../src/sources/kubernetes/outcome.ts';

const LIST = '{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}';

describe('readPage', () => {
  it('reads a list', () => {
    expect(readPage(encodeUtf8(LIST), false)).toMatchObject({ tag: 'page', list: { kind: 'PodList', items: [] } });
  });

  it('knows a page that did not fit', () => {
    expect(readPage(encodeUtf8(LIST.slice(0, 20)), true)).toEqual({ tag: 'refused', refusal: { tag: 'too-large' } });
  });

  it.each(['<html>secret</html>', '', '{"kind":"secret"}', '[]', 'null', '['.repeat(5_000)])(
    'knows the body %.40j for no answer of Kubernetes, and repeats none of it',
    (body) => {
      const page = readPage(encodeUtf8(body), false);
      expect(page).toMatchObject({ tag: 'refused', refusal: { tag: 'not-kubernetes' } });
      expect(JSON.stringify(page)).not.toContain('secret');
    },
  );

  it('never throws, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (body, truncated) => {
        expect(readPage(body, truncated).tag).toBe('refused');
      }),
    );
  });
});

describe('refusalOf', () => {
  it.each([
    [204, { tag: 'refused', status: 204 }],
    [301, { tag: 'redirected', status: 301 }],
    [400, { tag: 'refused', status: 400 }],
    [401, { tag: 'unauthorized' }],
    [403, { tag: 'forbidden' }],
    [404, { tag: 'missing' }],
    [410, { tag: 'expired' }],
    [418, { tag: 'refused', status: 418 }],
    [429, { tag: 'throttled', status: 429, retryAfterMs: 7 }],
    [500, { tag: 'failing', status: 500, retryAfterMs: 7 }],
    [503, { tag: 'failing', status: 503, retryAfterMs: 7 }],
  ])('knows what %i means', (status, expected) => {
    expect(refusalOf(status, 7)).toEqual(expected);
  });
});

describe('failureRefusal', () => {
  it.each(['unreachable', 'timeout', 'forbidden', 'protocol'] as const)('keeps the failure %s apart', (reason) => {
    const tag = { unreachable: 'unreachable', timeout: 'timeout', forbidden: 'host-forbids', protocol: 'not-http' }[reason];
    expect(failureRefusal(new HttpFailure(reason, 'so says the host'))).toEqual({ tag, detail: 'so says the host' });
  });
});
