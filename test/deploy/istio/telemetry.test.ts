import { describe, expect, test } from 'vitest';
import { at, documents, list, ofKind, spec } from './manifests.ts';

const services = spec('Telemetry', 'mcp-system');
const override = (of: unknown, metric: string) =>
  list(of, 'metrics', 0, 'overrides').find((each) => at(each, 'match', 'metric') === metric);

describe('metrics', () => {
  test.each(['REQUEST_COUNT', 'REQUEST_DURATION'])('%s has the organization at both ends', (metric) => {
    const found = override(services, metric);
    expect(at(found, 'match', 'mode')).toBe('CLIENT_AND_SERVER');
    expect(at(found, 'tagOverrides', 'organization_id', 'value')).toBe(
      "'x-organization-id' in request.headers ? request.headers['x-organization-id'] : 'unknown'",
    );
  });

  test('requests have the user at mcp-gateway, on the side of the server alone', () => {
    const gateway = spec('Telemetry', 'mcp-gateway-users');
    expect(at(gateway, 'selector', 'matchLabels')).toEqual({ app: 'mcp-gateway' });
    const found = override(gateway, 'REQUEST_COUNT');
    expect(at(found, 'match', 'mode')).toBe('SERVER');
    expect(at(found, 'tagOverrides', 'user_id', 'value')).toContain("request.headers['x-user-id']");
    expect(JSON.stringify(at(services, 'metrics'))).not.toContain('user_id');
    // Beside the user still the organization, in the words of the namespace.
    for (const metric of ['REQUEST_COUNT', 'REQUEST_DURATION']) {
      expect(at(override(gateway, metric), 'tagOverrides', 'organization_id')).toEqual(
        at(override(services, metric), 'tagOverrides', 'organization_id'),
      );
    }
  });

  test('sizes have one label less', () => {
    for (const metric of ['REQUEST_SIZE', 'RESPONSE_SIZE']) {
      expect(at(override(services, metric), 'tagOverrides')).toEqual({ request_protocol: { operation: 'REMOVE' } });
    }
  });
});

describe('tracing', () => {
  test('carries organization, user and session', () => {
    const tags = at(services, 'tracing', 0, 'customTags');
    expect(at(tags, 'organization_id', 'header', 'name')).toBe('x-organization-id');
    expect(at(tags, 'user_id', 'header', 'name')).toBe('x-user-id');
    expect(at(tags, 'mcp_session', 'header', 'name')).toBe('mcp-session-id');
    expect(at(tags, 'mesh_id', 'literal', 'value')).toBe('mcp-mesh');
    expect(at(tags, 'node_name', 'environment', 'name')).toBe('NODE_NAME');
  });

  test('production: 0.1 per cent, failures alone in the access log', () => {
    const patches = documents('patches/production-patches.yaml').filter((patch) => at(patch, 'kind') === 'Telemetry');
    expect(patches.map((patch) => at(patch, 'metadata', 'name'))).toEqual(['mesh-default', 'mcp-system']);
    for (const patch of patches) {
      expect(at(patch, 'spec', 'tracing', 0, 'randomSamplingPercentage')).toBe(0.1);
      expect(at(patch, 'spec', 'accessLogging', 0, 'filter', 'expression')).toBe('response.code >= 400 || response.code == 0');
      // A list is replaced whole by a patch: tags that the patch forgot would be gone.
      const base = spec('Telemetry', String(at(patch, 'metadata', 'name')), String(at(patch, 'metadata', 'namespace')));
      expect(at(patch, 'spec', 'tracing', 0, 'customTags')).toEqual(at(base, 'tracing', 0, 'customTags'));
    }
  });

  test('dev: every request', () => {
    const [dev] = documents('overlays/dev/kustomization.yaml');
    const patch = list(dev, 'patches').find((each) => at(each, 'target', 'kind') === 'Telemetry');
    expect(at(patch, 'target', 'name')).toBe('mesh-default|mcp-system');
    expect(at(patch, 'patch')).toBe('- op: replace\n  path: /spec/tracing/0/randomSamplingPercentage\n  value: 100');
  });
});

describe('objects', () => {
  test('one without a selector in a namespace, with all three signals', () => {
    for (const namespace of ['istio-system', 'mcp-system']) {
      const general = ofKind('Telemetry', namespace).filter(({ value }) => at(value, 'spec', 'selector') === undefined);
      expect(general).toHaveLength(1);
      for (const signal of ['metrics', 'tracing', 'accessLogging']) expect(list(general[0]?.value, 'spec', signal)).toHaveLength(1);
    }
  });

  test('name providers that the mesh has', () => {
    const [installation] = documents('istio/installation.yaml');
    const known = list(installation, 'spec', 'meshConfig', 'extensionProviders').map((provider) => at(provider, 'name'));
    for (const { value } of ofKind('Telemetry')) {
      for (const tracing of list(value, 'spec', 'tracing')) expect(known).toContain(at(tracing, 'providers', 0, 'name'));
      for (const logging of list(value, 'spec', 'accessLogging')) expect(at(logging, 'providers')).toEqual([{ name: 'envoy' }]);
      for (const metrics of list(value, 'spec', 'metrics')) expect(at(metrics, 'providers')).toEqual([{ name: 'prometheus' }]);
    }
  });
});
