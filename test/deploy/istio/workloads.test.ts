import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { at, list, map, ofKind, ROOT, SERVICES, spec } from './manifests.ts';

const DEPLOYMENTS = ofKind('Deployment');
const pod = (value: unknown) => at(value, 'spec', 'template', 'spec');

describe('services', () => {
  test.each(SERVICES)('%s: a Service, an identity and at least one Deployment behind it', (name) => {
    expect(list(spec('Service', name), 'ports')).toEqual([{ name: 'http', port: 8080, targetPort: 'http', appProtocol: 'http' }]);
    expect(at(spec('Service', name), 'selector')).toEqual({ app: name });
    expect(ofKind('ServiceAccount', 'mcp-system').map((account) => account.name)).toContain(name);
    const behind = DEPLOYMENTS.filter(({ value }) => at(value, 'spec', 'template', 'metadata', 'labels', 'app') === name);
    expect(behind.length).toBe(['mcp-gateway', 'mcp-debate', 'mcp-organization'].includes(name) ? 2 : 1);
    for (const { value } of behind) expect(at(pod(value), 'serviceAccountName')).toBe(name);
  });

  test('no two Deployments of a service select the same pods', () => {
    const selectors = DEPLOYMENTS.map(
      ({ namespace, value }) => `${namespace} ${JSON.stringify(at(value, 'spec', 'selector', 'matchLabels'))}`,
    );
    expect(new Set(selectors).size).toBe(selectors.length);
    for (const { value } of DEPLOYMENTS) {
      expect(map(value, 'spec', 'template', 'metadata', 'labels')).toMatchObject(map(value, 'spec', 'selector', 'matchLabels'));
    }
  });
});

describe('every pod', () => {
  test.each(DEPLOYMENTS.map(({ namespace, name, value }) => [namespace, name, value] as const))(
    '%s/%s is confined and watched',
    (_namespace, _name, value) => {
      expect(at(pod(value), 'securityContext', 'runAsNonRoot')).toBe(true);
      expect(at(pod(value), 'securityContext', 'seccompProfile', 'type')).toBe('RuntimeDefault');
      for (const container of list(pod(value), 'containers')) {
        expect(at(container, 'securityContext')).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        for (const kind of ['requests', 'limits']) expect(Object.keys(map(container, 'resources', kind)).sort()).toEqual(['cpu', 'memory']);
        const quantities = ['requests', 'limits'].flatMap((kind) => Object.values(map(container, 'resources', kind)));
        for (const quantity of quantities) expect(quantity).toMatch(/^\d+(m|Mi|Gi)?$/);
        const ports = list(container, 'ports').map((port) => at(port, 'name'));
        for (const [probe, period] of [
          ['readinessProbe', 10],
          ['livenessProbe', 15],
        ] as const) {
          expect(ports).toContain(at(container, probe, 'httpGet', 'port') ?? at(container, probe, 'tcpSocket', 'port'));
          expect(at(container, probe, 'periodSeconds')).toBeLessThanOrEqual(period);
        }
        const volumes = list(pod(value), 'volumes').map((volume) => at(volume, 'name'));
        for (const mount of list(container, 'volumeMounts')) expect(volumes).toContain(at(mount, 'name'));
        expect(at(container, 'image')).toMatch(/^[a-z.]+\/[a-z/-]+:v?[0-9a-f.]+[0-9a-z.-]*$/);
      }
    },
  );

  test('of a service says which one and which version it is', () => {
    for (const { value, name } of DEPLOYMENTS.filter((each) => SERVICES.some((service) => each.path === `workloads/${service}.yaml`))) {
      const labels = map(value, 'spec', 'template', 'metadata', 'labels');
      const [container] = list(pod(value), 'containers');
      const env = Object.fromEntries(list(container, 'env').map((each) => [String(at(each, 'name')), at(each, 'value')]));
      expect([env.SERVICE, env.VERSION], name).toEqual([labels.app, labels.version]);
      expect(at(container, 'ports'), name).toEqual([{ name: 'http', containerPort: 8080 }]);
      expect(at(container, 'args'), name).toEqual(['node', '/app/echo.mjs']);
    }
  });

  test('only those that ask the API server hold a token for it', () => {
    const holders = DEPLOYMENTS.filter(({ value }) => at(pod(value), 'automountServiceAccountToken') !== false).map(({ name }) => name);
    expect(holders.sort()).toEqual(['kiali', 'prometheus']);
  });
});

const running: ChildProcess[] = [];
const folder = mkdtempSync(join(tmpdir(), 'mesh-mcp-test-'));
afterAll(async () => {
  for (const child of running) {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a script as its container does, on a port of the system; resolves to its URL. */
function start(script: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, [`${ROOT}${script}`], { env: { ...env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
    child.stdout.setEncoding('utf8').once('data', (line: string) => {
      const { port }: { port?: unknown } = JSON.parse(line);
      resolve(`http://127.0.0.1:${String(port)}`);
    });
  });
}

describe('echo.mjs', () => {
  const url = start('workloads/echo.mjs', { SERVICE: 'mcp-debate', VERSION: 'v2', VARIANT: 'canary' });
  const rpc = async (body: string) => fetch(`${await url}/v1/mcp`, { method: 'POST', body });

  test('says who it is and what arrived, and no credentials', async () => {
    const headers = { 'x-deployment-stage': 'green', authorization: 'Bearer secret-token', 'x-api-key': 'secret-key' };
    const answer = await (await fetch(`${await url}/v1/debates/1?q=1`, { headers })).text();
    expect(JSON.parse(answer)).toMatchObject({
      service: 'mcp-debate',
      version: 'v2',
      variant: 'canary',
      method: 'GET',
      path: '/v1/debates/1',
      headers: { 'x-deployment-stage': 'green' },
    });
    expect(answer).not.toContain('secret');
  });

  test('is healthy', async () => expect((await fetch(`${await url}/healthz`)).status).toBe(200));

  test('answers initialize, ping and tools/list of MCP', async () => {
    for (const method of ['initialize', 'ping', 'tools/list']) {
      const answer: unknown = await (await rpc(JSON.stringify({ jsonrpc: '2.0', id: 1, method }))).json();
      expect(answer).toMatchObject({ jsonrpc: '2.0', id: 1, result: {} });
    }
  });

  test('takes notifications silently and refuses what it does not know', async () => {
    expect((await rpc(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }))).status).toBe(202);
    expect(await (await rpc(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'toString' }))).json()).toMatchObject({
      id: 2,
      error: { code: -32601 },
    });
    expect((await rpc('{')).status).toBe(400);
    expect((await rpc('null')).status).toBe(202);
  });
});

describe('authorizer.mjs', () => {
  const digest = (key: string) => createHash('sha256').update(key).digest('hex');
  const keys = join(folder, 'keys');
  writeFileSync(keys, `# who\n${digest('good')}, acme, ci-robot # since May\n${digest('half')}\nnot a line\n\n`);
  const url = start('security/api-keys/authorizer.mjs', { KEYS_FILE: keys });
  const check = async (headers: Record<string, string>) => fetch(`${await url}/check/v1/mcp`, { headers });

  test('says whose key it is', async () => {
    const answer = await check({ 'x-api-key': 'good' });
    expect(answer.status).toBe(200);
    expect([answer.headers.get('x-organization-id'), answer.headers.get('x-user-id')]).toEqual(['acme', 'ci-robot']);
  });

  test.each(['bad', 'half', '', 'not a line', digest('good')])('refuses the key %j', async (key) => {
    expect((await check({ 'x-api-key': key })).status).toBe(403);
  });

  test('refuses who brings none', async () => expect((await check({})).status).toBe(403));

  test('admits nobody without its keys', async () => {
    const without = await start('security/api-keys/authorizer.mjs', { KEYS_FILE: join(folder, 'absent') });
    expect((await fetch(`${without}/check/`, { headers: { 'x-api-key': 'good' } })).status).toBe(503);
    expect((await fetch(`${without}/healthz`)).status).toBe(200);
  });
});
