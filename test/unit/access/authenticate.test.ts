import { describe, expect, it } from 'vitest';
import { authenticate } from '../../../src/access/authenticate.ts';
import { meshCaller } from '../../../src/access/mesh-identity.ts';
import { memoryKeyValue } from '../../../src/adapters/memory/keyvalue.ts';
import { parseConfig } from '../../../src/config.ts';
import type { HeaderList } from '../../../src/lib/headers.ts';
import { goodClaims, ISSUER_OPTIONS, Issuer, newKey, tokenOf } from '../../support/issuer.ts';
import { fakeClock, fakeHttp } from '../../support/ports.ts';
import { quietPorts } from '../../support/quiet-ports.ts';

const KEY = newKey('k', 'ES256');
const WEB = 'web.shop.serviceaccount.identity.linkerd.cluster.local';
const SPIFFE = 'spiffe://cluster.local/ns/shop/sa/web';
const GATEWAY = 'spiffe://cluster.local/ns/edge/sa/gateway';
const clock = fakeClock();
const TOKEN = tokenOf(KEY, goodClaims(clock.now()));

function who(headers: HeaderList, options: Readonly<Record<string, string>>) {
  const ports = { ...quietPorts().ports, clock, http: fakeHttp(new Issuer([KEY]).answer), keyvalue: memoryKeyValue() };
  const outcome = authenticate(headers, ports, parseConfig({ get: (name) => options[name] }));
  if (outcome.tag !== 'caller') return outcome;
  const { name, via, grants } = outcome.principal;
  return `${via} ${name} ${grants.map(({ role }) => role).join('+')}`;
}

const NOBODY = { ANONYMOUS_ROLE: 'none' };
const NOONE = 'anonymous anonymous ';

describe('without options', () => {
  it('a caller is nobody, whatever the request claims', () => {
    const claims: HeaderList = [
      ['authorization', `Bearer ${TOKEN}`],
      ['l5d-client-id', WEB],
      ['x-forwarded-client-cert', `By=${GATEWAY};URI=${SPIFFE}`],
      ['x-mesh-mcp-hop', ''],
    ];
    expect(who(claims, NOBODY)).toBe(NOONE);
    expect(who(claims, { ANONYMOUS_ROLE: 'viewer' })).toBe('anonymous anonymous viewer');
  });
});

describe('with an issuer', () => {
  const bearer = (value: string): HeaderList => [['authorization', value]];

  it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER   ${TOKEN}  `])('a token says who calls', (value) => {
    expect(who(bearer(value), ISSUER_OPTIONS)).toBe('token bob viewer');
  });

  it('a caller without a token is nobody', () => {
    expect(who([], ISSUER_OPTIONS)).toBe(NOONE);
    expect(who(bearer('Basic Ym9iOmJvYg=='), ISSUER_OPTIONS)).toBe(NOONE);
    expect(who(bearer(''), ISSUER_OPTIONS)).toBe(NOONE);
  });

  it.each(['Bearer', 'Bearer ', 'Bearer x', `Bearer ${TOKEN} ${TOKEN}`, `Bearer ${TOKEN},`, `Bearer "${TOKEN}"`])(
    'a bad token is refused, not passed over: %s',
    (value) => {
      expect(who(bearer(value), { ...ISSUER_OPTIONS, ANONYMOUS_ROLE: 'admin' })).toEqual({ tag: 'refused', problem: 'malformed' });
    },
  );

  it('two are refused, so that no proxy reads another than this server', () => {
    expect(who([...bearer(`Bearer ${TOKEN}`), ...bearer(`Bearer ${TOKEN}`)], ISSUER_OPTIONS)).toEqual({
      tag: 'refused',
      problem: 'malformed',
    });
    expect(who([...bearer('Basic Ym9iOmJvYg=='), ...bearer(`Bearer ${TOKEN}`)], ISSUER_OPTIONS)).toEqual({
      tag: 'refused',
      problem: 'malformed',
    });
  });

  it('nobody may do less with a token than without', () => {
    expect(who(bearer(`Bearer ${TOKEN}`), { ...ISSUER_OPTIONS, ROLES: 'admin=sub:alice', ANONYMOUS_ROLE: 'viewer' })).toBe(
      'token bob viewer',
    );
  });

  it('a token says it before the mesh does', () => {
    const options = {
      ...ISSUER_OPTIONS,
      TRUSTED_IDENTITY_HEADER: 'l5d-client-id',
      TRUSTED_HOP: 'mesh-proxy',
      ROLES: 'viewer=sub:*; admin=identity:*',
    };
    expect(who([['l5d-client-id', WEB], ...bearer(`Bearer ${TOKEN}`)], options)).toBe('token bob viewer');
    expect(who([['l5d-client-id', WEB], ...bearer('Bearer x')], options)).toEqual({ tag: 'refused', problem: 'malformed' });
    expect(who([['l5d-client-id', WEB]], options)).toBe(`mesh ${WEB} admin`);
  });
});

describe('a mesh identity', () => {
  const LINKERD = {
    ...NOBODY,
    TRUSTED_IDENTITY_HEADER: 'l5d-client-id',
    ROLES: 'viewer=identity:*.shop.serviceaccount.identity.linkerd.cluster.local; admin=sub:*',
  };
  const PROXY = { ...LINKERD, TRUSTED_HOP: 'mesh-proxy' };
  const SECRET = { ...LINKERD, TRUSTED_HOP_SECRET: 'hop-secret' };
  const web = ['l5d-client-id', WEB] as const;

  it('of Linkerd is believed from its proxy', () => {
    expect(who([web], PROXY)).toBe(`mesh ${WEB} viewer`);
    expect(who([['L5d-Client-Id', WEB]], PROXY)).toBe(`mesh ${WEB} viewer`);
  });

  it('is believed from a hop that proves itself, and from no other', () => {
    expect(who([web, ['x-mesh-mcp-hop', 'hop-secret']], SECRET)).toBe(`mesh ${WEB} viewer`);
    for (const hop of ['', 'hop-secreT', 'hop-secret ', 'hop', 'hop-secret,hop-secret']) {
      expect(who([web, ['x-mesh-mcp-hop', hop]], SECRET)).toBe(NOONE);
    }
    expect(who([web], SECRET)).toBe(NOONE);
  });

  it('is not believed from a hop whose secret is empty, however that came about', () => {
    const config = { ...parseConfig({ get: (name) => SECRET[name as keyof typeof SECRET] }), trustedHopSecret: '' };
    expect(meshCaller([web], config)).toBeUndefined();
    expect(meshCaller([web, ['x-mesh-mcp-hop', '']], config)).toBeUndefined();
  });

  it('that comes twice is none', () => {
    expect(who([web, web], PROXY)).toBe(NOONE);
  });

  it.each([
    '',
    'web',
    'WEB.shop.x',
    'web shop',
    `${WEB}\n`,
    `${WEB},${WEB}`,
    'web..shop',
    `${'a.'.repeat(300)}b`,
    'https://x/y',
    'spiffe://TD/ns/a',
    '*.shop.serviceaccount.identity.linkerd.cluster.local',
  ])('is none where it is not one: %j', (identity) => {
    const outcome = who([['l5d-client-id', identity]], { ...PROXY, ROLES: 'viewer=identity:*' });
    expect(outcome).toBe(identity.endsWith('\n') ? `mesh ${WEB} viewer` : NOONE);
  });

  it('that no rule fits gives nothing, and is no subject of a token', () => {
    expect(who([['l5d-client-id', 'web.bank.serviceaccount.identity.linkerd.cluster.local']], PROXY)).toBe(
      'mesh web.bank.serviceaccount.identity.linkerd.cluster.local ',
    );
  });

  describe('of Envoy', () => {
    const XFCC = {
      ...NOBODY,
      TRUSTED_IDENTITY_HEADER: 'xfcc',
      TRUSTED_HOP: 'mesh-proxy',
      TRUSTED_HOP_IDENTITY: GATEWAY,
      ROLES: 'viewer=identity:spiffe://cluster.local/ns/shop/*; admin=identity:spiffe://cluster.local/ns/kube-system/*',
    };
    const cert = (value: string) => ['x-forwarded-client-cert', value] as const;

    it('is that of the last element, which the configured hop wrote', () => {
      expect(who([cert(`By=${GATEWAY};Hash=a;URI=${SPIFFE}`)], XFCC)).toBe(`mesh ${SPIFFE} viewer`);
      expect(who([cert(`By=x;URI=spiffe://cluster.local/ns/kube-system/sa/x,By=${GATEWAY};URI=${SPIFFE}`)], XFCC)).toBe(
        `mesh ${SPIFFE} viewer`,
      );
      expect(who([cert('By=x;URI=spiffe://cluster.local/ns/kube-system/sa/x'), cert(`By=${GATEWAY};URI=${SPIFFE}`)], XFCC)).toBe(
        `mesh ${SPIFFE} viewer`,
      );
    });

    it.each([
      `By=${GATEWAY};URI=${SPIFFE},By=spiffe://cluster.local/ns/other/sa/x;URI=spiffe://cluster.local/ns/kube-system/sa/x`,
      `URI=${SPIFFE}`,
      `By=${GATEWAY};By=other;URI=${SPIFFE}`,
      `By=${GATEWAY};URI=${SPIFFE};URI=spiffe://cluster.local/ns/kube-system/sa/x`,
      `By=${GATEWAY};Subject="CN=x"`,
      `By=${GATEWAY};URI=${SPIFFE},`,
      `By=${GATEWAY};URI=http://cluster.local/ns/shop/sa/web`,
      '',
    ])('is none in %j', (value) => {
      expect(who([cert(value)], XFCC)).toBe(NOONE);
    });

    it('with a secret needs no name of the hop', () => {
      const options = { ...XFCC, TRUSTED_HOP: 'secret', TRUSTED_HOP_SECRET: 'hop-secret', TRUSTED_HOP_IDENTITY: '' };
      expect(who([cert(`URI=${SPIFFE}`), ['x-mesh-mcp-hop', 'hop-secret']], options)).toBe(`mesh ${SPIFFE} viewer`);
      expect(who([cert(`URI=${SPIFFE}`)], options)).toBe(NOONE);
    });
  });
});
