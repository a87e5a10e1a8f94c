import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HeaderList } from '../../../../src/lib/headers.ts';
import { encodeUtf8 } from '../../../../src/lib/utf8.ts';
import { HttpFailure } from '../../../../src/ports/http.ts';
import { readOutcome } from '../../../../src/sources/kubernetes/outcome.ts';

const NOW = Date.parse('2026-10-21T07:27:00Z');
const LIST = '{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}';
const answer = (status: number, body = '', headers: HeaderList = []) => ({ status, headers, body: encodeUtf8(body), truncated: false });
const refusal = (status: number, body = '', headers: HeaderList = []) => {
  const outcome = readOutcome(answer(status, body, headers), NOW);
  if (outcome.tag !== 'refused') throw new Error('not refused');
  return outcome.refusal;
};

describe('readOutcome', () => {
  it('reads a page', () => {
    expect(readOutcome(answer(200, LIST), NOW)).toMatchObject({ tag: 'page', bytes: LIST.length, demo: false, list: { items: [] } });
    expect(readOutcome(answer(200, LIST, [['X-Mesh-MCP-Demo', 'true']]), NOW)).toMatchObject({ tag: 'page', demo: true });
  });

  it.each([
    [301, { tag: 'redirected', status: 301 }],
    [400, { tag: 'refused', status: 400 }],
    [401, { tag: 'unauthorized' }],
    [403, { tag: 'forbidden' }],
    [404, { tag: 'missing' }],
    [410, { tag: 'expired' }],
    [418, { tag: 'refused', status: 418 }],
    [429, { tag: 'throttled', status: 429, retryAfterMs: undefined }],
    [500, { tag: 'failing', status: 500, retryAfterMs: undefined }],
    [503, { tag: 'failing', status: 503, retryAfterMs: undefined }],
    [204, { tag: 'refused', status: 204 }],
  ])('knows what %i means', (status, expected) => {
    expect(refusal(status, LIST)).toEqual(expected);
  });

  it.each([
    ['3', 3_000],
    ['0', 0],
    ['999999', 3_600_000],
    ['-1', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 60_000],
    ['', undefined],
  ])('reads Retry-After %j', (value, retryAfterMs) => {
    expect(refusal(429, '', [['Retry-After', value]])).toMatchObject({ retryAfterMs });
  });

  it.each(['unreachable', 'timeout', 'forbidden', 'protocol'] as const)('keeps the failure %s apart', (reason) => {
    const tag = { unreachable: 'unreachable', timeout: 'timeout', forbidden: 'host-forbids', protocol: 'not-http' }[reason];
    expect(readOutcome(new HttpFailure(reason, 'so says the host'), NOW)).toEqual({
      tag: 'refused',
      refusal: { tag, detail: 'so says the host' },
    });
  });

  it('knows a page that did not fit', () => {
    expect(readOutcome({ ...answer(200, LIST.slice(0, 20)), truncated: true }, NOW)).toEqual({
      tag: 'refused',
      refusal: { tag: 'too-large' },
    });
  });

  it.each(['<html>secret</html>', '', '{"kind":"secret"}', '[]', 'null'])(
    'knows the body %j for no answer of Kubernetes, and repeats none of it',
    (body) => {
      const refused = refusal(200, body);
      expect(refused).toMatchObject({ tag: 'not-kubernetes' });
      expect(JSON.stringify(refused)).not.toContain('secret');
    },
  );

  it('never throws, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.uint8Array(), fc.boolean(), (status, body, truncated) => {
        expect(readOutcome({ status, headers: [], body, truncated }, NOW).tag).toBe('refused');
      }),
    );
  });
});
