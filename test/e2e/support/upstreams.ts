import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Listening, serveDemo } from '../../../src/adapters/node/demo-server.ts';
import { demoKubernetes } from '../../../src/demo/kubernetes/api.ts';
import { BASE_PATH, createDemoPetstore } from '../../../src/demo/petstore/petstore.ts';

/** The upstreams of a server under test. */
export interface Upstreams {
  /** The options that lead a server to them. */
  readonly options: Readonly<Record<string, string>>;
  /** Lets the Petstore answer nothing until `release` is called. Resolves as soon as a request waits. */
  hold(): { readonly reached: Promise<void>; release(): void };
  /** Lets the Kubernetes API answer JSON that nests so deep, until `undefined` is given. */
  nest(levels: number | undefined): void;
  close(): Promise<void>;
}

/** A demo Petstore with the sample data that can be held up, and a demo Kubernetes API that can be made to answer nonsense. */
export async function startUpstreams(): Promise<Upstreams> {
  let gate: { readonly open: Promise<void>; readonly reach: () => void } | undefined;
  let levels: number | undefined;
  const petstore = await standBefore(await serveDemo(createDemoPetstore()), async () => {
    gate?.reach();
    await gate?.open;
    return undefined;
  });
  const kubernetes = await standBefore(await serveDemo(demoKubernetes()), async () =>
    levels === undefined ? undefined : `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`,
  );
  return {
    options: { PETSTORE_URL: petstore.url + BASE_PATH, KUBERNETES_URL: kubernetes.url },
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
      await Promise.all([petstore.close(), kubernetes.close()]);
    },
  };
}

/** A server before another, which passes on what `instead` does not answer itself. Closes both. */
async function standBefore(target: Listening, instead: () => Promise<string | undefined>): Promise<Listening> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await request.toArray());
    const own = await instead();
    if (response.destroyed) return;
    if (own !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(own);
      return;
    }
    const { method = 'GET', headers } = request;
    const passed = Object.fromEntries(PASSED.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])));
    const found = await fetch(target.url + request.url, { method, headers: passed, ...(body.length === 0 ? {} : { body }) });
    response.writeHead(found.status, Object.fromEntries(found.headers));
    response.end(Buffer.from(await found.arrayBuffer()));
  };
  const front = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const { port } = front.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = once(front, 'close');
      front.close();
      front.closeAllConnections();
      await Promise.all([closed, target.close()]);
    },
  };
}

const PASSED = ['accept', 'content-type'];
