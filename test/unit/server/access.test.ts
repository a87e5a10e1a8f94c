import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../src/adapters/memory/keyvalue.ts';
import { parseConfig } from '../../../src/config.ts';
import { type HeaderList, header } from '../../../src/lib/headers.ts';
import { HttpFailure } from '../../../src/ports/http.ts';
import { serve } from '../../../src/server/app.ts';
import { bodyOf, incomingRequest, RecordingResponder, type RequestParts } from '../../support/exchange.ts';
import { type Claims, goodClaims, ISSUER, ISSUER_OPTIONS, Issuer, newKey, tokenOf } from '../../support/issuer.ts';
import { BOTH } from '../../support/mcp.ts';
import { fakeClock, fakeHttp } from '../../support/ports.ts';
import { quietPorts } from '../../support/quiet-ports.ts';

const KEY = newKey('k', 'ES256');
const METADATA = 'resource_metadata="http://mesh.localhost:8000/.well-known/oauth-protected-resource/v1/mcp"';
const WRITING_TOOL = 'delete_pet_pet_id';

function world(options: Readonly<Record<string, string>> = ISSUER_OPTIONS) {
  const issuer = new Issuer([KEY]);
  const clock = fakeClock();
  const { ports, lines } = quietPorts();
  const all = { ...ports, clock, http: fakeHttp(issuer.answer), keyvalue: memoryKeyValue() };
  const config = parseConfig({ get: (name) => ({ ALLOWED_HOSTS: 'mesh.localhost', ...options })[name] });
  const ask = (parts: RequestParts, more: HeaderList = []) => {
    const responder = new RecordingResponder();
    const headers = [['host', 'mesh.localhost:8000'] as const, ...(parts.headers ?? []), ...more];
    serve(incomingRequest({ ...parts, headers }), responder, { ports: all, config });
    const body = bodyOf(responder.response);
    return {
      ...responder.response,
      body,
      challenge: header(responder.response.headers, 'www-authenticate'),
      logged: lines.findLast((line) => line.message === 'request')?.fields ?? {},
    };
  };
  const rpc = (method: string, params: object = {}, more: HeaderList = []) =>
    ask(
      {
        path: '/v1/mcp',
        headers: [
          ['content-type', 'application/json'],
          ['accept', 'application/json'],
        ],
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      },
      more,
    );
  const bearer = (claims: Claims = {}): HeaderList => [['authorization', `Bearer ${tokenOf(KEY, goodClaims(clock.now(), claims))}`]];
  return { ask, rpc, bearer, issuer, clock, lines };
}

const namesIn = (body: string): readonly string[] => {
  const parsed = JSON.parse(body);
  const { tools } = parsed.result ?? parsed;
  return tools.map(({ name }: { readonly name: string }) => name);
};

describe('where tokens are taken', () => {
  it.each(['/v1/mcp', '/v1/mcp/tools'])('%s asks a caller without one for it, and says where it is to be had', (path) => {
    const { status, body, challenge, logged } = world().ask({ method: path === '/v1/mcp' ? 'POST' : 'GET', path });
    expect(status).toBe(401);
    expect(challenge).toBe(`Bearer scope="mesh:read", ${METADATA}`);
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'denied', message: expect.stringContaining('Bearer') } });
    expect(logged).toMatchObject({ status: 401, refused: 'no token' });
  });

  it('a client of any method is asked', () => {
    const { ask } = world();
    for (const method of ['GET', 'DELETE', 'PUT']) expect(ask({ method, path: '/v1/mcp' }).status).toBe(401);
  });

  it('a browser’s preflight is not asked, and its page may read the challenge', () => {
    const { ask } = world();
    const origin: HeaderList = [['origin', 'http://localhost:6274']];
    expect(ask({ method: 'OPTIONS', path: '/v1/mcp' }, origin).status).toBe(204);
    const { status, headers } = ask({ method: 'POST', path: '/v1/mcp' }, origin);
    expect(status).toBe(401);
    expect(header(headers, 'access-control-expose-headers')).toContain('www-authenticate');
  });

  it.each<readonly [Claims, string]>([
    [{ exp: 1 }, 'The token has expired.'],
    [{ aud: 'https://other.test' }, 'The token is for another audience.'],
    [{ iss: 'https://evil.test' }, 'The token is from another issuer.'],
    [{ nbf: 4_000_000_000 }, 'The token is not valid yet.'],
  ])('a token with %j is refused in OAuth’s words', (claims, description) => {
    const { rpc, bearer } = world();
    const { status, challenge, body } = rpc('tools/list', {}, bearer(claims));
    expect(status).toBe(401);
    expect(challenge).toBe(`Bearer error="invalid_token", error_description="${description}", scope="mesh:read", ${METADATA}`);
    expect(body).toContain(description);
  });

  it('a forged token is refused, and nothing of it is repeated or logged', () => {
    const { rpc, lines } = world();
    const token = tokenOf(newKey('k', 'ES256'), goodClaims(fakeClock().now(), { sub: 'planted-subject' }));
    const answered = rpc('tools/list', {}, [['authorization', `Bearer ${token}`]]);
    expect(answered.status).toBe(401);
    expect(answered.logged).toMatchObject({ refused: 'signature' });
    for (const text of [JSON.stringify(answered.headers), answered.body, JSON.stringify(lines)]) {
      expect(text).not.toContain('planted');
      for (const part of token.split('.')) expect(text).not.toContain(part);
    }
  });

  it('a good token is served, and the log says who it was and has none of it', () => {
    const { rpc, bearer, lines } = world();
    const { status, body, logged } = rpc('tools/list', {}, bearer());
    expect(status).toBe(200);
    expect(namesIn(body)).toContain('list_services');
    expect(logged).toMatchObject({ who: 'bob', via: 'token', route: 'mcp', status: 200 });
    for (const part of bearer()[0]?.[1].split(/[ .]/).slice(1) ?? ['']) expect(JSON.stringify(lines)).not.toContain(part);
  });

  it('an issuer that does not answer is no fault of the caller', () => {
    const { rpc, bearer, issuer } = world();
    issuer.instead = new HttpFailure('timeout', 'on purpose');
    const { status, headers, challenge } = rpc('tools/list', {}, bearer());
    expect(status).toBe(503);
    expect(header(headers, 'retry-after')).toBe('5');
    expect(challenge).toBeUndefined();
  });

  it('a token in the query is not looked at', () => {
    const { ask, bearer } = world();
    const token = bearer()[0]?.[1].slice('Bearer '.length);
    expect(ask({ method: 'GET', path: '/v1/mcp/tools', query: `access_token=${token}` }).status).toBe(401);
  });

  it('whoever has no role is denied, with the scope that would give one', () => {
    const options = { ...ISSUER_OPTIONS, ROLES: 'viewer=scope:mesh:read; admin=sub:alice' };
    const { rpc, bearer } = world(options);
    const { status, challenge, logged } = rpc('tools/list', {}, bearer());
    expect(status).toBe(403);
    expect(challenge).toBe(`Bearer error="insufficient_scope", scope="mesh:read", ${METADATA}`);
    expect(logged).toMatchObject({ refused: 'no role' });
    const without = world({ ...ISSUER_OPTIONS, ROLES: 'admin=sub:alice' });
    expect(without.rpc('tools/list', {}, without.bearer())).toMatchObject({ status: 403, challenge: undefined });
  });

  it('the collector keeps its own token', () => {
    const options = { ...ISSUER_OPTIONS, COLLECT_TOKEN: 'ticker' };
    const { ask, bearer } = world(options);
    expect(ask({ method: 'POST', path: '/v1/collect' }, bearer({ sub: 'alice' })).status).toBe(401);
    expect(ask({ method: 'POST', path: '/v1/mcp', headers: [['authorization', 'Bearer ticker']] }).status).toBe(401);
  });

  it.each(['/healthz', '/metrics', '/'])('%s asks nobody', (path) => {
    expect(world().ask({ method: 'GET', path }).status).toBe(200);
  });
});

describe('a tool that is for others', () => {
  const call = { name: WRITING_TOOL, arguments: { petId: 1 } };

  it('is not listed', () => {
    const { rpc, ask, bearer } = world();
    expect(namesIn(rpc('tools/list', {}, bearer()).body)).not.toContain(WRITING_TOOL);
    expect(namesIn(ask({ method: 'GET', path: '/v1/mcp/tools' }, bearer()).body)).not.toContain(WRITING_TOOL);
    expect(namesIn(rpc('tools/list', {}, bearer({ sub: 'alice' })).body)).toContain(WRITING_TOOL);
    // A Petstore lies in no namespace, so whoever may change only some may not change it.
    expect(namesIn(rpc('tools/list', {}, bearer({ groups: ['sre'] })).body)).not.toContain(WRITING_TOOL);
    expect(namesIn(rpc('tools/list', {}, bearer({ scope: 'mesh:write' })).body)).toContain(WRITING_TOOL);
  });

  it('is denied to whoever calls it, with the scope that gives it', () => {
    const { rpc, bearer } = world();
    const { status, challenge, body, logged } = rpc('tools/call', call, bearer());
    expect(status).toBe(403);
    expect(challenge).toBe(`Bearer error="insufficient_scope", scope="mesh:write", ${METADATA}`);
    expect(JSON.parse(body)).toMatchObject({ id: 1, result: { isError: true, content: [{ text: expect.stringContaining('operator') }] } });
    expect(logged).toMatchObject({ status: 403, tool: WRITING_TOOL, outcome: 'denied', who: 'bob' });
  });

  it('is denied in the result alone where no scope gives it', () => {
    const { rpc, bearer } = world({ ...ISSUER_OPTIONS, ROLES: 'viewer=sub:*; operator=group:sre' });
    const { status, challenge, body } = rpc('tools/call', call, bearer());
    expect([status, challenge]).toEqual([200, undefined]);
    expect(JSON.parse(body)).toMatchObject({ result: { isError: true } });
  });

  it('asks whoever is nobody to say who they are', () => {
    const { rpc } = world({ ...ISSUER_OPTIONS, ANONYMOUS_ROLE: 'viewer' });
    expect(rpc('tools/list').status).toBe(200);
    const { status, challenge, body } = rpc('tools/call', call);
    expect(status).toBe(401);
    expect(challenge).toBe(`Bearer scope="mesh:write", ${METADATA}`);
    expect(JSON.parse(body)).toMatchObject({ result: { isError: true } });
  });

  it('is denied within a batch and a stream, whose status is for all', () => {
    const { ask, bearer } = world();
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: call };
    const headers: HeaderList = [
      ['content-type', 'application/json'],
      ['accept', BOTH],
    ];
    const batch = ask({ path: '/v1/mcp', headers, body: JSON.stringify([message, { jsonrpc: '2.0', id: 2, method: 'ping' }]) }, bearer());
    expect(batch.status).toBe(200);
    expect(batch.body).toContain('"isError":true');
    expect(ask({ path: '/v1/mcp', headers, body: JSON.stringify(message) }, bearer()).status).toBe(403);
  });

  it('that does not exist, or is switched off, is no matter of rights', () => {
    const { rpc, bearer } = world({ ...ISSUER_OPTIONS, TOOLSETS: 'graph' });
    for (const name of ['nothing', WRITING_TOOL]) {
      expect(rpc('tools/call', { name }, bearer())).toMatchObject({ status: 200, challenge: undefined });
    }
  });
});

describe('the metadata of the resource', () => {
  it.each([
    ['/.well-known/oauth-protected-resource', 'http://mesh.localhost:8000'],
    ['/.well-known/oauth-protected-resource/v1/mcp', 'http://mesh.localhost:8000/v1/mcp'],
  ])('at %s says of %s who gives tokens for it', (path, resource) => {
    const { status, body } = world().ask({ method: 'GET', path });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({
      resource,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ['header'],
      scopes_supported: ['mesh:read', 'mesh:write', 'mesh:admin'],
      resource_name: 'Mesh MCP',
    });
  });

  it('names the address that clients use', () => {
    const path = '/.well-known/oauth-protected-resource/v1/mcp';
    const https = world().ask({ method: 'GET', path }, [['x-forwarded-proto', 'https']]);
    expect(JSON.parse(https.body)).toMatchObject({ resource: 'https://mesh.localhost:8000/v1/mcp' });
    const { ask } = world({ ...ISSUER_OPTIONS, PUBLIC_URL: 'https://mesh.test/' });
    expect(JSON.parse(ask({ method: 'GET', path }).body)).toMatchObject({ resource: 'https://mesh.test/v1/mcp' });
    expect(ask({ path: '/v1/mcp' }).challenge).toContain(
      'resource_metadata="https://mesh.test/.well-known/oauth-protected-resource/v1/mcp"',
    );
  });

  it('is not there where no tokens are taken', () => {
    expect(world({}).ask({ method: 'GET', path: '/.well-known/oauth-protected-resource' }).status).toBe(404);
  });
});

describe('where nothing is configured', () => {
  it('nobody may call, and is told what to configure', () => {
    const { status, challenge, body } = world({ ANONYMOUS_ROLE: 'none' }).rpc('tools/list');
    expect([status, challenge]).toEqual([403, undefined]);
    expect(body).toContain('ANONYMOUS_ROLE');
  });

  it('everyone may do what ANONYMOUS_ROLE says', () => {
    const viewer = world({ ANONYMOUS_ROLE: 'viewer' });
    expect(namesIn(viewer.rpc('tools/list').body)).not.toContain(WRITING_TOOL);
    const { status, challenge, body, logged } = viewer.rpc('tools/call', { name: WRITING_TOOL, arguments: { petId: 1 } });
    expect([status, challenge]).toEqual([200, undefined]);
    expect(body).toContain('"isError":true');
    expect(logged).not.toHaveProperty('who');
    expect(namesIn(world({ ANONYMOUS_ROLE: 'operator' }).rpc('tools/list').body)).toContain(WRITING_TOOL);
  });
});

describe('where the mesh says who calls', () => {
  const options = {
    ANONYMOUS_ROLE: 'none',
    TRUSTED_IDENTITY_HEADER: 'l5d-client-id',
    TRUSTED_HOP: 'mesh-proxy',
    ROLES: 'viewer=identity:agent.ops.serviceaccount.identity.linkerd.cluster.local',
  };
  const identity = (name: string): HeaderList => [['l5d-client-id', `${name}.serviceaccount.identity.linkerd.cluster.local`]];

  it('its workloads have their roles, and others none', () => {
    const { rpc } = world(options);
    expect(rpc('tools/list', {}, identity('agent.ops'))).toMatchObject({
      status: 200,
      logged: { who: 'agent.ops.serviceaccount.identity.linkerd.cluster.local', via: 'mesh' },
    });
    expect(rpc('tools/list', {}, identity('web.shop'))).toMatchObject({ status: 403, challenge: undefined });
    expect(rpc('tools/list')).toMatchObject({ status: 403, challenge: undefined });
  });
});
