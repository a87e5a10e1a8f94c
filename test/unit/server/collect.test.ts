import { describe, expect, it } from 'vitest';
import { header } from '../../../src/lib/headers.ts';
import { serve } from '../../../src/server/app.ts';
import { demoWorld } from '../../support/demo-world.ts';
import { bodyOf, incomingRequest, RecordingResponder, type RequestParts } from '../../support/exchange.ts';

function world(options: Readonly<Record<string, string>> = {}) {
  const made = demoWorld(options);
  const ask = (parts: RequestParts) => {
    const responder = new RecordingResponder();
    const headers = [['host', 'localhost:8000'] as const, ...(parts.headers ?? [])];
    serve(incomingRequest({ ...parts, headers }), responder, { ports: made.ports, config: made.config });
    return { ...responder.response, body: bodyOf(responder.response) };
  };
  const collect = (body: string, authorization = 'Bearer secret') =>
    ask({ path: '/v1/collect', headers: [['authorization', authorization]], body });
  return { ...made, ask, collect };
}

describe('POST /v1/collect', () => {
  it('runs the collector and reports what it did', () => {
    const { status, body } = world().collect('{"holder":"ticker-0","windowMs":1000}');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ leader: true, term: 1, synced: true, namespaces: 8 });
  });

  it('takes an empty body for a run of its own', () => {
    expect(JSON.parse(world({ COLLECT_WINDOW_MS: '1000' }).collect('').body)).toMatchObject({ leader: true });
  });

  it('says at once who has the lease', () => {
    const { collect } = world();
    collect('{"holder":"ticker-0","windowMs":0}');
    const { status, body } = collect('{"holder":"ticker-1"}');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ leader: false, holder: 'ticker-0' });
  });

  it('watches no longer than the configured window', () => {
    const { collect, clock } = world({ COLLECT_WINDOW_MS: '2000', PROMETHEUS_URL: '' });
    collect('{"windowMs":0}');
    const before = clock.monotonic();
    collect('{"windowMs":60000}');
    expect(clock.monotonic() - before).toBeLessThan(4_000);
  });

  it.each(['', 'Bearer', 'Bearer other', 'Basic secret'])('refuses whoever comes with %j, and does nothing', (authorization) => {
    const { collect, writes } = world();
    const { status, headers, body } = collect('', authorization);
    expect(status).toBe(401);
    expect(header(headers, 'www-authenticate')).toBe('Bearer');
    expect(body).not.toContain('secret');
    expect(writes.filter((key) => !key.startsWith('metrics/'))).toEqual([]);
  });

  it('is switched off where there is no token to know a ticker by', () => {
    const { status, body } = world({ COLLECT_TOKEN: '' }).collect('', 'Bearer ');
    expect(status).toBe(401);
    expect(body).toContain('set COLLECT_TOKEN');
  });

  it.each([
    '[]',
    '{',
    '{"holder":7}',
    '{"holder":"a b"}',
    '{"windowMs":-1}',
    '{"windowMs":"1"}',
    '{"window":1}',
    `{"holder":"${'a'.repeat(64)}"}`,
    ' '.repeat(2000),
  ])('refuses the body %j with what it should be', (body) => {
    const answer = world().collect(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('windowMs');
  });

  it('says 503 and why where there is no graph and the cluster cannot be read', () => {
    const { collect, weather } = world({ COLLECT_SYNC_MS: '2000' });
    weather.kubernetes = 'down';
    const { status, body } = collect('');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'unavailable', message: expect.stringContaining('Kubernetes') } });
  });

  it('says 405 with Allow to anything but POST', () => {
    const { status, headers } = world().ask({ method: 'GET', path: '/v1/collect' });
    expect(status).toBe(405);
    expect(header(headers, 'allow')).toBe('POST');
  });
});

describe('/metrics after runs', () => {
  it('counts them by outcome and adds up what they did', () => {
    const { ask, collect } = world({ COLLECT_WINDOW_MS: '1000' });
    collect('{"holder":"one"}');
    collect('{"holder":"one"}');
    collect('{"holder":"two"}');
    const { body } = ask({ method: 'GET', path: '/metrics' });
    expect(body).toContain('mesh_mcp_collector_runs_total{outcome="ok"} 2');
    expect(body).toContain('mesh_mcp_collector_runs_total{outcome="standby"} 1');
    expect(body).toMatch(/^mesh_mcp_collector_publications_total [1-9]/m);
    expect(body).toMatch(/^mesh_mcp_collector_kubernetes_bytes_total [1-9]/m);
    expect(body).toMatch(/^mesh_mcp_graph_generation [1-9]/m);
    expect(body).toContain('mesh_mcp_graph_synced 1');
    expect(body).toContain('mesh_mcp_graph_namespaces 8');
    expect(body).toMatch(/^mesh_mcp_collector_lag_seconds \d/m);
  });

  it('counts a run that failed', () => {
    const { ask, collect, weather } = world({ COLLECT_SYNC_MS: '1000' });
    weather.kubernetes = 'down';
    collect('');
    expect(ask({ method: 'GET', path: '/metrics' }).body).toContain('mesh_mcp_collector_runs_total{outcome="failed"} 1');
  });
});
