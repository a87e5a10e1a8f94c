import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveDemo } from '../../../src/adapters/node/demo-server.ts';
import { demoKubernetes } from '../../../src/demo/kubernetes/api.ts';
import { BASE_PATH, createDemoPetstore } from '../../../src/demo/petstore/petstore.ts';

/** The upstreams of a server under test. */
export interface Upstreams {
  /** The options that lead a server to them. */
  readonly options: Readonly<Record<string, string>>;
  /** Lets the Kubernetes API answer nothing until `release` is called. Resolves as soon as a request waits. */
  hold(): { readonly reached: Promise<void>; release(): void };
  /** Lets the Kubernetes API answer JSON that nests so deep, until `undefined` is given. */
  nest(levels: number | undefined): void;
  close(): Promise<void>;
}

/** A demo Petstore with the sample data, and a demo Kubernetes API that can be held up. */
export async function startUpstreams(): Promise<Upstreams> {
  const petstore = await serveDemo(createDemoPetstore());
  const kubernetes = await serveDemo(demoKubernetes());
  let gate: { readonly open: Promise<void>; readonly reach: () => void } | undefined;

  let levels: number | undefined;

  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (gate !== undefined) {
      gate.reach();
      await gate.open;
    }
    if (response.destroyed) return;
    if (levels !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
      return;
    }
    const answer = await fetch(`${kubernetes.url}${request.url}`, { headers: { accept: request.headers.accept ?? '*/*' } });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  };
  const front = createServer((request, response) => {
    forward(request, response).catch(() => response.destroy());
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const { port } = front.address() as AddressInfo;

  return {
    options: { PETSTORE_URL: petstore.url + BASE_PATH, KUBERNETES_URL: `http://127.0.0.1:${port}` },
    hold: () => {
      const open = Promise.withResolvers<void>();
      const reached = Promise.withResolvers<void>();
      gate = { open: open.promise, reach: reached.resolve };
      return {
        reached: reached.promise,
        release: () => {
          gate = undefined;
          open.resolve();
        },
      };
    },
    nest: (wanted) => {
      levels = wanted;
    },
    close: async () => {
      const closed = once(front, 'close');
      front.close();
      front.closeAllConnections();
      await Promise.all([closed, petstore.close(), kubernetes.close()]);
    },
  };
}
