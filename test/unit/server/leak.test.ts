import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../src/adapters/memory/keyvalue.ts';
import { parseConfig } from '../../../src/config.ts';
import { demoKubernetes } from '../../../src/demo/kubernetes/api.ts';
import { encodeUtf8 } from '../../../src/lib/utf8.ts';
import { TOOLS } from '../../../src/mcp/catalogue.ts';
import type { Http, HttpFailure, HttpRequest, HttpResponse } from '../../../src/ports/http.ts';
import { serve } from '../../../src/server/app.ts';
import { ROUTES } from '../../../src/server/routes.ts';
import { bodyOf, incomingRequest, RecordingResponder } from '../../support/exchange.ts';
import { askDemo, fakeClock, fakeHttp } from '../../support/ports.ts';
import { quietPorts } from '../../support/quiet-ports.ts';
import { answeredStreams } from '../../support/streams.ts';

const SECRETS = {
  PETSTORE_API_KEY: 'planted-petstore-key',
  PETSTORE_TOKEN: 'planted-petstore-token',
  KUBERNETES_TOKEN: 'planted-kubernetes-token',
  PROMETHEUS_TOKEN: 'planted-prometheus-token',
  COLLECT_TOKEN: 'planted-collect-token',
  TRUSTED_HOP_SECRET: 'planted-hop-secret',
};
const KUBERNETES_URL = 'https://kube.example';
const PROMETHEUS_URL = 'https://prom.example';
const OPTIONS = {
  ...SECRETS,
  TOOLSETS: 'petstore,graph,policy,change',
  ANONYMOUS_ROLE: 'admin',
  PETSTORE_URL: 'http://pets.example/api/v3',
  KUBERNETES_URL,
  PROMETHEUS_URL,
};

/** What an upstream may put anywhere in a bad answer. */
const UPSTREAM_SECRET = 'planted-upstream-secret';

const PET = { name: 'Rex', photoUrls: [] };
const USER = { username: 'planted-username', password: 'planted-password' };

const manifestOf = (apiVersion: string, kind: string) => ({ apiVersion, kind, metadata: { name: 'web', namespace: 'shop' }, spec: {} });

/** Arguments with which each tool reaches its upstream. */
const ARGUMENTS: Readonly<Record<string, object>> = {
  get_mesh_graph: {},
  list_services: {},
  get_service: { namespace: 'shop', service: 'web' },
  get_call_graph: { namespace: 'shop', workload: 'web' },
  watch_mesh_graph: { seconds: 0 },
  check_access: { from: 'shop/Deployment/web', to: 'shop/Service/cart', port: 80 },
  list_policies: { namespace: 'shop' },
  suggest_authorization_policy: { service: 'shop/cart' },
  simulate_policy: { manifests: [manifestOf('policy.linkerd.io/v1alpha1', 'MeshTLSAuthentication')] },
  analyze_mesh_config: { namespace: 'shop' },
  apply_authorization_policy: { manifest: manifestOf('policy.linkerd.io/v1alpha1', 'MeshTLSAuthentication') },
  apply_http_route: { manifest: manifestOf('gateway.networking.k8s.io/v1', 'HTTPRoute') },
  shift_traffic: {
    namespace: 'shop',
    kind: 'HTTPRoute.gateway.networking.k8s.io',
    name: 'web',
    weights: [
      { target: 'a', weight: 1 },
      { target: 'b', weight: 1 },
    ],
  },
  revert_change: { change: 1 },
  get_change_log: {},
  get_pet_find_by_status: { status: 'available' },
  get_pet_find_by_tags: { tags: ['a'] },
  get_pet_pet_id: { petId: 1 },
  post_pet: { body: { id: 1, ...PET } },
  put_pet: { body: { id: 1, ...PET } },
  post_pet_pet_id: { petId: 1, name: 'Rex' },
  delete_pet_pet_id: { petId: 1 },
  post_pet_pet_id_upload_image: { petId: 1, file: 'AAAA', contentType: 'image/png' },
  get_store_inventory: {},
  post_store_order: { body: { id: 1, petId: 1 } },
  get_store_order_order_id: { orderId: 1 },
  delete_store_order_order_id: { orderId: 1 },
  post_user: { body: USER },
  post_user_create_with_list: { body: [USER] },
  get_user_login: { username: 'someone', password: 'planted-password' },
  get_user_logout: {},
  get_user_username: { username: 'someone' },
  put_user_username: { username: 'someone', body: USER },
  delete_user_username: { username: 'someone' },
};

const answer =
  (status: number, body: string, type = 'application/json') =>
  (): HttpResponse => ({
    status,
    headers: [
      ['content-type', type],
      ['location', `http://elsewhere.example/${UPSTREAM_SECRET}`],
      ['set-cookie', UPSTREAM_SECRET],
    ],
    body: encodeUtf8(body),
    truncated: false,
  });

const BAD_ANSWERS: Readonly<Record<string, () => HttpResponse>> = {
  'a plain refusal': answer(400, UPSTREAM_SECRET, 'text/plain'),
  'a refusal in JSON': answer(
    403,
    JSON.stringify({ kind: 'Status', status: 'Failure', reason: UPSTREAM_SECRET, message: UPSTREAM_SECRET, code: 403 }),
  ),
  'not authorised': answer(401, JSON.stringify({ message: UPSTREAM_SECRET })),
  'not found': answer(404, UPSTREAM_SECRET, 'application/xml'),
  'a server error with a page': answer(500, `<html>${UPSTREAM_SECRET}</html>`, 'text/html'),
  'a redirect elsewhere': answer(302, UPSTREAM_SECRET, 'text/plain'),
  'XML instead of JSON': answer(200, `<pet><name>${UPSTREAM_SECRET}</name></pet>`, 'application/xml'),
  'broken JSON': answer(200, `{"name": "${UPSTREAM_SECRET}`),
  'JSON of another shape': answer(
    200,
    JSON.stringify({ unexpected: UPSTREAM_SECRET, items: UPSTREAM_SECRET, name: { nested: UPSTREAM_SECRET } }),
  ),
  'another kind of value': answer(200, JSON.stringify([[UPSTREAM_SECRET]])),
};

function call(tool: string, args: unknown, respond: (request: HttpRequest) => HttpResponse | HttpFailure) {
  const { ports, lines } = quietPorts();
  const clock = fakeClock();
  const sent: HttpRequest[] = [];
  const answering = (request: HttpRequest) => {
    sent.push(request);
    return respond(request);
  };
  const http = fakeHttp(answering, () => answeredStreams(clock, answering));
  const responder = new RecordingResponder();
  serve(
    incomingRequest({
      method: 'POST',
      path: '/v1/mcp',
      headers: [
        ['host', 'localhost'],
        ['content-type', 'application/json'],
      ],
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: args } }),
    }),
    responder,
    {
      ports: { ...ports, clock, http, keyvalue: memoryKeyValue() },
      config: parseConfig({ get: (name) => ({ ...OPTIONS, LOG_LEVEL: 'debug' })[name] }),
    },
  );
  return {
    body: bodyOf(responder.response),
    headers: JSON.stringify(responder.response.headers),
    log: JSON.stringify(lines),
    sent,
  };
}

const GRAPH_TOOLS = TOOLS.filter(({ toolset }) => toolset === 'graph').map(({ name }) => [name, ARGUMENTS[name]] as const);

describe('secrets', () => {
  it('are looked for with every tool there is', () => {
    expect(Object.keys(ARGUMENTS).sort()).toEqual(TOOLS.map((tool) => tool.name).sort());
  });

  for (const [what, respond] of Object.entries(BAD_ANSWERS)) {
    it.each(Object.entries(ARGUMENTS))(`stay inside when the upstream of %s answers with ${what}`, (tool, args) => {
      const { body, headers, log, sent } = call(tool, args, respond);
      // What was changed is in the store, which is empty.
      if (!['get_change_log', 'revert_change'].includes(tool)) expect(sent.length, 'the tool called its upstream').toBeGreaterThan(0);
      for (const text of [body, headers, log]) expect(text).not.toContain('planted');
    });
  }

  for (const [what, respond] of Object.entries(BAD_ANSWERS)) {
    it.each(GRAPH_TOOLS)(`stay inside when the Prometheus of %s answers with ${what}`, (tool, args) => {
      const kubernetes = demoKubernetes();
      const { body, log, sent } = call(tool, args, (request) =>
        request.url.startsWith(PROMETHEUS_URL) ? respond() : askDemo(kubernetes, KUBERNETES_URL, request),
      );
      const asked = sent.filter(({ url }) => url.startsWith(PROMETHEUS_URL));
      expect(asked.length).toBeGreaterThan(0);
      for (const request of asked) expect(JSON.stringify(request.headers)).toContain(SECRETS.PROMETHEUS_TOKEN);
      expect(body).toContain('DEMO DATA');
      for (const text of [body, log]) expect(text).not.toContain('planted');
    });
  }

  it('go to the origin they belong to, and to no other', () => {
    for (const [tool, args] of Object.entries(ARGUMENTS)) {
      for (const request of call(tool, args, answer(302, '')).sent) {
        const carried = Object.values(SECRETS).filter((secret) => JSON.stringify([request.url, request.headers]).includes(secret));
        const own = request.url.startsWith('http://pets.example/')
          ? [SECRETS.PETSTORE_API_KEY, SECRETS.PETSTORE_TOKEN]
          : [SECRETS.KUBERNETES_TOKEN];
        expect(request.url, tool).toMatch(/^(http:\/\/pets\.example|https:\/\/kube\.example)\//);
        expect(own, tool).toEqual(expect.arrayContaining(carried));
      }
    }
  });

  it('of a wrong configuration are not in the error that names it', () => {
    const wrong = { PETSTORE_TOKEN: 'planted with space', KUBERNETES_URL: 'https://user:planted@kube.example' };
    expect(() => parseConfig({ get: (name) => wrong[name as keyof typeof wrong] })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('planted') }),
    );
  });

  it.each(ROUTES.map((route) => route.path))('are not in what %s answers', (path) => {
    const { ports, lines } = quietPorts();
    const responder = new RecordingResponder();
    const http: Http = { ...ports.http, sendAll: (requests) => requests.map(answer(500, UPSTREAM_SECRET)) };
    serve(incomingRequest({ method: 'GET', path, query: 'token=planted', headers: [['host', 'localhost']] }), responder, {
      ports: { ...ports, http },
      config: parseConfig({ get: (name) => (OPTIONS as Readonly<Record<string, string>>)[name] }),
    });
    expect(bodyOf(responder.response)).not.toContain('planted');
    expect(JSON.stringify(lines)).not.toContain('planted');
  });
});
