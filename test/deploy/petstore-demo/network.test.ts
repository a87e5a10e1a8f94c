import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { at, list, map } from '../istio/manifests.ts';
import { documents, object, text } from './manifests.ts';

const NETWORK = text('NETWORK.md');
const chart = parse(text('../../charts/mesh-mcp/values.yaml')) as unknown;
const hosts = (key: string): string => String(at(chart, 'hostGroup', key));

/** The rows of the table with that first heading, as cells without their code marks. */
function table(heading: string): readonly (readonly string[])[] {
  const [, body] = NETWORK.split(`| ${heading} |`);
  if (body === undefined) throw new Error(`NETWORK.md has no table ${heading}`);
  const [, , ...rows] = body.split('\n');
  const end = rows.findIndex((row) => !row.startsWith('|'));
  return rows.slice(0, end).map((row) =>
    row
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.replaceAll('`', '').replaceAll('|', '').trim()),
  );
}

const FILES = ['echo-service.yaml', 'petstore.yaml'];
const objects = FILES.flatMap((file) => documents(file));

describe('NETWORK.md', () => {
  it('has every Service of the demo, with its type and ports', () => {
    const expected = objects
      .filter((each) => at(each, 'kind') === 'Service')
      .map((service) => {
        const { name, namespace } = map(service, 'metadata');
        const port = at(service, 'spec', 'ports', 0);
        const pods = objects.find(
          (each) => at(each, 'kind') === 'Deployment' && at(each, 'metadata', 'name') === at(service, 'spec', 'selector', 'app'),
        );
        const container = list(pods, 'spec', 'template', 'spec', 'containers', 0, 'ports').find(
          (each) => at(each, 'name') === at(port, 'targetPort'),
        );
        return [
          `${String(name)}.${String(namespace)}.svc.cluster.local`,
          at(service, 'spec', 'type'),
          `${String(at(port, 'port'))} -> ${String(at(container, 'containerPort'))}`,
        ];
      });
    const ingress = map(chart, 'ingress', 'service');
    expect(expected).toHaveLength(3);
    expect(table('name').map((row) => row.slice(0, 3))).toEqual([
      ...expected,
      [
        `${String(ingress.name)}.${String(ingress.namespace)}.svc.cluster.local`,
        'NodePort',
        `${String(ingress.port)} -> ${String(ingress.podPort)}`,
      ],
    ]);
  });

  it('has the proxy’s ports the right way round', () => {
    const ports = Object.fromEntries(table('port').map(([port = '', whose, what]) => [port, `${whose}: ${what}`]));
    expect(ports['4143']).toMatch(/^Linkerd's proxy: inbound/);
    expect(ports['4140']).toMatch(/^Linkerd's proxy: outbound/);
    expect(ports['4191']).toMatch(/^Linkerd's proxy: admin/);
  });

  it('has the ports of the host group, of the node and of NATS as the manifests have them', () => {
    const ports = table('port');
    const [kind] = documents('kind-config.yaml');
    const mapping = at(kind, 'nodes', 0, 'extraPortMappings', 0);
    expect(ports).toContainEqual(['9191', 'host group', 'HTTP of all components']);
    expect(hosts('port')).toBe('9191');
    expect(ports.map(([port]) => port)).toContain(String(at(mapping, 'containerPort')));
    expect(NETWORK).toContain(
      `Port ${String(at(mapping, 'hostPort'))} of your machine -> node port ${String(at(mapping, 'containerPort'))}`,
    );
    const opaque = ports.filter(([, whose]) => whose === 'NATS').map(([port]) => port);
    for (const patch of documents('kustomize/linkerd-inject-patch.yaml')) {
      expect(at(patch, 'spec', 'template', 'metadata', 'annotations', 'config.linkerd.io/opaque-ports')).toBe(opaque.join(','));
    }
    for (const port of ports.filter(([, whose]) => whose === 'NATS')) expect(port[2]).toMatch(/; opaque$/);
  });

  it('has the identities of the accounts that the workloads run under', () => {
    const identity = (account: unknown, namespace: unknown): string =>
      `${String(account)}.${String(namespace)}.serviceaccount.identity.linkerd.cluster.local`;
    const of = (file: string, name: string): string => {
      const deployment = object(file, 'Deployment', name);
      return identity(
        at(deployment, 'spec', 'template', 'spec', 'serviceAccountName') ?? 'default',
        at(deployment, 'metadata', 'namespace'),
      );
    };
    expect(Object.fromEntries(table('who'))).toMatchObject({
      'host group': identity(hosts('serviceAccount'), hosts('namespace')),
      Petstore: of('petstore.yaml', 'petstore'),
      echo: of('echo-service.yaml', 'echo'),
    });
  });

  it('names the Petstore and the ingress as the MCP server is told', () => {
    const values = documents('values.http-trigger.yaml')[0];
    const url = new URL(String(at(values, 'components', 0, 'config', 'PETSTORE_URL')));
    expect(NETWORK).toContain(`\`${url.host}\``);
    expect(table('name').map(([name, , ports = '']) => `${name}:${ports.replace(/ .*/, '')}`)).toContain(url.host);
    expect(NETWORK).toContain(`Host header \`${String(at(values, 'ingress', 'host'))}\``);
  });

  it('has the limits of the alerts', () => {
    const [row = []] = table('path');
    const rules = list(object('policies/monitoring/alerts.yaml', 'PrometheusRule', 'petstore-demo'), 'spec', 'groups', 0, 'rules');
    const limits = (name: string): readonly string[] =>
      rules.filter((rule) => at(rule, 'alert') === name).map((rule) => String(at(rule, 'expr')).replace(/.* /, ''));
    expect(row.slice(1).map((cell) => cell.replace(/\D/g, ''))).toEqual([...limits('PetstoreLatencyP50'), ...limits('PetstoreLatencyP99')]);
  });

  it('names the paths that measure-latency.sh measures', () => {
    const measured = [...text('measure-latency.sh').matchAll(/measure(?:_mcp)? '(client [^']+)'/g)].map(([, path]) => path);
    expect(measured).toHaveLength(5);
    const [, second = ''] = NETWORK.split('| path | p50 | p95 | p99 |');
    const rows = [...second.matchAll(/^\| (client [^|]+) \|/gm)].map(([, path]) => path);
    expect(rows).toEqual(measured);
  });

  it('names files and scripts that there are', () => {
    for (const [, path = ''] of NETWORK.matchAll(/`([a-z-]+\.sh|policies\/[a-z]+)`/g)) {
      if (path.endsWith('.sh')) expect(text(path).length, path).toBeGreaterThan(0);
      else expect(text(`${path}/kustomization.yaml`).length, path).toBeGreaterThan(0);
    }
  });
});
