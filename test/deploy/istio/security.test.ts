import { describe, expect, test } from 'vitest';
import { admits, type Request } from './authorization.ts';
import { at, documents, EAST_WEST_PRINCIPAL, INGRESS_PRINCIPAL, list, map, ofKind, principal, SERVICES, spec } from './manifests.ts';

describe('mutual TLS', () => {
  test.each(['istio-system', 'mcp-system'])('is STRICT in %s, with no exception for a workload or a port', (namespace) => {
    expect(spec('PeerAuthentication', 'default', namespace)).toEqual({ mtls: { mode: 'STRICT' } });
    expect(ofKind('PeerAuthentication', namespace)).toHaveLength(1);
  });
});

describe('default deny', () => {
  test.each(['mcp-system', 'istio-ingress', 'istio-egress', 'istio-eastwest'])(
    '%s: an ALLOW policy without rules, for every workload',
    (namespace) => {
      expect(spec('AuthorizationPolicy', 'default-deny', namespace)).toEqual({});
    },
  );

  test('not in the root namespace, where it would deny other teams', () => {
    expect(ofKind('AuthorizationPolicy', 'istio-system')).toEqual([]);
  });

  test.each(SERVICES)('%s admits no stranger', (app) => {
    expect(admits({ app, principal: 'cluster.local/ns/default/sa/default', method: 'GET', path: '/v1/mcp' })).toBe(false);
  });
});

/** Every call that README.md names; all others between services are denied. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  'mcp-debate': ['mcp-gateway'],
  'mcp-organization': ['mcp-gateway'],
  'mcp-context': ['mcp-gateway', 'mcp-debate', 'mcp-controller'],
  'mcp-controller': ['mcp-gateway'],
  'mcp-template': ['mcp-gateway', 'mcp-controller'],
  'mcp-llm': ['mcp-debate'],
  'mcp-rag': ['mcp-debate', 'mcp-context'],
  'mcp-gateway': [],
};
const COLLECTIONS: Readonly<Record<string, string>> = {
  'mcp-debate': 'debates',
  'mcp-organization': 'organizations',
  'mcp-context': 'contexts',
  'mcp-controller': 'runs',
  'mcp-template': 'templates',
  'mcp-llm': 'completions',
  'mcp-rag': 'searches',
  'mcp-gateway': 'mcp',
};

describe('between services', () => {
  test.each(SERVICES.flatMap((app) => SERVICES.map((caller) => [caller, app] as const)))('%s to %s', (caller, app) => {
    const request = { app, principal: principal(caller), method: 'GET', path: `/v1/${COLLECTIONS[app]}/1` };
    expect(admits(request)).toBe(CALLS[app]?.includes(caller));
    expect(admits({ ...request, path: '/admin' })).toBe(false);
  });

  test('mcp-controller reads templates and does not change them', () => {
    const request = { app: 'mcp-template', principal: principal('mcp-controller'), path: '/v1/templates/1' };
    expect(admits({ ...request, method: 'GET' })).toBe(true);
    expect(admits({ ...request, method: 'PUT' })).toBe(false);
    expect(admits({ ...request, principal: principal('mcp-gateway'), method: 'PUT' })).toBe(true);
  });

  test.each(['mcp-debate', 'mcp-organization', 'mcp-context', 'mcp-controller', 'mcp-template'])(
    '%s is read and changed through the gateway',
    (app) => {
      const request = { app, principal: principal('mcp-gateway') };
      const methods = ['DELETE', 'GET', 'PATCH', 'POST', 'PUT', 'CONNECT'];
      for (const path of ['/v1/mcp', `/v1/${COLLECTIONS[app]}`, `/v1/${COLLECTIONS[app]}/1`]) {
        expect(methods.filter((method) => admits({ ...request, method, path }))).toEqual(methods.slice(0, -1));
      }
    },
  );

  test('models are asked and nothing else', () => {
    const request = { app: 'mcp-llm', principal: principal('mcp-debate'), path: '/v1/completions' };
    expect(admits({ ...request, method: 'POST' })).toBe(true);
    expect(admits({ ...request, method: 'DELETE' })).toBe(false);
  });

  test.each(SERVICES)('other clusters: %s', (app) => {
    const open = app === 'mcp-context' || app === 'mcp-rag';
    expect(admits({ app, principal: EAST_WEST_PRINCIPAL, method: 'POST', path: `/v1/${COLLECTIONS[app]}` })).toBe(open);
  });

  test('limits are asked for by the two proxies that need them, counters kept by the service alone', () => {
    const path = '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit';
    expect(admits({ app: 'ratelimit', principal: INGRESS_PRINCIPAL, method: 'POST', path })).toBe(true);
    expect(admits({ app: 'ratelimit', principal: principal('mcp-gateway'), method: 'POST', path })).toBe(true);
    expect(admits({ app: 'ratelimit', principal: principal('mcp-llm'), method: 'POST', path })).toBe(false);
    const redis = { app: 'ratelimit-redis', method: '', path: '', port: '6379' };
    expect(admits({ ...redis, principal: principal('ratelimit') })).toBe(true);
    expect(admits({ ...redis, principal: principal('mcp-gateway') })).toBe(false);
  });
});

describe('tokens', () => {
  const rules = list(spec('RequestAuthentication', 'mcp-gateway'), 'jwtRules');

  test('of three issuers, each with keys and an audience', () => {
    expect(rules.map((rule) => at(rule, 'issuer'))).toEqual([
      'https://auth.example.com',
      'https://machines.example.com',
      'https://accounts.google.com',
    ]);
    for (const rule of rules) {
      expect(at(rule, 'jwksUri')).toMatch(/^https:\/\//);
      expect(list(rule, 'audiences')).toHaveLength(1);
    }
  });

  test('say whose request it is', () => {
    for (const rule of rules) {
      // Google says the organization of an account in `hd`.
      const organization = at(rule, 'issuer') === 'https://accounts.google.com' ? 'hd' : 'organization_id';
      expect(at(rule, 'outputClaimToHeaders')).toEqual([
        { header: 'x-organization-id', claim: organization },
        { header: 'x-user-id', claim: 'sub' },
      ]);
      expect(at(rule, 'forwardOriginalToken')).toBe(true);
    }
  });

  test('are asked for by a policy on the same workload', () => {
    expect(at(spec('RequestAuthentication', 'mcp-gateway'), 'selector')).toEqual({ matchLabels: { app: 'mcp-gateway' } });
    expect(admits({ app: 'mcp-gateway', principal: INGRESS_PRINCIPAL, method: 'POST', path: '/v1/mcp' })).toBe(false);
  });
});

describe('roles', () => {
  const at_ = (role: string, method: string, path: string): Request => ({
    app: 'mcp-gateway',
    principal: INGRESS_PRINCIPAL,
    method,
    path,
    requestPrincipal: 'https://auth.example.com/ann',
    claims: { roles: [role] },
  });

  test.each([
    // method, path, user, moderator, owner
    ['POST', '/v1/mcp', true, true, true],
    ['DELETE', '/v1/mcp', true, true, true],
    ['GET', '/v1/debates/1', true, true, true],
    ['POST', '/v1/debates', false, true, true],
    ['DELETE', '/v1/debates/1', false, true, true],
    ['PUT', '/v1/templates/1', false, true, true],
    ['POST', '/v1/contexts', false, false, true],
    ['GET', '/v1/organizations', false, false, true],
    ['GET', '/v1/organizations/1', false, false, true],
    ['DELETE', '/v1/organizations/1', false, false, true],
    ['GET', '/metrics', false, false, false],
  ] as const)('%s %s: user %s, moderator %s, owner %s', (method, path, user, moderator, owner) => {
    expect(['user', 'moderator', 'owner', 'guest'].map((role) => admits(at_(role, method, path)))).toEqual([user, moderator, owner, false]);
  });

  test('are believed from our two issuers only, and only through the ingress', () => {
    const request = at_('owner', 'DELETE', '/v1/organizations/1');
    expect(admits({ ...request, requestPrincipal: 'https://machines.example.com/robot' })).toBe(true);
    expect(admits({ ...request, requestPrincipal: 'https://accounts.google.com/1' })).toBe(false);
    expect(admits({ ...request, principal: principal('mcp-llm') })).toBe(false);
  });

  test('a Google account of our domain is a user', () => {
    const request = { ...at_('', 'POST', '/v1/mcp'), requestPrincipal: 'https://accounts.google.com/1' };
    expect(admits({ ...request, claims: { hd: ['example.com'] } })).toBe(true);
    expect(admits({ ...request, claims: { hd: ['elsewhere.example'] } })).toBe(false);
    expect(admits({ ...request, method: 'POST', path: '/v1/debates', claims: { hd: ['example.com'] } })).toBe(false);
  });

  test('the health check needs none', () => {
    expect(admits({ app: 'mcp-gateway', principal: INGRESS_PRINCIPAL, method: 'GET', path: '/healthz' })).toBe(true);
  });
});

describe('API keys', () => {
  const policies = documents('security/api-keys/policies.yaml');
  const check = policies.find((policy) => at(policy, 'spec', 'action') === 'CUSTOM');

  test('every request that brings one is shown to the authorizer', () => {
    expect(at(check, 'spec', 'provider', 'name')).toBe('mcp-api-keys');
    expect(at(check, 'spec', 'rules')).toEqual([{ when: [{ key: 'request.headers[x-api-key]', values: ['*'] }] }]);
    expect(at(check, 'spec', 'selector', 'matchLabels')).toEqual({ app: 'mcp-gateway' });
  });

  test('the authorizer is where the provider says', () => {
    const [installation] = documents('istio/installation.yaml');
    const provider = list(installation, 'spec', 'meshConfig', 'extensionProviders').find((each) => at(each, 'name') === 'mcp-api-keys');
    expect(at(provider, 'envoyExtAuthzHttp', 'service')).toBe('mcp-api-keys.mcp-system.svc.cluster.local');
    expect(list(spec('Service', 'mcp-api-keys'), 'ports').map((port) => at(port, 'port'))).toEqual([
      at(provider, 'envoyExtAuthzHttp', 'port'),
    ]);
    const prefix = String(at(provider, 'envoyExtAuthzHttp', 'pathPrefix'));
    expect(admits({ app: 'mcp-api-keys', principal: principal('mcp-gateway'), method: 'POST', path: `${prefix}/v1/mcp` })).toBe(true);
    expect(admits({ app: 'mcp-api-keys', principal: principal('mcp-llm'), method: 'POST', path: `${prefix}/v1/mcp` })).toBe(false);
  });

  test('a key opens MCP and nothing that needs a role', () => {
    const request = { app: 'mcp-gateway', principal: INGRESS_PRINCIPAL, method: 'POST', headers: { 'x-api-key': 'k' } };
    expect(admits({ ...request, path: '/v1/mcp' })).toBe(true);
    expect(admits({ ...request, path: '/v1/debates' })).toBe(false);
  });

  test('are not in the part without cluster-admin, which has no provider for them', () => {
    expect(list(documents('base/namespaced/kustomization.yaml')[0], 'resources')).not.toContain('../../security/api-keys');
    expect(list(documents('base/kustomization.yaml')[0], 'resources')).toContain('../security/api-keys');
  });
});

describe('gateways', () => {
  const ingress = { app: 'istio-ingressgateway', namespace: 'istio-ingress', principal: '', method: 'POST' };

  test('ingress: our host, with or without a port, and our paths', () => {
    for (const host of ['mcp.example.com', 'mcp.example.com:443']) expect(admits({ ...ingress, host, path: '/v1/mcp' })).toBe(true);
    expect(admits({ ...ingress, host: 'other.example.com', path: '/v1/mcp' })).toBe(false);
    expect(admits({ ...ingress, host: 'mcp.example.com', path: '/admin' })).toBe(false);
  });

  test('egress: only who is named, only to its own hosts', () => {
    const egress = { app: 'istio-egressgateway', namespace: 'istio-egress', method: '', path: '' };
    expect(admits({ ...egress, principal: principal('mcp-llm'), sni: 'api.openai.com' })).toBe(true);
    expect(admits({ ...egress, principal: principal('mcp-rag'), sni: 'api.openai.com' })).toBe(false);
    expect(admits({ ...egress, principal: principal('mcp-llm'), sni: 'evil.example' })).toBe(false);
  });

  test('east-west: services of mcp-system, by the SNI of either mode', () => {
    const eastWest = { app: 'istio-eastwestgateway', namespace: 'istio-eastwest', principal: '', method: '', path: '' };
    expect(admits({ ...eastWest, sni: 'outbound_.8080_._.mcp-rag.mcp-system.svc.cluster.local' })).toBe(true);
    expect(admits({ ...eastWest, sni: 'mcp-rag.mcp-system.svc.cluster.local' })).toBe(true);
    expect(admits({ ...eastWest, sni: 'outbound_.443_._.kubernetes.default.svc.cluster.local' })).toBe(false);
  });
});

describe('network policies', () => {
  test('ask for ports that a pod has, by TCP but for DNS', () => {
    const ports = ofKind('NetworkPolicy').flatMap(({ value }) =>
      [...list(value, 'spec', 'ingress'), ...list(value, 'spec', 'egress')].flatMap((rule) => list(rule, 'ports')),
    );
    const known = [53, 443, 4317, 6379, 8080, 8081, 8443, 9090, 15012, 15017, 15020, 15021, 15090, 15443];
    for (const port of ports) {
      expect(known).toContain(at(port, 'port'));
      expect(at(port, 'port') === 53 ? ['UDP', 'TCP'] : [undefined]).toContain(at(port, 'protocol'));
    }
    expect(ports.filter((port) => at(port, 'protocol') === 'UDP')).toHaveLength(4);
  });
  test('mcp-system: nothing in, nothing out, unless another policy says so', () => {
    expect(spec('NetworkPolicy', 'default-deny')).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });

  test('the outside is reached from istio-egress alone, and on 443', () => {
    const open = ofKind('NetworkPolicy').filter(({ value }) =>
      list(value, 'spec', 'egress').some(
        (rule) => !Array.isArray(at(rule, 'to')) || list(rule, 'to').some((to) => at(to, 'ipBlock') !== undefined),
      ),
    );
    expect(open.map(({ namespace }) => namespace)).toEqual(['istio-egress']);
    const rule = list(open[0]?.value, 'spec', 'egress').find((each) => at(each, 'to', 0, 'ipBlock') !== undefined);
    expect(at(rule, 'ports')).toEqual([{ port: 443 }]);
    expect(at(rule, 'to', 0, 'ipBlock', 'except')).toContain('169.254.0.0/16');
  });

  test('whoever injects a proxy lets it reach istiod and DNS', () => {
    for (const [namespace, name] of [
      ['mcp-system', 'mesh'],
      ['istio-ingress', 'ingress-gateway'],
      ['istio-egress', 'egress-gateway'],
      ['istio-eastwest', 'east-west-gateway'],
    ] as const) {
      const ports = list(spec('NetworkPolicy', name, namespace), 'egress').flatMap((rule) =>
        list(rule, 'ports').map((port) => at(port, 'port')),
      );
      expect(ports, namespace).toEqual(expect.arrayContaining([53, 15012, 4317]));
    }
  });

  test('Redis is reached by the rate limit service alone', () => {
    expect(list(spec('NetworkPolicy', 'ratelimit-redis'), 'ingress')).toEqual([
      { from: [{ podSelector: { matchLabels: { app: 'ratelimit' } } }], ports: [{ port: 6379 }] },
    ]);
    // The rule between services opens other ports only.
    const between = list(spec('NetworkPolicy', 'between-services'), 'ingress', 0, 'ports').map((port) => at(port, 'port'));
    expect(between).toEqual([8080, 8081]);
  });
});

test('sidecars know what their namespace needs, and nothing that is not registered is reachable', () => {
  const sidecar = spec('Sidecar', 'default');
  expect(at(sidecar, 'outboundTrafficPolicy', 'mode')).toBe('REGISTRY_ONLY');
  expect(at(sidecar, 'egress', 0, 'hosts')).toEqual(['./*', 'istio-egress/*', 'istio-system/*', 'observability/*']);
  expect(map(sidecar)).not.toHaveProperty('workloadSelector');
});
