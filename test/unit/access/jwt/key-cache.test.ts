import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIRST_RETRY_MS, FRESH_MS, findKeys, RETRY_MS, STALE_MS, type Wanted } from '../../../../src/access/jwt/key-cache.ts';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { parseConfig } from '../../../../src/config.ts';
import { MeshError } from '../../../../src/lib/errors.ts';
import { encodeUtf8 } from '../../../../src/lib/utf8.ts';
import { HttpFailure, type HttpResponse } from '../../../../src/ports/http.ts';
import type { KeyValue } from '../../../../src/ports/keyvalue.ts';
import { ISSUER_OPTIONS, Issuer, JWKS_URL, newKey } from '../../../support/issuer.ts';
import { fakeClock, fakeHttp } from '../../../support/ports.ts';
import { quietPorts } from '../../../support/quiet-ports.ts';

const OLD = newKey('old', 'ES256');
const NEW = newKey('new', 'ES256');
const ED = newKey('ed', 'EdDSA');
const config = parseConfig({ get: (name) => ISSUER_OPTIONS[name] });

const brokenStore: KeyValue = new Proxy(memoryKeyValue(), {
  get: () => () => {
    throw new MeshError('unavailable', 'The store is unavailable: on purpose.');
  },
});

function world(keyvalue: KeyValue = memoryKeyValue()) {
  const issuer = new Issuer([OLD, ED]);
  const clock = fakeClock();
  const http = fakeHttp(issuer.answer);
  const { ports, lines } = quietPorts();
  const find = (kid: string | undefined, algorithm: Wanted['algorithm'] = 'ES256') => {
    const search = findKeys({ ...ports, clock, http, keyvalue }, config, { kid, algorithm });
    return search.tag === 'found' ? search.keys.map((key) => key.kid).join() : search.tag;
  };
  return {
    issuer,
    clock,
    http,
    find,
    lines,
    keyvalue,
    retry: () => findKeys({ ...ports, clock, http, keyvalue }, config, { kid: 'old', algorithm: 'ES256' }),
  };
}

const answered = (status: number, body: string): HttpResponse => ({ status, headers: [], truncated: false, body: encodeUtf8(body) });

describe('findKeys', () => {
  it('asks the issuer once, then the store', () => {
    const { find, http, clock } = world();
    for (let times = 0; times < 10; times++) {
      expect(find('old')).toBe('old');
      expect(find('ed', 'EdDSA')).toBe('ed');
      clock.advance(1_000);
    }
    expect(http.requests).toEqual([
      { method: 'GET', url: JWKS_URL, headers: [['accept', expect.stringContaining('json')]], timeoutMs: 5_000, maxBodyBytes: 131_072 },
    ]);
  });

  it('keeps what it found for all instances, under a key that every store takes', () => {
    const first = world();
    first.find('old');
    expect(first.keyvalue.keys()).toEqual([expect.stringMatching(/^access\/jwks\/[0-9a-f]{16}$/)]);
    const second = world(first.keyvalue);
    expect(second.find('old')).toBe('old');
    expect(second.http.requests).toEqual([]);
  });

  it('asks again when the keys are old, so that a withdrawn key is taken no longer', () => {
    const { find, issuer, http, clock } = world();
    expect(find('old')).toBe('old');
    issuer.keys = [NEW];
    clock.advance(FRESH_MS - 1);
    expect(find('old')).toBe('old');
    clock.advance(1);
    expect(find('old')).toBe('unknown');
    expect(find('new')).toBe('new');
    expect(http.requests).toHaveLength(2);
  });

  it('asks again for a key that it does not know: rotation needs no waiting', () => {
    const { find, issuer, clock, http } = world();
    expect(find('old')).toBe('old');
    clock.advance(RETRY_MS);
    issuer.keys = [OLD, NEW];
    expect(find('new')).toBe('new');
    expect(find('old')).toBe('old');
    expect(http.requests).toHaveLength(2);
  });

  it('does not pass a flood of invented names on', () => {
    const { find, clock, http } = world();
    find('old');
    for (let second = 0; second < 600; second++) {
      for (let each = 0; each < 20; each++) expect(find(`invented-${second}-${each}`)).toBe('unknown');
      expect(find('old')).toBe('old');
      clock.advance(1_000);
    }
    expect(http.requests.length).toBeLessThanOrEqual(1 + 600_000 / RETRY_MS);
  });

  it('goes on with the last keys while the issuer fails, for a while', () => {
    const { find, issuer, clock, http, lines } = world();
    find('old');
    issuer.instead = new HttpFailure('timeout', 'on purpose');
    clock.advance(FRESH_MS);
    for (let second = 0; second < 60; second++) {
      expect(find('old')).toBe('old');
      clock.advance(1_000);
    }
    expect(http.requests.length).toBeLessThanOrEqual(1 + Math.ceil(60_000 / RETRY_MS));
    expect(lines).toContainEqual({
      level: 'warn',
      message: 'JWKS_URL does not answer',
      fields: { reason: 'timeout', error: 'on purpose' },
    });
    clock.advance(STALE_MS - FRESH_MS - 60_001);
    expect(find('old')).toBe('old');
    clock.advance(1);
    expect(find('old')).toBe('unavailable');
    issuer.instead = undefined;
    clock.advance(RETRY_MS);
    expect(find('old')).toBe('old');
  });

  it('says that it cannot say, where a new key is named while the issuer fails', () => {
    const { find, issuer, clock } = world();
    find('old');
    issuer.instead = answered(503, '');
    clock.advance(RETRY_MS);
    expect(find('new')).toBe('unavailable');
    expect(find('old')).toBe('old');
  });

  it('asks a dead issuer seldom, too, and says when to come again', () => {
    const { find, issuer, clock, http, retry } = world();
    issuer.instead = new HttpFailure('unreachable', 'on purpose');
    for (let times = 0; times < 50; times++) expect(find('old')).toBe('unavailable');
    expect(http.requests).toHaveLength(1);
    clock.advance(1_000);
    expect(retry()).toEqual({ tag: 'unavailable', retryAfterMs: FIRST_RETRY_MS - 1_000 });
    issuer.instead = undefined;
    clock.advance(FIRST_RETRY_MS);
    expect(find('old')).toBe('old');
  });

  it.each([
    answered(200, ''),
    answered(200, '<html>'),
    answered(200, '{"keys":{}}'),
    answered(404, '{"keys":[]}'),
    answered(302, '{"keys":[]}'),
    { ...answered(200, '{"keys":[]}'), truncated: true },
    answered(200, `{"keys":[${'{},'.repeat(60_000)}{}]}`),
  ])('keeps what it has where the issuer answers something else', (instead) => {
    const { find, issuer, clock } = world();
    find('old');
    issuer.instead = instead;
    clock.advance(FRESH_MS);
    expect(find('old')).toBe('old');
  });

  it('believes an issuer that says it has no keys', () => {
    const { find, issuer, clock } = world();
    find('old');
    issuer.keys = [];
    clock.advance(FRESH_MS);
    expect(find('old')).toBe('unknown');
  });

  it('works without a store, and asks each time', () => {
    const { find, http } = world(brokenStore);
    expect([find('old'), find('old'), find('new')]).toEqual(['old', 'old', 'unknown']);
    expect(http.requests).toHaveLength(3);
  });

  it('takes a key for its own algorithm alone, and no other for a token that names none', () => {
    const { find, issuer, clock } = world();
    expect(find('old', 'EdDSA')).toBe('unknown');
    expect(find('ed', 'ES256')).toBe('unknown');
    expect(find(undefined, 'EdDSA')).toBe('ed');
    expect(find(undefined, 'RS256')).toBe('unknown');
    issuer.keys = [OLD, NEW, ED];
    clock.advance(FRESH_MS);
    expect(find(undefined, 'ES256')).toBe('unknown');
  });

  it('tells keys of one name apart by their algorithm', () => {
    const { find, issuer } = world();
    issuer.keys = [OLD, newKey('old', 'EdDSA'), newKey('old', 'ES256')];
    expect(find('old', 'ES256')).toBe('old,old');
    expect(find('old', 'EdDSA')).toBe('old');
  });

  it('does not keep keys longer because a clock went back', () => {
    const { find, keyvalue, issuer, http } = world();
    find('old');
    const [place = ''] = keyvalue.keys();
    const kept = JSON.parse(new TextDecoder().decode(keyvalue.get(place)));
    keyvalue.set(place, encodeUtf8(JSON.stringify({ ...kept, fetchedAt: kept.fetchedAt * 2, triedAt: kept.triedAt * 2 })));
    issuer.keys = [NEW];
    expect(find('old')).toBe('unknown');
    expect(http.requests).toHaveLength(2);
  });

  it('asks the issuer where the store has anything else', () => {
    const { keyvalue, find } = world();
    find('old');
    const [place = ''] = keyvalue.keys();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.constant('{"fetchedAt":1,"triedAt":1,"keys":[7]}')), (text) => {
        keyvalue.set(place, encodeUtf8(text));
        const { find: again, http } = world(keyvalue);
        expect(again('old')).toBe('old');
        expect(http.requests).toHaveLength(1);
      }),
    );
  });
});
