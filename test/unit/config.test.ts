import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPTIONS, type Option, parseConfig } from '../../src/config.ts';
import { MeshError } from '../../src/lib/errors.ts';

const from = (values: Readonly<Record<string, string>>) => ({ get: (name: string) => values[name] });

function refusal(values: Readonly<Record<string, string>>): string {
  try {
    parseConfig(from(values));
  } catch (error) {
    if (error instanceof MeshError) return error.message;
    throw error;
  }
  throw new Error('the configuration was taken');
}

describe('parseConfig', () => {
  it('has a default for every option', () => {
    const config = parseConfig(from({}));
    expect(config.petstoreUrl).toBe('http://petstore.petstore.svc.cluster.local:8080/api/v3');
    expect(config.toolsets).toEqual(['petstore', 'graph', 'policy']);
    expect(config.petstoreApiKey).toBe('');
  });

  it('reads values, trims them, and takes the empty text for unset', () => {
    const config = parseConfig(
      from({ PETSTORE_URL: ' https://pets.example:8443/api/ ', UPSTREAM_TIMEOUT_MS: '250', LOG_LEVEL: '', TOOLSETS: 'graph' }),
    );
    expect(config).toMatchObject({
      petstoreUrl: 'https://pets.example:8443/api',
      upstreamTimeoutMs: 250,
      logLevel: 'info',
      toolsets: ['graph'],
    });
  });

  it('names every bad option in one error, and shows no value', () => {
    const values = {
      PETSTORE_URL: 'ftp://secret-host',
      MAX_BATCH: '987654',
      LOG_LEVEL: 'loud',
      TOOLSETS: 'graph,grpah',
      PETSTORE_API_KEY: 'planted secret\n',
    };
    const message = refusal(values);
    for (const [name, value] of Object.entries(values)) {
      expect(message).toContain(name);
      expect(message).not.toContain(value.trim());
    }
  });

  it.each([
    'http://user:password@host/',
    'http://host?query',
    'http://host#fragment',
    'http://host:port',
    'http://ho st',
    'host:8080',
    'http://',
    'http://host/\u00e9',
  ])('refuses the base URL %j', (url) => {
    expect(refusal({ PETSTORE_URL: url })).toContain('PETSTORE_URL');
  });

  it('reads the options of the graph', () => {
    const config = parseConfig(
      from({
        NAMESPACES: ' shop, bank,shop ',
        LINKERD_TRUST_DOMAIN: 'mesh.example',
        PROMETHEUS_TENANT: 'team-a|team_b',
        TRAFFIC_WINDOW: '5m',
      }),
    );
    expect(config).toMatchObject({
      namespaces: ['shop', 'bank'],
      linkerdTrustDomain: 'mesh.example',
      prometheusTenant: 'team-a|team_b',
      trafficWindow: '5m',
      prometheusUrl: '',
    });
  });

  it.each([
    ['NAMESPACES', 'Shop'],
    ['NAMESPACES', 'shop,bank/x'],
    ['LINKERD_NAMESPACE', 'linker d'],
    ['ISTIO_TRUST_DOMAIN', 'a/b'],
    ['LINKERD_CLUSTER_NETWORKS', '10.0.0.0/8,all'],
    ['LINKERD_PROBE_NETWORKS', '10.0.0.0/33'],
    ['LINKERD_DEFAULT_INBOUND_POLICY', 'allow'],
    ['PROMETHEUS_URL', 'prometheus:9090'],
    ['PROMETHEUS_TENANT', 'a b'],
    ['TRAFFIC_WINDOW', '1m30s'],
    ['TRAFFIC_WINDOW', '0s'],
    ['COLLECT_TOKEN', 'two words'],
    ['COLLECT_WINDOW_MS', '-1'],
  ])('refuses %s=%j', (name, value) => {
    expect(refusal({ [name]: value })).toContain(`${name} must be`);
  });

  it('answers or throws MeshError, whatever the values', () => {
    const names = Object.values<Option<unknown>>(OPTIONS).map((option) => option.name);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.string()), (values) => {
        try {
          parseConfig(from(values));
        } catch (error) {
          expect(error).toBeInstanceOf(MeshError);
        }
      }),
    );
  });

  it('marks exactly the credentials as secrets', () => {
    const secrets = Object.values<Option<unknown>>(OPTIONS).filter((option) => option.secret);
    expect(secrets.map((option) => option.name)).toEqual([
      'PETSTORE_API_KEY',
      'PETSTORE_TOKEN',
      'KUBERNETES_TOKEN',
      'PROMETHEUS_TOKEN',
      'PROMETHEUS_PASSWORD',
      'COLLECT_TOKEN',
      'TRUSTED_HOP_SECRET',
    ]);
  });

  const GOOD = {
    JWT_ISSUER: 'https://issuer.test',
    JWT_AUDIENCE: 'https://mesh.test/v1/mcp,mesh',
    JWKS_URL: 'https://issuer.test/keys',
    ROLES: 'viewer=sub:*',
  };

  it('reads the options of access', () => {
    expect(parseConfig(from({ ...GOOD, JWT_ALGORITHMS: 'EdDSA,ES256', IMPERSONATE: 'user', IMPERSONATE_PREFIX: 'oidc:' }))).toMatchObject({
      jwtIssuer: 'https://issuer.test',
      jwtAudience: ['https://mesh.test/v1/mcp', 'mesh'],
      jwksUrl: 'https://issuer.test/keys',
      jwtAlgorithms: ['ES256', 'EdDSA'],
      jwtLeewayMs: 60_000,
      jwtGroupsClaim: 'groups',
      roles: [{ grant: { role: 'viewer', namespaces: '*' }, marks: [{ trait: 'sub', value: '*' }] }],
      trustedIdentityHeader: 'none',
      impersonate: 'user',
      impersonatePrefix: 'oidc:',
    });
  });

  it.each(['JWT_AUDIENCE', 'JWKS_URL', 'ROLES'])('takes no issuer without %s', (name) => {
    expect(refusal({ ...GOOD, [name]: '' })).toContain(`JWT_ISSUER needs ${name}`);
  });

  it('takes nothing about tokens without their issuer', () => {
    expect(refusal({ ...GOOD, JWT_ISSUER: '' })).toContain('need JWT_ISSUER');
  });

  it.each([
    [{ TRUSTED_IDENTITY_HEADER: 'l5d-client-id', TRUSTED_HOP: 'mesh-proxy' }, 'needs ROLES'],
    [{ TRUSTED_IDENTITY_HEADER: 'l5d-client-id', ROLES: 'viewer=identity:*' }, 'TRUSTED_HOP_SECRET'],
    [{ TRUSTED_IDENTITY_HEADER: 'xfcc', TRUSTED_HOP: 'mesh-proxy', ROLES: 'viewer=identity:*' }, 'TRUSTED_HOP_IDENTITY'],
    [{ JWT_ALGORITHMS: 'HS256' }, 'JWT_ALGORITHMS'],
    [{ JWT_ALGORITHMS: 'none' }, 'JWT_ALGORITHMS'],
    [{ JWT_ALGORITHMS: ',' }, 'JWT_ALGORITHMS'],
    [{ IMPERSONATE_PREFIX: 'system:' }, 'IMPERSONATE_PREFIX'],
    [{ ANONYMOUS_ROLE: 'root' }, 'ANONYMOUS_ROLE'],
    [{ ROLES: 'viewer' }, 'ROLES'],
    [{ ...GOOD, JWT_ISSUER: 'https://issuer.test"' }, 'JWT_ISSUER'],
  ])('refuses %j', (values, words) => {
    expect(refusal(values)).toContain(words);
  });
});
