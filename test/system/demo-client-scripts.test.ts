import { spawn } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parser } from '@prometheus-io/lezer-promql';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { componentPath } from '../../scripts/build.ts';
import { startUpstreams } from '../e2e/support/upstreams.ts';
import { type Ingress, startIngress } from './support/envoy.ts';
import { startHostProcess } from './support/local-host.ts';
import { freePort } from './support/ports.ts';
import { run } from './support/process.ts';
import { useServers } from './support/servers.ts';
import { startWasmtime } from './support/wasmtime.ts';
import { toolPath } from './tools/cache.ts';

const DEMO = fileURLToPath(new URL('../../deploy/petstore-demo/', import.meta.url));
const SCRIPTS = ['test-mcp.sh', 'measure-latency.sh'] as const;
const HOST = 'petstore-mcp.localhost.cosmonic.sh';

const servers = useServers();
/** `npm start`, in a process of its own. */
let localHost: string;
/** The component under wasmtime, behind a real Envoy. */
let ingress: Ingress;

beforeAll(async () => {
  const upstreams = await startUpstreams();
  servers.add({ name: 'upstreams', log: () => '', stop: () => upstreams.close() });
  const component = await startWasmtime(servers, componentPath('quickjs'), { env: upstreams.options });
  ingress = await startIngress(servers, [{ host: HOST, upstream: component.url }]);
  localHost = (await startHostProcess(servers, [])).url;
});

interface Result {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a script as a user would, without a cluster at hand. */
function script(name: (typeof SCRIPTS)[number], args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Result> {
  const child = spawn(join(DEMO, name), args, {
    env: { PATH: '/usr/bin:/bin', KUBECONFIG: '/dev/null', TMPDIR: servers.folder(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  return new Promise((resolve, reject) => child.once('error', reject).once('close', (status) => resolve({ status, output })));
}

const testMcp = (url: string, ...args: readonly string[]): Promise<Result> => script('test-mcp.sh', ['--url', url, ...args]);
const measure = (url: string, ...args: readonly string[]): Promise<Result> => script('measure-latency.sh', ['--url', url, ...args]);

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A server that answers as it is told, by path, and for MCP by method. What it is not told of is 404. Resolves to its URL and what it was asked. */
async function serve(answers: Readonly<Record<string, Answer>>): Promise<{ readonly url: string; readonly asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const path = new URL(request.url ?? '/', 'http://any').pathname;
      asked.push({ path, headers: request.headers });
      const method = path === '/v1/mcp' ? /"method":"([^"]+)"/.exec(body)?.[1] : undefined;
      const { status = 200, type = 'application/json', body: text } = answers[method ?? path] ?? { status: 404, body: '' };
      response.writeHead(status, { 'content-type': type }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test server has no port');
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

const result = (value: object): Answer => ({ body: JSON.stringify({ jsonrpc: '2.0', id: 1, result: value }) });
const event = ({ body }: Answer): Answer => ({ type: 'text/event-stream', body: `event: message\r\ndata: ${body}\r\n\r\n` });

/** Another server of the demo's kind: pets as JSON in a text, no readiness, no metrics, no mesh. */
const OTHER_SERVER = {
  initialize: result({ protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'petstore', version: '1' } }),
  'tools/list': result({ tools: [{ name: 'get_pet_find_by_status', inputSchema: {} }] }),
  'tools/call': result({ content: [{ type: 'text', text: JSON.stringify([{ id: 1, status: 'available' }]) }] }),
};

describe('the scripts by themselves', () => {
  it.each(SCRIPTS)('%s: shellcheck has nothing to say', async (name) => {
    await run(toolPath('shellcheck'), ['--external-sources', '--severity=style', join(DEMO, name)]);
  });

  it.each(SCRIPTS)('%s explains itself', async (name) => {
    const { status, output } = await script(name, ['--help']);
    expect(status).toBe(0);
    expect(output).toContain(`Usage: ${name}`);
    expect(output).toContain('Ends with 0');
    expect(output).not.toContain('set -euo');
  });

  it.each<[string, readonly string[], string]>([
    ['test-mcp.sh', ['--no-such-option'], "unknown argument '--no-such-option'"],
    ['test-mcp.sh', ['--url'], '--url needs a value'],
    ['test-mcp.sh', ['--strict=yes'], '--strict takes no value'],
    ['test-mcp.sh', ['--url', 'localhost:8000'], "--url wants a URL such as http://127.0.0.1:8000, not 'localhost:8000'"],
    ['test-mcp.sh', ['--backend=petstore'], '--backend wants a URL'],
    ['test-mcp.sh', ['--host', 'a b'], '--host wants a name'],
    ['test-mcp.sh', ['--timeout', '0'], '--timeout wants seconds'],
    ['measure-latency.sh', ['--no-such-option'], "unknown argument '--no-such-option'"],
    ['measure-latency.sh', ['--count'], '--count needs a value'],
    ['measure-latency.sh', ['--count', '0'], '--count wants a number'],
    ['measure-latency.sh', ['--count=1e3'], '--count wants a number'],
    ['measure-latency.sh', ['--warm-up', '01'], '--warm-up wants a number'],
    ['measure-latency.sh', ['--url', 'http://a"\nurl=b'], '--url wants a URL'],
    ['measure-latency.sh', ['--host', 'a"b'], '--host wants a name'],
  ])('%s refuses %j', async (name, args, says) => {
    const { status, output } = await script(name === 'test-mcp.sh' ? name : 'measure-latency.sh', args);
    expect(output).toContain(says);
    expect(output).toContain(`See ${name} --help.`);
    expect(status).toBe(2);
  });

  it.each(SCRIPTS)('%s says that curl is missing, and leaves nothing behind', async (name) => {
    const [bin, temporary] = [servers.folder(), servers.folder()];
    for (const tool of ['bash', 'env', 'dirname', 'basename', 'mktemp', 'rm', 'awk']) {
      symlinkSync((await run('/bin/sh', ['-c', `command -v ${tool}`])).trim(), join(bin, tool));
    }
    const { status, output } = await script(name, [], { PATH: bin, TMPDIR: temporary });
    expect(output).toContain('FAILED: there is no curl on the PATH');
    expect(status).toBe(3);
    expect((await run('/bin/ls', [temporary])).trim()).toBe('');
  });
});

describe('test-mcp.sh', () => {
  it('passes against `npm start`, with or without the path', async () => {
    for (const url of [localHost, `${localHost}/`, `${localHost}/v1/mcp`]) {
      const { status, output } = await testMcp(url, '--strict');
      expect(status, output).toBe(0);
      expect(output).toMatch(/^7 ok, 0 failed, 0 skipped$/m);
      expect(output).toMatch(/^ok {7}initialize: mesh-mcp speaks MCP 2025-06-18, as a server-sent event$/m);
      expect(output).toMatch(/^ok {7}get_pet_find_by_status .* accepting application\/json: 7 pets, as JSON$/m);
      expect(output).toMatch(/^ok {7}get_pet_find_by_status .*, text\/event-stream: 7 pets, as a server-sent event$/m);
      expect(output).toMatch(/^ok {7}backend: /m);
      expect(output).toMatch(/^ok {7}mesh metrics: /m);
    }
  });

  it('passes against the component behind its ingress, by the Host header', async () => {
    const { status, output } = await testMcp(ingress.url, '--host', HOST);
    expect(status, output).toBe(0);
    expect(output).toContain(`as ${HOST}`);
    expect(output).toMatch(/^\d ok, 0 failed/m);
    // wasmtime keeps no counters, and this demo has no Prometheus.
    expect(output).toMatch(/^skipped {2}the server's metrics: /m);
    expect(output).toMatch(/^skipped {2}mesh metrics: .*PROMETHEUS_URL/m);
  });

  it('fails where nothing listens, and asks nothing else', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { status, output } = await testMcp(url);
    expect(status).toBe(1);
    expect(output).toContain(`FAILED   initialize: nothing listens at ${url}`);
    expect(output).toContain('Nothing else was asked.');
    expect(output).toMatch(/^0 ok, 1 failed, 0 skipped$/m);
  });

  it('fails where the ingress has no such name', async () => {
    const { status, output } = await testMcp(ingress.url, '--host', 'other.localhost.cosmonic.sh');
    expect(status).toBe(1);
    expect(output).toContain('status 404: nobody serves /v1/mcp under other.localhost.cosmonic.sh there');
    expect(output).toContain('Try: --host with the ingress.host of the HTTPTrigger');
  });

  it('fails where the component does not answer to that name', async () => {
    const { status, output } = await testMcp(localHost, '--host', 'evil.example.com');
    expect(status).toBe(1);
    expect(output).toContain('status 403: This server does not answer to that Host; add it to ALLOWED_HOSTS.');
    expect(output).toContain('evil.example.com has to be among ALLOWED_HOSTS');
  });

  it('fails where nobody may call, in the component’s own words', async () => {
    const closed = await startWasmtime(servers, componentPath('quickjs'), { env: { ANONYMOUS_ROLE: 'none' } });
    const { status, output } = await testMcp(closed.url);
    expect(status).toBe(1);
    expect(output).toMatch(/^FAILED {3}initialize: status 403: .*ANONYMOUS_ROLE=viewer/m);
    expect(output).toContain('a token in MCP_TOKEN, or ANONYMOUS_ROLE (docs/access.md)');
  });

  it('fails where the Petstore is not reached, and says so for each', async () => {
    const broken = await startHostProcess(servers, [], { PETSTORE_URL: `http://127.0.0.1:${await freePort()}/api/v3` });
    const { status, output } = await testMcp(broken.url);
    expect(status).toBe(1);
    expect(output.match(/^FAILED {3}get_pet_find_by_status .*: the tool failed: /gm)).toHaveLength(2);
    expect(output).toContain('FAILED   backend: the server does not reach its Petstore');
    expect(output).toMatch(/^4 ok, 3 failed, 0 skipped$/m);
  });

  it('takes another server of the demo’s kind, and leaves out what that does not have', async () => {
    const { url } = await serve(OTHER_SERVER);
    const { status, output } = await testMcp(url);
    expect(status, output).toBe(0);
    expect(output).toMatch(/^ok {7}get_pet_find_by_status .*: 1 pets, as JSON$/m);
    expect(output).toContain('skipped  backend: this server has no /ready');
    expect(output).toContain("skipped  the server's metrics: this server has no /metrics");
    expect(output).toContain('skipped  mesh metrics: this server has no tools for the mesh');
    const strict = await testMcp(url, '--strict');
    expect(strict.status).toBe(1);
    expect(strict.output).toContain('FAILED   backend: this server has no /ready');
  });

  it('reads events with CRLF and comments, and takes the last of several', async () => {
    const progress = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { error: 'none' } });
    const { body } = event(OTHER_SERVER['tools/call']);
    const { url } = await serve({
      ...OTHER_SERVER,
      initialize: event(OTHER_SERVER.initialize),
      'tools/call': { type: 'text/event-stream', body: `: still here\r\n\r\nevent: message\r\ndata: ${progress}\r\n\r\n${body}` },
    });
    const { status, output } = await testMcp(url);
    expect(status, output).toBe(0);
    expect(output.match(/: 1 pets, as a server-sent event$/gm)).toHaveLength(2);
  });

  it('sends the token of MCP_TOKEN, whatever is in it, and shows it nowhere', async () => {
    const token = 'planted"token\\';
    const { url, asked } = await serve(OTHER_SERVER);
    const { status, output } = await script('test-mcp.sh', ['--url', url], { MCP_TOKEN: token });
    expect(status, output).toBe(0);
    expect(new Set(asked.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${token}`]));
    expect(output).not.toContain('planted');
  });

  it.each<[string, Readonly<Record<string, Answer>>, string]>([
    ['a web page', { initialize: { type: 'text/html', body: '<html>"error"' } }, 'the answer is no JSON-RPC message (text/html)'],
    ['nothing', { initialize: { body: '' } }, 'the answer is no JSON-RPC message'],
    ['a server that is none', { initialize: result({}) }, 'initialize: the answer names no server'],
    [
      'a JSON-RPC error',
      { initialize: { body: '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no \\"such\\" method"}}' } },
      'it answered an error: no "such" method',
    ],
    ['no token', { initialize: { status: 401, body: '' } }, 'into the variable MCP_TOKEN: docs/access.md'],
    [
      'a host that cannot start it',
      { initialize: { status: 503, body: '' } },
      'status 503: the ingress finds no host that runs the component',
    ],
    ['an ingress that waits no longer', { initialize: { status: 504, body: '' } }, 'status 504: the ingress gave up waiting'],
    ['a server that fails', { initialize: { status: 500, body: '' } }, 'FAILED   initialize: status 500'],
    [
      'no Petstore among the tools',
      { ...OTHER_SERVER, 'tools/list': result({ tools: [{ name: 'list_services', inputSchema: {} }] }) },
      'get_pet_find_by_status is not among its 1 tools',
    ],
    [
      'no pets',
      { ...OTHER_SERVER, 'tools/call': result({ content: [], structuredContent: { pets: [{ status: 'sold' }] } }) },
      'no pet in the answer is available',
    ],
    [
      'a tool that fails',
      { ...OTHER_SERVER, 'tools/call': result({ content: [{ type: 'text', text: 'no\nPetstore' }], isError: true }) },
      'the tool failed: no Petstore',
    ],
    [
      'an upstream that is not ready',
      { ...OTHER_SERVER, '/ready': { status: 503, body: '{"ready":false,"checks":[{"name":"petstore","ok":false}]}' } },
      'FAILED   backend: the server does not reach its Petstore',
    ],
    [
      'metrics of somebody else',
      { ...OTHER_SERVER, '/metrics': { body: 'up 1\n' } },
      "FAILED   the server's metrics: /metrics does not count requests",
    ],
  ])('fails on %s', async (_, answers, says) => {
    const { url } = await serve(answers);
    const { status, output } = await testMcp(url);
    expect(output).toContain(says);
    expect(output).toMatch(/^ {9}Try: ./m);
    expect(status).toBe(1);
  });

  it('waits no longer than it is told', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the test server has no port');
    const { status, output } = await testMcp(`http://127.0.0.1:${address.port}`, '--timeout', '1');
    expect(output).toContain('FAILED   initialize: no answer within 1 s');
    expect(status).toBe(1);
  });

  it('asks the Petstore itself where it is told its address', async () => {
    const upstreams = await startUpstreams();
    onTestFinished(() => upstreams.close());
    const good = await testMcp(localHost, '--backend', String(upstreams.options.PETSTORE_URL));
    expect(good.output).toMatch(/^ok {7}backend at .*: it answers pets$/m);
    expect(good.status).toBe(0);
    const wrong = await testMcp(localHost, '--backend', new URL('/', upstreams.options.PETSTORE_URL).href);
    expect(wrong.output).toContain('the URL of the API ends in /api/v3');
    expect(wrong.status).toBe(1);
    const { url } = await serve({ '/api/v3/pet/findByStatus': { status: 403, body: '' } });
    const denied = await testMcp(localHost, '--backend', `${url}/api/v3`);
    expect(denied.output).toContain("status 403: Linkerd's policy admits the host group alone");
  });

  it('asks Prometheus for what the Petstore’s proxy counted', async () => {
    const vector = (value: string): Answer => ({
      body: `{"status":"success","data":{"resultType":"vector","result":[${value === '' ? '' : `{"metric":{},"value":[1.5,"${value}"]}`}]}}`,
    });
    const seen = await serve({ '/api/v1/query': vector('42') });
    const good = await testMcp(localHost, '--prometheus', seen.url);
    expect(good.output).toMatch(/^ok {7}mesh metrics of .*: the Petstore's proxy has answered 42 requests$/m);
    expect(good.status).toBe(0);
    for (const value of ['', '0']) {
      const { url } = await serve({ '/api/v1/query': vector(value) });
      const bad = await testMcp(localHost, '--prometheus', url);
      expect(bad.output).toMatch(/^FAILED {3}mesh metrics of .*: it has no series sum\(response_total/m);
      expect(bad.status).toBe(1);
    }
  });

  it('asks Prometheus in PromQL, for the series of Linkerd’s proxy', () => {
    const [, query = ''] = /query="(.*)"$/m.exec(readFileSync(join(DEMO, 'test-mcp.sh'), 'utf8')) ?? [];
    const promql = query.replaceAll('\\"', '"').replace('$PETSTORE_NAMESPACE', 'petstore');
    expect(promql).toBe('sum(response_total{namespace="petstore",direction="inbound"})');
    expect(parser.parse(promql).toString()).not.toContain('⚠');
  });
});

describe('measure-latency.sh', () => {
  /** The figures of a row: requests, failed, p50, p95, p99, max. */
  const row = (output: string, path: string): readonly number[] => {
    const line = output.split('\n').find((candidate) => candidate.startsWith(`${path}  `)) ?? '';
    return line.slice(path.length).trim().split(/\s+/).map(Number);
  };

  it('measures each path of `npm start`', async () => {
    const upstreams = await startUpstreams();
    onTestFinished(() => upstreams.close());
    const { url: echo } = await serve({ '/': { type: 'text/plain', body: 'hello there' } });
    const petstore = String(upstreams.options.PETSTORE_URL);
    const { status, output } = await measure(localHost, '--echo', echo, '--petstore', petstore, '--count', '20', '--warm-up', '2');
    expect(status, output).toBe(0);
    for (const path of ['client -> echo', 'client -> Petstore', 'client -> MCP', 'client -> MCP -> store', 'client -> MCP -> Petstore']) {
      const [requests = 0, failed = 1, p50 = 0, p95 = 0, p99 = 0, max = 0] = row(output, path);
      expect([requests, failed], output).toEqual([20, 0]);
      expect(p50).toBeGreaterThan(0);
      expect(p95).toBeGreaterThanOrEqual(p50);
      expect(p99).toBeGreaterThanOrEqual(p95);
      expect(max).toBe(p99);
    }
  });

  it('measures through the ingress, by the Host header, and leaves out what it has no address of', async () => {
    const { status, output } = await measure(ingress.url, '--host', HOST, '--count', '5', '--warm-up', '0');
    expect(status, output).toBe(0);
    expect(row(output, 'client -> MCP -> Petstore').slice(0, 2)).toEqual([5, 0]);
    expect(output).not.toContain('client -> echo');
  });

  it('tells percentiles by nearest rank, from good answers alone, without the warm-up', async () => {
    const bin = servers.folder();
    // 1 ms to 100 ms in no order; before them two that are warm-up, and among them one that failed.
    const times = ['200 9', '200 9', ...Array.from({ length: 100 }, (_, index) => `200 ${(((index * 37) % 100) + 1) / 1000}`), '503 5'];
    writeFileSync(join(bin, 'times'), `${times.join('\n')}\n`);
    const curl = `#!/bin/sh\ncase "$*" in *--write-out*) cat ${bin}/times ;; *) echo '{"result":{}}' ;; esac\n`;
    writeFileSync(join(bin, 'curl'), curl, { mode: 0o755 });
    const args = ['--url', 'http://127.0.0.1:1', '--count', '101', '--warm-up', '2'];
    const { status, output } = await script('measure-latency.sh', args, { PATH: `${bin}:/usr/bin:/bin` });
    expect(row(output, 'client -> MCP')).toEqual([101, 1, 50, 95, 99, 100]);
    expect(status).toBe(1);
  });

  it('asks kubectl for the addresses of the load balancer', async () => {
    const bin = servers.folder();
    const { url: echo, asked } = await serve({ '/': { body: 'hello there' } });
    const kubectl = `#!/bin/sh\necho "$*" >> ${bin}/calls\ncase "$*" in *'get service echo'*) printf ${new URL(echo).host} ;; esac\n`;
    writeFileSync(join(bin, 'kubectl'), kubectl, { mode: 0o755 });
    const args = ['--url', localHost, '--count', '3', '--warm-up', '1', '--context', 'kind-demo'];
    const { status, output } = await script('measure-latency.sh', args, { PATH: `${bin}:/usr/bin:/bin` });
    expect(status, output).toBe(0);
    // One to look at the answer, one to warm up, three that count.
    expect(asked.filter(({ path }) => path === '/')).toHaveLength(5);
    expect(output).not.toContain('client -> Petstore');
    expect(readFileSync(join(bin, 'calls'), 'utf8')).toContain('--context kind-demo get service petstore-external --namespace petstore');
  });

  it('does not take a wrong answer for a quick one', async () => {
    const { url } = await serve({ ...OTHER_SERVER, ping: result({}), '/metrics': { status: 500, body: '' } });
    const failing = await measure(url, '--count', '3', '--warm-up', '0');
    expect(failing.status).toBe(1);
    expect(failing.output).toMatch(/^client -> MCP -> store +not measured: curl: \(22\)/m);
    const broken = await serve({ ping: result({}), '/metrics': { body: '' }, 'tools/call': result({ content: [], isError: true }) });
    const wrong = await measure(broken.url, '--count', '3', '--warm-up', '0');
    expect(wrong.status).toBe(1);
    expect(wrong.output).toMatch(/^client -> MCP -> Petstore +not measured: it answers an error; test-mcp\.sh says why$/m);
    expect(row(wrong.output, 'client -> MCP').slice(0, 2)).toEqual([3, 0]);
  });

  it('fails where nothing listens', async () => {
    const { status, output } = await measure(`http://127.0.0.1:${await freePort()}`);
    expect(status).toBe(1);
    expect(output.match(/not measured: curl: \(7\)/g)).toHaveLength(3);
  });

  it('sends the token of MCP_TOKEN, and to the MCP server alone', async () => {
    const mcp = await serve({ ...OTHER_SERVER, ping: result({}), '/metrics': { body: '' } });
    const echo = await serve({ '/': { body: 'hello there' } });
    const args = ['--url', mcp.url, '--echo', echo.url, '--count', '2', '--warm-up', '0'];
    const { status, output } = await script('measure-latency.sh', args, { MCP_TOKEN: 'planted' });
    expect(status, output).toBe(0);
    expect(new Set(mcp.asked.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer planted']));
    expect(new Set(echo.asked.map(({ headers }) => headers.authorization))).toEqual(new Set([undefined]));
    expect(output).not.toContain('planted');
  });
});
