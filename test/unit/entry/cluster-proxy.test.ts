import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ClusterProxy, startClusterProxy } from '../../../src/entry/host/cluster-proxy.ts';
import type { Authorization, ClusterAccess } from '../../../src/entry/host/kubeconfig.ts';
import { soon } from '../../e2e/support/soon.ts';

vi.setConfig({ testTimeout: 20_000 });

/** A cluster that answers as a test wants, and remembers its connections. */
async function cluster(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const sockets = new Set<Socket>();
  const server = http.createServer(answer).on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets, server };
}

interface Given {
  readonly url: string;
  readonly writes?: boolean;
  readonly authorize?: () => Promise<Authorization>;
}

async function proxyTo({ url, writes = false, authorize }: Given) {
  const agent = new http.Agent({ keepAlive: true });
  const renew = vi.fn();
  const said: string[] = [];
  const access: ClusterAccess = {
    context: 'home',
    url: new URL(url),
    authorize: authorize ?? (async () => ({ headers: { Authorization: 'Bearer of-the-user' }, agent })),
    renew,
    close: () => agent.destroy(),
  };
  const proxy = await startClusterProxy({ access, writes, say: (line) => said.push(line) });
  onTestFinished(() => proxy.close());
  return { proxy, renew, said };
}

const bearing = ({ token }: ClusterProxy) => ({ authorization: `Bearer ${token}` });

describe('the proxy to a cluster', () => {
  it('passes a request on with the user’s credentials instead of its own, below the path of the cluster', async () => {
    const seen: IncomingMessage[] = [];
    const { url } = await cluster((request, response) => {
      seen.push(request);
      response.writeHead(200, { 'content-type': 'application/json', 'audit-id': 'x1', 'set-cookie': 'a=b' }).end('{"kind":"List"}');
    });
    const { proxy } = await proxyTo({ url: `${url}/k8s/clusters/c-1/` });
    const answer = await fetch(`${proxy.url}/api/v1/pods?limit=500&continue=a%2Fb`, {
      headers: { ...bearing(proxy), accept: 'application/json', cookie: 'c=d', 'impersonate-uid': '0', 'x-own': '1' },
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ kind: 'List' });
    expect(answer.headers.get('audit-id')).toBe('x1');
    expect(answer.headers.get('set-cookie')).toBeNull();
    const [request] = seen;
    expect(request?.url).toBe('/k8s/clusters/c-1/api/v1/pods?limit=500&continue=a%2Fb');
    expect(request?.headers).toMatchObject({ authorization: 'Bearer of-the-user', accept: 'application/json', host: new URL(url).host });
    for (const name of ['cookie', 'impersonate-uid', 'impersonate-user', 'x-own']) expect(request?.headers).not.toHaveProperty(name);
  });

  it('passes on for whom the component acts, so that the user’s rights never stand for those of the caller', async () => {
    const seen: IncomingMessage[] = [];
    const { url } = await cluster((request, response) => {
      seen.push(request);
      response.end('{}');
    });
    const { proxy } = await proxyTo({ url, writes: true });
    const headers = [
      ...Object.entries(bearing(proxy)),
      ['Impersonate-User', 'alice'],
      ['Impersonate-Group', 'sre'],
      ['Impersonate-Group', 'a, b'],
    ];
    const sent = http.request(`${proxy.url}/api`, { method: 'PATCH' });
    for (const name of new Set(headers.map(([each]) => each ?? ''))) {
      sent.setHeader(
        name,
        headers.filter(([each]) => each === name).map(([, value]) => value ?? ''),
      );
    }
    sent.end();
    await once(sent, 'response');
    const pairs = seen[0]?.rawHeaders ?? [];
    const named = (name: string) => pairs.filter((_, place) => place % 2 === 1 && pairs[place - 1]?.toLowerCase() === name);
    expect(named('impersonate-user')).toEqual(['alice']);
    expect(named('impersonate-group')).toEqual(['sre', 'a, b']);
  });

  it('refuses to act for somebody where the kubeconfig does so already', async () => {
    const { url } = await cluster((_, response) => void response.end('{}'));
    const authorize = async () => ({ headers: { 'Impersonate-User': 'boss' }, agent: new http.Agent() });
    const { proxy } = await proxyTo({ url, authorize });
    expect((await fetch(`${proxy.url}/api`, { headers: { ...bearing(proxy), 'impersonate-user': 'alice' } })).status).toBe(403);
    expect((await fetch(`${proxy.url}/api`, { headers: bearing(proxy) })).status).toBe(200);
  });

  it('passes on status, headers and body of every answer', async () => {
    const { url } = await cluster((_, response) => {
      response.writeHead(429, { 'retry-after': '7', 'content-type': 'application/json' }).end('{"kind":"Status"}');
    });
    const { proxy, renew } = await proxyTo({ url });
    const answer = await fetch(`${proxy.url}/api`, { headers: bearing(proxy) });
    expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([429, '7', '{"kind":"Status"}']);
    expect(renew).not.toHaveBeenCalled();
  });

  it.each([
    ['no token', {}],
    ['another', { authorization: 'Bearer another' }],
    ['one that begins the same', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic dG9rZW4=' }],
  ])('lets nobody through with %s', async (_, headers) => {
    let reached = 0;
    const { url } = await cluster((_request, response) => {
      reached++;
      response.end();
    });
    const { proxy } = await proxyTo({ url });
    const answer = await fetch(`${proxy.url}/api`, { headers });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ kind: 'Status', code: 401 });
    expect(reached).toBe(0);
  });

  it('has another token each time', async () => {
    const { url } = await cluster((_, response) => response.end());
    const [one, two] = [await proxyTo({ url }), await proxyTo({ url })];
    expect(one.proxy.token).toMatch(/^[\w-]{43}$/);
    expect(two.proxy.token).not.toBe(one.proxy.token);
  });

  it('passes on nothing but GET, unless writing is wanted', async () => {
    const seen: string[] = [];
    const { url } = await cluster(async (request, response) => {
      let body = '';
      for await (const piece of request) body += piece;
      seen.push(`${request.method} ${request.headers['content-type']} ${body}`);
      response.end('ok');
    });
    const reading = await proxyTo({ url });
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) {
      const answer = await fetch(`${reading.proxy.url}/api`, { method, headers: bearing(reading.proxy) });
      expect(answer.status, method).toBe(405);
      expect(answer.headers.get('allow')).toBe('GET');
    }
    expect(seen).toEqual([]);
    const writing = await proxyTo({ url, writes: true });
    const headers = { ...bearing(writing.proxy), 'content-type': 'application/apply-patch+yaml' };
    expect((await fetch(`${writing.proxy.url}/api`, { method: 'PATCH', headers, body: 'spec: {}' })).status).toBe(200);
    expect((await fetch(`${writing.proxy.url}/api`, { method: 'OPTIONS', headers })).status).toBe(405);
    expect(seen).toEqual(['PATCH application/apply-patch+yaml spec: {}']);
  });

  it('passes on a watch as it comes, the head before the first event', async () => {
    const watches: ServerResponse[] = [];
    const { url } = await cluster((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      watches.push(response);
    });
    const { proxy } = await proxyTo({ url });
    const answer = await fetch(`${proxy.url}/api/v1/pods?watch=1`, { headers: bearing(proxy) });
    expect(answer.status).toBe(200);
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (const event of ['{"type":"ADDED"}\n', '{"type":"BOOK', 'MARK"}\n']) {
      watches[0]?.write(event);
      expect((await reader?.read())?.value).toBe(event);
    }
    watches[0]?.end();
    expect((await reader?.read())?.done).toBe(true);
  });

  it('ends the request to the cluster when its client leaves, before the answer and in the middle of it', async () => {
    const waiting: IncomingMessage[] = [];
    const { url, sockets } = await cluster((request, response) => {
      waiting.push(request);
      if (request.url === '/middle') response.writeHead(200).flushHeaders();
    });
    const { proxy, said } = await proxyTo({ url });
    for (const path of ['/before', '/middle']) {
      const leave = new AbortController();
      const asked = fetch(proxy.url + path, { headers: bearing(proxy), signal: leave.signal });
      if (path === '/middle') await asked;
      else asked.catch(() => {});
      await soon(() => waiting.length).toBe(1);
      leave.abort();
      await soon(() => sockets.size).toBe(0);
      waiting.length = 0;
    }
    expect(said).toEqual([]);
  });

  it('breaks off where the cluster does, so that half an answer is not taken for a whole one', async () => {
    const { url } = await cluster((_, response) => {
      response.writeHead(200);
      response.write('half', () => response.destroy());
    });
    const { proxy } = await proxyTo({ url });
    const answer = await fetch(`${proxy.url}/api`, { headers: bearing(proxy) });
    await expect(answer.text()).rejects.toThrow();
  });

  it('tries a kept connection that was closed meanwhile once more', async () => {
    const { url, sockets } = await cluster((_, response) => response.end('ok'));
    const { proxy } = await proxyTo({ url });
    const get = async () => (await fetch(`${proxy.url}/api`, { headers: bearing(proxy) })).status;
    expect(await get()).toBe(200);
    const [kept] = sockets;
    // The cluster ends the connection at the very moment in which it is used again.
    const raced = http.Agent.prototype.reuseSocket;
    const spy = vi.spyOn(http.Agent.prototype, 'reuseSocket').mockImplementation(function (this: http.Agent, socket, request) {
      raced.call(this, socket, request);
      kept?.resetAndDestroy();
    });
    onTestFinished(() => spy.mockRestore());
    expect(await get()).toBe(200);
    expect(spy).toHaveBeenCalled();
  });

  it('says what is wrong when the cluster cannot be reached, once, and that it is back', async () => {
    const { url, server } = await cluster((_, response) => response.end('ok'));
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const { proxy, said } = await proxyTo({ url });
    for (let i = 0; i < 2; i++) {
      const answer = await fetch(`${proxy.url}/api`, { headers: bearing(proxy) });
      expect(answer.status).toBe(502);
      expect(await answer.json()).toMatchObject({ kind: 'Status', reason: 'BadGateway', message: expect.stringContaining('ECONNREFUSED') });
    }
    expect(said).toEqual(['the cluster of the context home cannot be reached: nothing listens there (ECONNREFUSED)']);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    expect((await fetch(`${proxy.url}/api`, { headers: bearing(proxy) })).status).toBe(200);
    expect(said.slice(1)).toEqual(['the cluster of the context home answers again']);
  });

  it('says nothing of why the credentials cannot be had', async () => {
    const { url } = await cluster((_, response) => response.end());
    const { proxy, said } = await proxyTo({ url, authorize: () => Promise.reject(new Error('token: hush-hush')) });
    const answer = await fetch(`${proxy.url}/api`, { headers: bearing(proxy) });
    expect(answer.status).toBe(502);
    expect(`${await answer.text()} ${said}`).not.toContain('hush');
    expect(said).toEqual([expect.stringContaining('its credentials cannot be had')]);
  });

  it('has credentials renewed that the cluster refuses', async () => {
    const { url } = await cluster((_, response) => response.writeHead(401).end());
    const { proxy, renew } = await proxyTo({ url });
    expect((await fetch(`${proxy.url}/api`, { headers: bearing(proxy) })).status).toBe(401);
    expect(renew).toHaveBeenCalledOnce();
  });
});
