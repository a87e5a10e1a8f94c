import { describe, expect, test } from 'vitest';
import { at, documents, list, map, ofKind, spec } from './manifests.ts';

describe('ingress', () => {
  const servers = list(spec('Gateway', 'mcp-ingress', 'istio-ingress'), 'servers');

  test('serves the host over TLS, with the certificate of a secret', () => {
    const tls = servers.find((server) => at(server, 'port', 'number') === 443);
    expect(at(tls, 'port', 'protocol')).toBe('HTTPS');
    expect(at(tls, 'tls')).toEqual({ mode: 'SIMPLE', credentialName: 'mcp-example-com-tls', minProtocolVersion: 'TLSV1_2' });
    expect(at(tls, 'hosts')).toEqual(['mcp-system/mcp.example.com']);
  });

  test('sends plain HTTP on to HTTPS', () => {
    const plain = servers.find((server) => at(server, 'port', 'number') === 80);
    expect(at(plain, 'tls')).toEqual({ httpsRedirect: true });
    expect(servers).toHaveLength(2);
  });

  test('cert-manager would make the secret that the gateway names, beside its pods', () => {
    const [certificate] = documents('gateway/cert-manager/certificate.yaml');
    expect([at(certificate, 'apiVersion'), at(certificate, 'kind')]).toEqual(['cert-manager.io/v1', 'Certificate']);
    expect(at(certificate, 'spec', 'secretName')).toBe('mcp-example-com-tls');
    expect(at(certificate, 'metadata', 'namespace')).toBe('istio-ingress');
    expect(at(certificate, 'spec', 'dnsNames')).toEqual(['mcp.example.com']);
  });
});

describe('east-west', () => {
  test('15443, ISTIO_MUTUAL, names of the cluster', () => {
    expect(list(spec('Gateway', 'mcp-east-west', 'istio-eastwest'), 'servers')).toEqual([
      { port: { number: 15443, name: 'tls', protocol: 'HTTPS' }, hosts: ['*.local'], tls: { mode: 'ISTIO_MUTUAL' } },
    ]);
  });
});

describe('egress', () => {
  const entries = ofKind('ServiceEntry', 'mcp-system');
  const hosts = entries.flatMap(({ value }) => list(value, 'spec', 'hosts').map(String));
  const servers = list(spec('Gateway', 'mcp-egress', 'istio-egress'), 'servers');
  const subsets = list(spec('DestinationRule', 'egress-gateway'), 'subsets');

  test.each([
    ['openai', ['api.openai.com']],
    ['anthropic', ['api.anthropic.com']],
    ['google-ai', ['generativelanguage.googleapis.com', 'aiplatform.googleapis.com']],
    ['monitoring', ['api.datadoghq.com', 'events.pagerduty.com']],
    ['package-repositories', expect.arrayContaining(['pypi.packages.example.com'])],
    ['cloud-services', expect.arrayContaining(['s3.eu-central-1.amazonaws.com', 'storage.googleapis.com'])],
  ])('%s: known by name, over TLS', (name, expected) => {
    const entry = spec('ServiceEntry', name);
    expect(at(entry, 'hosts')).toEqual(expected);
    expect(at(entry, 'location')).toBe('MESH_EXTERNAL');
    expect(at(entry, 'resolution')).toBe('DNS');
    expect(at(entry, 'ports')).toEqual([{ number: 443, name: 'tls', protocol: 'TLS' }]);
    // The gateway has to know the host as well.
    expect(at(entry, 'exportTo')).toEqual(['.', 'istio-egress']);
  });

  test.each(hosts)('%s is reached through the egress gateway and not past it', (host) => {
    const routes = ofKind('VirtualService', 'mcp-system').filter(({ value }) => list(value, 'spec', 'hosts').includes(host));
    expect(routes).toHaveLength(1);
    const route = at(routes[0]?.value, 'spec');
    expect(at(route, 'gateways')).toEqual(['mesh', 'istio-egress/mcp-egress']);
    expect(at(route, 'tls', 0, 'match')).toEqual([{ gateways: ['mesh'], port: 443, sniHosts: [host] }]);
    const toGateway = at(route, 'tls', 0, 'route', 0, 'destination');
    expect(at(toGateway, 'host')).toBe('istio-egressgateway.istio-egress.svc.cluster.local');
    expect(at(toGateway, 'port', 'number')).toBe(443);
    // The gateway has to see the route as well.
    expect(at(route, 'exportTo')).toEqual(['.', 'istio-egress']);
    // The subset's SNI is what the gateway's server goes by.
    const subset = subsets.find((each) => at(each, 'name') === at(toGateway, 'subset'));
    // At the subset itself: settings for a port would put the rule's pool and load balancer out of force.
    expect(at(subset, 'trafficPolicy')).toEqual({ tls: { mode: 'ISTIO_MUTUAL', sni: host } });
    const ours = servers.filter((server) => list(server, 'hosts').includes(`mcp-system/${host}`));
    expect(ours).toHaveLength(1);
    expect(at(ours[0], 'tls')).toEqual({ mode: 'ISTIO_MUTUAL' });
    expect(at(route, 'tcp', 0, 'match')).toEqual([{ gateways: ['istio-egress/mcp-egress'], port: 443 }]);
    expect(at(route, 'tcp', 0, 'route')).toEqual([{ destination: { host, port: { number: 443 } } }]);
  });

  test('nothing is served that no ServiceEntry names', () => {
    expect(servers.flatMap((server) => list(server, 'hosts')).sort()).toEqual(hosts.map((host) => `mcp-system/${host}`).sort());
    expect(subsets).toHaveLength(hosts.length);
    expect(new Set(servers.map((server) => at(server, 'port', 'name'))).size).toBe(servers.length);
  });

  test('each host has callers, by identity, at the gateway', () => {
    const rules = list(spec('AuthorizationPolicy', 'egress-by-caller', 'istio-egress'), 'rules');
    const allowed = Object.fromEntries(
      rules.map((rule) => [
        String(at(rule, 'from', 0, 'source', 'principals', 0))
          .split('/')
          .at(-1),
        list(rule, 'when', 0, 'values'),
      ]),
    );
    for (const rule of rules) expect(at(rule, 'when', 0, 'key')).toBe('connection.sni');
    expect(Object.keys(allowed).sort()).toEqual(['mcp-controller', 'mcp-llm', 'mcp-rag']);
    expect(Object.values(allowed).flat().sort()).toEqual([...hosts].sort());
    expect(allowed['mcp-llm']).toEqual([
      'api.openai.com',
      'api.anthropic.com',
      'generativelanguage.googleapis.com',
      'aiplatform.googleapis.com',
    ]);
  });

  test('pods of those callers alone may connect to it', () => {
    const expression = at(spec('NetworkPolicy', 'to-egress-gateway'), 'podSelector', 'matchExpressions', 0);
    expect(map(expression)).toEqual({ key: 'app', operator: 'In', values: ['mcp-controller', 'mcp-llm', 'mcp-rag'] });
  });
});
