import { discoverOAuthProtectedResourceMetadata, extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, ENGINES, type Engine } from '../../scripts/build.ts';
import { type Listening, serveDemo } from '../../src/adapters/node/demo-server.ts';
import type { Algorithm } from '../../src/config.ts';
import { listen, startLocalHost } from '../../src/entry/host/local-host.ts';
import { type Claims, goodClaims, newKey, type SigningKey, tokenOf } from '../support/issuer.ts';

const ALGORITHMS: readonly Algorithm[] = ['ES256', 'RS256', 'EdDSA'];
const AUDIENCE = 'https://mesh.test/v1/mcp';

describe.each(ENGINES)('who may call the local host, %s', { timeout: 60_000 }, (engine: Engine) => {
  const keys = new Map<Algorithm, SigningKey>(ALGORITHMS.map((algorithm) => [algorithm, newKey(algorithm, algorithm)]));
  let issuer: Listening;
  let server: { readonly url: string; close(graceMs: number): Promise<void> };
  let asked = 0;

  beforeAll(async () => {
    issuer = await serveDemo(() => {
      asked++;
      const body = JSON.stringify({ keys: [...keys.values()].map(({ jwk }) => jwk) });
      return { status: 200, headers: [['content-type', 'application/jwk-set+json']], body: new TextEncoder().encode(body) };
    });
    await build({ engines: [engine], typeCheck: false, say: () => {} });
    const env = {
      JWT_ISSUER: issuer.url,
      JWT_AUDIENCE: AUDIENCE,
      JWKS_URL: `${issuer.url}/keys`,
      ROLES: 'viewer=scope:mesh:read; operator=scope:mesh:write',
    };
    const host = await startLocalHost({ engine, env, print: () => {}, say: () => {} });
    server = await listen(host, { host: '127.0.0.1', port: 0 });
  }, 300_000);

  afterAll(async () => {
    await server?.close(1000);
    await issuer?.close();
  });

  const keyFor = (algorithm: Algorithm): SigningKey => {
    const key = keys.get(algorithm);
    if (key === undefined) throw new Error(`no key for ${algorithm}`);
    return key;
  };
  const token = (algorithm: Algorithm, claims: Claims = {}) =>
    tokenOf(keyFor(algorithm), goodClaims(Date.now(), { iss: issuer.url, scope: 'mesh:read', ...claims }));
  const post = (bearer: string | undefined, method = 'tools/list', params: object = {}) =>
    fetch(`${server.url}/v1/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });

  it.each(ALGORITHMS)('a good token signed with %s is taken, an altered one is not', async (algorithm) => {
    const good = token(algorithm);
    expect((await post(good)).status).toBe(200);
    const [head = '', , tail = ''] = good.split('.');
    const [, body = ''] = token(algorithm, { scope: 'mesh:write' }).split('.');
    expect((await post(`${head}.${body}.${tail}`)).status).toBe(401);
    const forger = newKey(algorithm, algorithm);
    expect((await post(tokenOf(forger, goodClaims(Date.now(), { iss: issuer.url })))).status).toBe(401);
    expect((await post(token(algorithm, { exp: 1 }))).status).toBe(401);
    expect((await post(token(algorithm, { aud: 'https://other.test' }))).status).toBe(401);
  });

  it('the issuer was asked once for all of them', () => {
    expect(asked).toBe(1);
  });

  it('a client of the SDK finds out where tokens are to be had', async () => {
    const refused = await post(undefined);
    expect(refused.status).toBe(401);
    const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(refused);
    expect(scope).toBe('mesh:read');
    const url = new URL(`${server.url}/v1/mcp`);
    const metadata = await discoverOAuthProtectedResourceMetadata(url, {
      ...(resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl }),
    });
    expect(metadata).toMatchObject({
      resource: url.href,
      authorization_servers: [issuer.url],
      scopes_supported: ['mesh:read', 'mesh:write'],
    });
  });

  it('a client of the SDK is served with its token, and learns which scope a tool needs', async () => {
    const requestInit = { headers: { authorization: `Bearer ${token('ES256')}` } };
    const client = new Client({ name: 'e2e', version: '1' });
    // The transport's `sessionId` may be undefined, which exactOptionalPropertyTypes tells apart from absent.
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${server.url}/v1/mcp`), { requestInit }) as Parameters<Client['connect']>[0],
    );
    try {
      const names = (await client.listTools()).tools.map(({ name }) => name);
      expect(names).toContain('list_services');
      expect(names).not.toContain('delete_pet_pet_id');
    } finally {
      await client.close();
    }
    const denied = await post(token('EdDSA'), 'tools/call', { name: 'delete_pet_pet_id', arguments: { petId: 1 } });
    expect(denied.status).toBe(403);
    expect(extractWWWAuthenticateParams(denied)).toMatchObject({ error: 'insufficient_scope', scope: 'mesh:write' });
    expect(await denied.json()).toMatchObject({ result: { isError: true } });
    const allowed = await post(token('RS256', { scope: 'mesh:write' }), 'tools/list');
    expect(await allowed.text()).toContain('delete_pet_pet_id');
  });
});

describe('the local host', { timeout: 60_000 }, () => {
  const roleOf = async (options: Partial<Parameters<typeof startLocalHost>[0]>) => {
    await build({ engines: ['quickjs'], typeCheck: false, say: () => {} });
    const host = await startLocalHost({ engine: 'quickjs', env: {}, print: () => {}, say: () => {}, ...options });
    await host.close(0);
    return host.config.get('ANONYMOUS_ROLE');
  };
  const ROLES = 'viewer=sub:*,identity:*';

  it('lets its user do everything, and others what it is told, unless the options say who may call', async () => {
    expect(await roleOf({})).toBe('admin');
    expect(await roleOf({ anonymousRole: 'viewer' })).toBe('viewer');
    expect(await roleOf({ env: { ANONYMOUS_ROLE: 'operator' } })).toBe('operator');
    expect(await roleOf({ env: { ROLES, JWT_ISSUER: 'https://i', JWT_AUDIENCE: 'a', JWKS_URL: 'https://i/k' } })).toBeUndefined();
    expect(await roleOf({ env: { ROLES, TRUSTED_IDENTITY_HEADER: 'l5d-client-id', TRUSTED_HOP: 'mesh-proxy' } })).toBeUndefined();
  });
});
