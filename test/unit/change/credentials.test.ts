import { describe, expect, it } from 'vitest';
import { isSecretMember, withoutCredentials } from '../../../src/change/credentials.ts';
import { diffObjects } from '../../../src/change/diff.ts';
import type { Json, JsonObject } from '../../../src/lib/json.ts';

const PLANTED = 'planted-7f3a';

/** Where routes and policies hold what must not be shown, by what it is. */
const PLACES: Readonly<Record<string, JsonObject>> = {
  'a header that a VirtualService sets': { http: [{ headers: { request: { set: { Authorization: PLANTED } } } }] },
  'a header that a VirtualService compares': { http: [{ match: [{ headers: { authorization: { exact: PLANTED } } }] }] },
  'a cookie in a regular expression': { http: [{ match: [{ headers: { cookie: { regex: `.*session=${PLANTED}.*` } } }] }] },
  'a header that an HTTPRoute sets': {
    rules: [{ filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'Authorization', value: PLANTED }] } }] }],
  },
  'a header that an HTTPRoute compares': { rules: [{ matches: [{ headers: [{ type: 'Exact', name: 'x-auth', value: PLANTED }] }] }] },
  'a query parameter': { rules: [{ matches: [{ queryParams: [{ name: 'api_key', value: PLANTED }] }] }] },
  'a condition of Istio': { rules: [{ when: [{ key: 'request.headers[authorization]', values: [PLANTED], notValues: [PLANTED] }] }] },
  'keys of a RequestAuthentication, which may be symmetric': { jwtRules: [{ issuer: 'a', jwks: `{"keys":[{"k":"${PLANTED}"}]}` }] },
  'user information of a URL': { http: [{ redirect: { uri: `https://user:${PLANTED}@host.example/` } }] },
  'a bearer token under any name': { rules: [{ filters: [{ urlRewrite: { hostname: `Bearer ${PLANTED}` } }] }] },
  'a JSON Web Token under any name': { rules: [{ name: `eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.${PLANTED}` }] },
};

const turned = (value: JsonObject): JsonObject => JSON.parse(JSON.stringify(value).replaceAll(PLANTED, `${PLANTED}-too`));

describe('a credential', () => {
  it.each(Object.entries(PLACES))('is in no diff: %s', (_what, spec) => {
    // With much beside it, an object is told piece by piece.
    const long = { spec: { ...spec, more: Array.from({ length: 8 }, (_, place) => `some other text ${place} of some length`) } };
    for (const whole of [{ spec }, long]) {
      const diffs = [diffObjects(undefined, whole), diffObjects(whole, undefined), diffObjects(whole, turned(whole))];
      for (const diff of diffs) {
        expect(diff.differences.length).toBeGreaterThan(0);
        expect(JSON.stringify(diff)).not.toContain(PLANTED);
        expect(JSON.stringify(diff)).toContain('(not shown)');
      }
    }
  });

  it('is in no name of an annotation', () => {
    const diff = diffObjects(undefined, { metadata: { annotations: { [`x/Bearer ${PLANTED}`]: 'x'.repeat(200) } } });
    expect(JSON.stringify(diff)).not.toContain(PLANTED);
  });
});

describe('what is no credential', () => {
  it('is shown: names, numbers, truths, other headers', () => {
    const spec: Json = {
      jwtRules: [
        { issuer: 'https://id.example', jwksUri: 'https://id.example/keys', forwardOriginalToken: true, fromCookies: ['session'] },
      ],
      jwtHeaders: [{ name: 'Authorization', prefix: 'Bearer ' }],
      loadBalancer: { consistentHash: { httpCookie: { name: 'user', ttl: '0s' } } },
      headers: [{ name: 'x-stage', value: 'canary' }],
      tls: { credentialName: 'gateway-cert' },
    };
    expect(withoutCredentials(spec)).toEqual(spec);
  });

  it('is told by its name or by the name beside it', () => {
    expect(isSecretMember({}, 'x-api-key')).toBe(true);
    expect(isSecretMember({ name: 'Cookie' }, 'value')).toBe(true);
    expect(isSecretMember({ name: 'Cookie' }, 'type')).toBe(false);
    expect(isSecretMember({ name: 'x-stage' }, 'value')).toBe(false);
  });
});
