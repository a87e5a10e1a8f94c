import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { componentPath, type Engine } from '../../../scripts/build.ts';
import { ROOT } from '../../../scripts/wit.ts';
import { loadComponent } from '../../adapters/node/component.ts';
import { type Listening, serveDemo } from '../../adapters/node/demo-server.ts';
import { componentServer } from '../../adapters/node/http-server.ts';
import { memoryStore } from '../../adapters/node/memory-store.ts';
import { InstancePool, type PoolLimits } from '../../adapters/node/pool.ts';
import { OPTIONS, parseConfig } from '../../config.ts';
import { demoKubernetes } from '../../demo/kubernetes/api.ts';
import { BASE_PATH, createDemoPetstore } from '../../demo/petstore/petstore.ts';

export interface LocalHostOptions {
  readonly engine: Engine;
  /** Where the component's options are looked up, by name; nothing else of it reaches the component. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes what the component writes to standard error. */
  readonly print: (bytes: Uint8Array) => void;
  /** Is told how the start goes, and of lost instances, a line at a time. */
  readonly say: (line: string) => void;
  readonly limits?: Partial<PoolLimits>;
}

/** A running pool of instances with everything it needs, not yet reachable from outside. */
export interface LocalHost {
  readonly pool: InstancePool;
  /** The options as the component reads them. */
  readonly config: ReadonlyMap<string, string>;
  /** What stands in for a real upstream, in words. */
  readonly demos: readonly string[];
  /** Lets what runs come to its end for that long, then ends everything. */
  close(graceMs: number): Promise<void>;
}

/** Starts the built component. Throws an error fit for a user when the options are wrong or the component does not start. */
export async function startLocalHost({ engine, env, print, say, limits = {} }: LocalHostOptions): Promise<LocalHost> {
  const config = new Map<string, string>();
  for (const { name } of Object.values(OPTIONS)) {
    const value = env[name];
    if (value !== undefined && value !== '') config.set(name, value);
  }
  const open: Listening[] = [];
  const demos: string[] = [];
  const store = memoryStore();
  const closeAll = async () => {
    await Promise.all(open.map((server) => server.close()));
    await store.close();
  };
  try {
    if (!config.has('PETSTORE_URL')) {
      const petstore = await serveDemo(createDemoPetstore());
      open.push(petstore);
      config.set('PETSTORE_URL', petstore.url + BASE_PATH);
      demos.push('demo Petstore');
    }
    if (!config.has('KUBERNETES_URL')) {
      const kubernetes = await serveDemo(demoKubernetes());
      open.push(kubernetes);
      config.set('KUBERNETES_URL', kubernetes.url);
      demos.push('demo cluster');
    }
    parseConfig({ get: (name) => config.get(name) });
    // The lock file stands for the version of jco.
    const [component, toolchain] = await Promise.all([
      readFile(componentPath(engine)),
      readFile(path.join(ROOT, 'package-lock.json'), 'utf8'),
    ]);
    const compiled = await loadComponent(component, path.join(ROOT, 'dist/host'), toolchain, say);
    const pool = await InstancePool.start({ component: compiled, config, store, print, say, limits });
    return {
      pool,
      config,
      demos,
      close: async (graceMs) => {
        await pool.settle(graceMs);
        await pool.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** The time for what was answered at the last moment to reach its client. */
const FLUSH_MS = 500;

/** Serves a local host over HTTP. Throws Node's error when the address cannot be had. */
export async function listen(host: LocalHost, address: { readonly host: string; readonly port: number }) {
  const server = componentServer((request, sink) => host.pool.run(request, sink));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`,
    /** Takes no more connections, gives what runs that long, then ends everything, the host included. */
    close: async (graceMs: number): Promise<void> => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await host.pool.settle(graceMs);
      server.closeIdleConnections();
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, FLUSH_MS).unref())]);
      await host.close(0);
      server.closeAllConnections();
      await closed;
    },
  };
}
