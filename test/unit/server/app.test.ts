import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import { MeshError } from '../../../src/lib/errors.ts';
import { header } from '../../../src/lib/headers.ts';
import { encodeUtf8 } from '../../../src/lib/utf8.ts';
import type { KeyValue } from '../../../src/ports/keyvalue.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { serve } from '../../../src/server/app.ts';
import { ROUTES } from '../../../src/server/routes.ts';
import { bodyOf, incomingRequest, RecordingResponder, type RequestParts } from '../../support/exchange.ts';
import { quietPorts } from '../../support/quiet-ports.ts';

function ask(parts: RequestParts, overrides: Partial<Ports> = {}, options: Readonly<Record<string, string>> = {}, host = 'localhost:8000') {
  const { ports, lines } = quietPorts();
  const responder = new RecordingResponder();
  const headers = [['host', host] as const, ...(parts.headers ?? [])];
  serve(incomingRequest({ method: 'GET', ...parts, headers }), responder, {
    ports: { ...ports, ...overrides },
    config: parseConfig({ get: (name) => ({ ANONYMOUS_ROLE: 'admin', ...options })[name] }),
  });
  return { ...responder.response, body: bodyOf(responder.response), lines };
}

/** Counters as a host keeps them, and nothing else. */
function countingStore(): { readonly store: KeyValue; readonly counts: Map<string, number> } {
  const counts = new Map<string, number>();
  const value = (key: string) => (counts.has(key) ? encodeUtf8(String(counts.get(key))) : undefined);
  return {
    counts,
    store: {
      ...quietPorts().ports.keyvalue,
      getMany: (keys) => keys.map(value),
      increment: (key, delta) => {
        counts.set(key, (counts.get(key) ?? 0) + delta);
        return counts.get(key) ?? 0;
      },
    },
  };
}

const brokenStore: KeyValue = new Proxy(quietPorts().ports.keyvalue, {
  get: () => () => {
    throw new MeshError('unavailable', 'The store is unavailable: on purpose.');
  },
});

describe('routes', () => {
  it('answers /healthz whatever else is broken', () => {
    const { status, body } = ask({ path: '/healthz' }, { keyvalue: brokenStore });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ status: 'ok' });
  });

  it('says 404 with a way on for an unknown path', () => {
    const { status, body } = ask({ path: '/v1/mpc' });
    expect(status).toBe(404);
    expect(body).toContain('/v1/mcp');
  });

  it.each(ROUTES.map((route) => route.path))('says 405 with Allow for a wrong method on %s', (path) => {
    const { status, headers } = ask({ path, method: 'PATCH' });
    expect(status).toBe(405);
    expect(header(headers, 'allow')).toMatch(/^(GET|POST)$/);
  });

  it('lists the tools as plain JSON, those of the enabled toolsets alone', () => {
    const names = (options: Readonly<Record<string, string>>) =>
      JSON.parse(ask({ path: '/v1/mcp/tools' }, {}, options).body).tools.map((tool: { name: string }) => tool.name);
    expect(names({})).toContain('get_pet_find_by_status');
    expect(names({})).toContain('list_services');
    expect(names({ TOOLSETS: 'graph' })).not.toContain('get_pet_find_by_status');
    expect(names({ TOOLSETS: 'graph' })).toContain('list_services');
  });

  it('serves a page that says how to connect, and lets it load nothing', () => {
    const { status, headers, body } = ask({ path: '/' });
    expect(status).toBe(200);
    expect(header(headers, 'content-security-policy')).toContain("default-src 'none'");
    expect(body).toContain('/v1/mcp');
    expect(body).not.toMatch(/<script|src=|https?:\/\/(?!localhost:8000)/);
  });

  it('shows the address that the reader used, as text', () => {
    const page = (host: string) => ask({ path: '/', headers: [] }, {}, { ALLOWED_HOSTS: '*' }, host).body;
    expect(page('mesh.example:8123')).toContain('curl -s http://mesh.example:8123/v1/mcp');
    expect(page('"><script>alert(1)</script>')).not.toContain('<script');
  });

  it('passes MCP on', () => {
    const headers = [['content-type', 'application/json']] as const;
    const { status, body } = ask({ method: 'POST', path: '/v1/mcp', headers, body: '{"jsonrpc":"2.0","id":7,"method":"ping"}' });
    expect(status).toBe(200);
    expect(body).toContain('"id":7');
  });
});

describe('/ready', () => {
  const answering: Partial<Ports> = {
    http: {
      ...quietPorts().ports.http,
      sendAll: (requests) => requests.map(() => ({ status: 200, headers: [], body: new Uint8Array(0), truncated: false })),
    },
  };

  it('is 200 when store and upstreams answer', () => {
    const { status, body } = ask({ path: '/ready' }, answering);
    expect(status).toBe(200);
    expect(JSON.parse(body).ready).toBe(true);
  });

  it('is 503 and names each upstream that does not answer, and the option to look at', () => {
    const { status, body } = ask({ path: '/ready' });
    expect(status).toBe(503);
    expect(body).toContain('PETSTORE_URL');
    expect(body).toContain('KUBERNETES_URL');
  });

  it('is 503 when the store does not answer', () => {
    const { status, body } = ask({ path: '/ready' }, { ...answering, keyvalue: brokenStore });
    expect(status).toBe(503);
    expect(body).toContain('The store is unavailable');
  });

  it('asks no upstream of a toolset that is switched off', () => {
    const asked: string[] = [];
    const http: Ports['http'] = {
      ...quietPorts().ports.http,
      sendAll: (requests) => {
        asked.push(...requests.map((request) => request.url));
        return requests.map(() => ({ status: 200, headers: [], body: new Uint8Array(0), truncated: false }));
      },
    };
    ask({ path: '/ready' }, { http }, { TOOLSETS: 'graph' });
    expect(asked).toEqual(['https://kubernetes.default.svc/version']);
  });

  it.each([
    [200, 200],
    [401, 200],
    [403, 200],
    [302, 503],
    [404, 503],
    [500, 503],
  ])('takes an upstream status %i for %i', (upstream, expected) => {
    const http: Ports['http'] = {
      ...quietPorts().ports.http,
      sendAll: (requests) => requests.map(() => ({ status: upstream, headers: [], body: new Uint8Array(0), truncated: false })),
    };
    expect(ask({ path: '/ready' }, { http }).status).toBe(expected);
  });

  it('is 503 when an upstream answers with a server error', () => {
    const failing: Partial<Ports> = {
      http: {
        ...quietPorts().ports.http,
        sendAll: (requests) => requests.map(() => ({ status: 502, headers: [], body: new Uint8Array(0), truncated: false })),
      },
    };
    expect(ask({ path: '/ready' }, failing).status).toBe(503);
  });
});

describe('/metrics', () => {
  it('counts requests, their time and tool calls, and exposes what was counted', () => {
    const { store } = countingStore();
    let now = 0;
    const clock = { now: () => 0, sleep: () => {}, monotonic: () => (now += 250) };
    ask({ path: '/healthz' }, { keyvalue: store, clock });
    ask({ path: '/healthz' }, { keyvalue: store, clock });
    ask({ path: '/nowhere' }, { keyvalue: store, clock });
    const headers = [['content-type', 'application/json']] as const;
    const call = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_pet_find_by_status","arguments":{"status":1}}}';
    ask({ method: 'POST', path: '/v1/mcp', headers, body: call }, { keyvalue: store, clock });
    const { body, headers: answered } = ask({ path: '/metrics' }, { keyvalue: store });
    expect(header(answered, 'content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toContain('mesh_mcp_requests_total{route="healthz",status="2xx"} 2\n');
    expect(body).toContain('mesh_mcp_requests_total{route="none",status="4xx"} 1\n');
    expect(body).toContain('mesh_mcp_request_seconds_total{route="healthz"} 0.5\n');
    expect(body).toContain('mesh_mcp_tool_calls_total{tool="get_pet_find_by_status",outcome="invalid"} 1\n');
    for (const line of body.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [0-9.e+-]+)$/);
  });

  it('is 503 without the store, and other requests do not notice', () => {
    expect(ask({ path: '/metrics' }, { keyvalue: brokenStore }).status).toBe(503);
    expect(ask({ path: '/' }, { keyvalue: brokenStore }).status).toBe(200);
  });

  it('tries again when an increment met another', () => {
    const { store, counts } = countingStore();
    let failures = 2;
    const conflicting: KeyValue = {
      ...store,
      increment: (key, delta) => {
        if (failures-- > 0) throw new MeshError('unavailable', 'conflict');
        return store.increment(key, delta);
      },
    };
    ask({ path: '/healthz' }, { keyvalue: conflicting });
    expect(counts.get('metrics/requests/healthz/2xx')).toBe(1);
  });

  it('writes the counters after the answer', () => {
    const responder = new RecordingResponder();
    const { ports } = quietPorts();
    let answeredFirst = false;
    const keyvalue: KeyValue = {
      ...ports.keyvalue,
      increment: () => {
        answeredFirst = responder.response.ended;
        return 1;
      },
    };
    serve(incomingRequest({ method: 'GET', path: '/healthz', headers: [['host', 'localhost']] }), responder, {
      ports: { ...ports, keyvalue },
      config: parseConfig({ get: () => undefined }),
    });
    expect(answeredFirst).toBe(true);
  });
});

describe('Host and Origin', () => {
  it('turns a foreign Host away before any route', () => {
    const { status, body } = ask({ path: '/healthz', headers: [] }, {}, { ALLOWED_HOSTS: 'other.example' });
    expect(status).toBe(403);
    expect(body).toContain('ALLOWED_HOSTS');
  });

  it.each(['host', 'origin'])('turns a request with two %s headers away', (name) => {
    const twice = [[name, 'http://localhost'] as const, [name, 'http://evil.example'] as const];
    expect(ask({ path: '/healthz', headers: twice }).status).toBe(403);
  });

  it('turns pages of a foreign Origin away, and gives them no CORS headers', () => {
    const { status, headers } = ask({ path: '/healthz', headers: [['origin', 'https://evil.example']] });
    expect(status).toBe(403);
    expect(header(headers, 'access-control-allow-origin')).toBeUndefined();
  });

  it('lets pages of an allowed Origin read the answer, and answers their preflight', () => {
    const origin = ['origin', 'http://localhost:6274'] as const;
    expect(header(ask({ path: '/healthz', headers: [origin] }).headers, 'access-control-allow-origin')).toBe('http://localhost:6274');
    const preflight = ask({ method: 'OPTIONS', path: '/v1/mcp', headers: [origin] });
    expect(preflight.status).toBe(204);
    expect(header(preflight.headers, 'access-control-allow-methods')).toBe('POST');
    expect(header(preflight.headers, 'access-control-allow-headers')).toContain('mcp-protocol-version');
  });
});

describe('the access log', () => {
  it('comes with headers that keep browsers from guessing and caches from keeping', () => {
    const { headers } = ask({ path: '/healthz' });
    expect(header(headers, 'x-content-type-options')).toBe('nosniff');
    expect(header(headers, 'cache-control')).toBe('no-store');
  });

  it('has one line a request, with its id, and none of what the caller sent', () => {
    const headers = [['content-type', 'application/json']] as const;
    const body =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_pet_find_by_status","arguments":{"status":"planted-argument"}}}';
    const { lines, headers: answered } = ask({ method: 'POST', path: '/v1/mcp', query: 'planted-query', headers, body });
    expect(lines.filter((line) => line.message === 'request')).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'info',
      fields: { method: 'POST', route: 'mcp', status: 200, rpcMethod: 'tools/call', tool: 'get_pet_find_by_status', outcome: 'invalid' },
    });
    expect(header(answered, 'x-request-id')).toBe(lines[0]?.fields.requestId);
    expect(JSON.stringify(lines)).not.toContain('planted');
  });

  it('tells how often upstreams were called and how long they took', () => {
    let now = 0;
    const clock = { now: () => 0, sleep: () => {}, monotonic: () => (now += 10) };
    const { lines } = ask({ path: '/ready' }, { clock });
    expect(lines[0]?.fields).toMatchObject({ upstreamCalls: 2, upstreamMs: 10 });
  });
});

describe('a defect', () => {
  it('is a 500 with the request id and nothing about its cause, which the log has', () => {
    const { status, body, lines } = ask(
      { path: '/ready' },
      {
        http: {
          ...quietPorts().ports.http,
          send: () => {
            throw new Error('planted detail');
          },
          sendAll: () => {
            throw new Error('planted detail');
          },
        },
      },
    );
    expect(status).toBe(500);
    expect(body).toContain(String(lines[0]?.fields.requestId));
    expect(body).not.toContain('planted');
    expect(JSON.stringify(lines)).toContain('planted detail');
  });
});
