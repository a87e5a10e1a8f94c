import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../../../scripts/wit.ts';
import type { AccessCall, Callee, Peer } from '../../../src/policy/access/model.ts';
import { linkerdInbound } from '../../../src/policy/linkerd/inbound.ts';
import { readObjects } from '../../../src/policy/objects/kube-object.ts';
import { CHART_SETTINGS } from '../../support/linkerd-settings.ts';

/** The objects of a golden render of mesh-mcp. */
function rendered(set: string): readonly unknown[] {
  const text = readFileSync(path.join(ROOT, `test/fixtures/charts/mesh-mcp/${set}.golden.yaml`), 'utf8');
  return parseAllDocuments(text).map((document): unknown => document.toJS());
}

/** A pod of the release, or of the host group. */
function pod(namespace: string, name: string, port: number, labels: Readonly<Record<string, string>>): Callee {
  return {
    namespace,
    kind: 'Deployment',
    name,
    labels,
    annotations: {},
    namespaceLabels: {},
    namespaceAnnotations: {},
    mesh: 'linkerd',
    serviceAccount: name,
    ports: [{ port, protocol: 'TCP' }],
    probes: [],
    services: [name],
  };
}

const part = (component: string) => ({
  'app.kubernetes.io/name': 'mesh-mcp',
  'app.kubernetes.io/instance': 'demo',
  'app.kubernetes.io/component': component,
});
const hosts = (namespace: string): Callee => pod(namespace, 'hostgroup', 9191, { 'wasmcloud.com/name': 'hostgroup' });

const account = (serviceAccount: string, namespace: string): Peer => ({
  identity: { tag: 'mutual-tls', name: `${serviceAccount}.${namespace}.serviceaccount.identity.linkerd.cluster.local` },
  address: '10.244.0.7',
  loopback: false,
  workload: { namespace, serviceAccount },
});
const PLAIN: Peer = { identity: { tag: 'plain-text' }, address: '10.244.0.1', loopback: false };

const HTTP: AccessCall = {
  protocol: 'http',
  method: 'POST',
  path: '/v1/mcp',
  host: 'mesh-mcp.localhost.cosmonic.sh',
  headers: [],
  sni: undefined,
  claims: null,
};
const TCP: AccessCall = { ...HTTP, protocol: 'tcp' };

function verdict(set: string, callee: Callee, port: number, peer: Peer, call = HTTP): string {
  const objects = readObjects(rendered(set));
  return linkerdInbound(callee, port, { objects, settings: CHART_SETTINGS }).decide(peer, call).verdict;
}

describe('the MCP endpoint, where linkerd.policy.mcp is on', () => {
  it('with wasmCloud admits the ticker and who is named in clients, and nobody else', () => {
    const callee = hosts('wasmcloud-system');
    const of = (peer: Peer) => verdict('linkerd', callee, 9191, peer);
    expect(of(account('demo-mesh-mcp-collector', 'mesh-mcp'))).toBe('allowed');
    expect(of(account('runtime-gateway', 'wasmcloud-system'))).toBe('allowed');
    for (const peer of [account('runtime-gateway', 'shop'), account('default', 'mesh-mcp'), account('web', 'shop'), PLAIN]) {
      expect(of(peer)).toBe('denied');
    }
  });

  it('with Cosmonic Control admits the ingress, through which the ticker comes too', () => {
    const callee = hosts('cosmonic-system');
    expect(verdict('tuned', callee, 9191, account('envoy', 'cosmonic-system'))).toBe('allowed');
    for (const peer of [account('mesh-collector', 'mesh-mcp'), account('envoy', 'shop'), PLAIN]) {
      expect(verdict('tuned', callee, 9191, peer)).toBe('denied');
    }
  });

  it('says nothing of other ports and pods, nor where it is off', () => {
    expect(verdict('tuned', hosts('cosmonic-system'), 8080, PLAIN)).toBe('allowed');
    expect(verdict('tuned', pod('cosmonic-system', 'nats', 9191, { app: 'nats' }), 9191, PLAIN)).toBe('allowed');
    expect(verdict('minimal', hosts('cosmonic-system'), 9191, PLAIN)).toBe('allowed');
  });
});

describe.each<[string, number, AccessCall]>([
  ['redis', 6379, TCP],
  ['kubernetes-proxy', 8001, HTTP],
])('the chart’s own %s, where linkerd.policy is on', (component, port, call) => {
  const callee = pod('mesh-mcp', `demo-mesh-mcp-${component}`, port, part(component));

  it('admits the hosts and nobody else', () => {
    expect(verdict('linkerd', callee, port, account('runtime-operator-runtime', 'wasmcloud-system'), call)).toBe('allowed');
    for (const peer of [account('demo-mesh-mcp-collector', 'mesh-mcp'), account('default', 'shop'), PLAIN]) {
      expect(verdict('linkerd', callee, port, peer, call)).toBe('denied');
    }
  });
});
