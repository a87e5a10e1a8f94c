import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { KubeApiServer } from './kube-apiserver.ts';
import type { Servers } from './servers.ts';

/** A request that was told to come later. */
export interface Refused {
  readonly target: string;
  /** On the monotonic clock, in milliseconds. */
  readonly atMs: number;
}

/** Plain HTTP in front of an API server, which can be made to throttle as API Priority and Fairness does. */
export interface ThrottlingProxy {
  readonly url: string;
  /** From here on every request is answered 429, with this Retry-After where it is given, and every watch that stands is ended. */
  readonly throttle: (retryAfterSeconds?: number) => void;
  readonly relent: () => void;
  /** What was refused since the last `throttle`. */
  readonly refused: () => readonly Refused[];
}

/** Starts it in this process, so the one who asks it must be another. It passes on the caller's own Authorization. */
export async function startThrottlingProxy(servers: Servers, api: KubeApiServer): Promise<ThrottlingProxy> {
  const agent = new Agent({ ca: readFileSync(api.caFile), keepAlive: true });
  const open = new Set<ServerResponse>();
  let headers: Readonly<Record<string, string>> | undefined;
  let refused: Refused[] = [];
  const server = createServer((incoming, answer) => {
    const target = incoming.url ?? '/';
    if (headers !== undefined) {
      refused.push({ target, atMs: performance.now() });
      answer.writeHead(429, { 'content-type': 'application/json', ...headers });
      answer.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'TooManyRequests', code: 429 }));
      return;
    }
    open.add(answer);
    const outgoing = request(new URL(target, api.url), { agent, method: incoming.method, headers: incoming.headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      answer.flushHeaders();
      response.on('error', () => answer.destroy()).pipe(answer);
    });
    outgoing.on('error', () => {
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(502).end();
    });
    answer.on('close', () => {
      open.delete(answer);
      outgoing.destroy();
    });
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.add({
    name: 'the throttling proxy',
    log: () => '',
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the throttling proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    throttle: (retryAfterSeconds) => {
      refused = [];
      headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
      for (const answer of open) answer.end();
    },
    relent: () => {
      headers = undefined;
    },
    refused: () => refused,
  };
}
