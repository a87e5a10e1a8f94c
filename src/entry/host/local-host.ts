import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { componentPath, type Engine } from '../../../scripts/build.ts';
import { ROOT } from '../../../scripts/wit.ts';
import { loadComponent } from '../../adapters/node/component.ts';
import { componentServer } from '../../adapters/node/http-server.ts';
import { InstancePool, type PoolLimits } from '../../adapters/node/pool.ts';
import { perform } from '../../adapters/node/store.ts';
import { OPTIONS, parseConfig } from '../../config.ts';
import type { Role } from '../../lib/roles.ts';
import type { ClusterChoice } from './arguments.ts';
import { collectForEver, hostOn } from './collect.ts';
import { openStore, type StoreChoice } from './store-choice.ts';
import { Upstreams } from './upstreams.ts';

const COLLECT_TOKEN_BYTES = 32;

/** Whoever sets one of these has decided who may call. */
const SAYS_WHO: readonly string[] = [OPTIONS.anonymousRole, OPTIONS.jwtIssuer, OPTIONS.trustedIdentityHeader].map(({ name }) => name);

export interface LocalHostOptions {
  readonly engine: Engine;
  /** Where the component's options are looked up, by name; nothing else of it reaches the component. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes what the component writes to standard error. */
  readonly print: (bytes: Uint8Array) => void;
  /** Is told how the start goes, and of lost instances, a line at a time. */
  readonly say: (line: string) => void;
  readonly limits?: Partial<PoolLimits>;
  /** Memory where it is not given. */
  readonly store?: StoreChoice;
  /** What the options say where it is not given. */
  readonly cluster?: ClusterChoice;
  /** Wins over PROMETHEUS_URL. */
  readonly prometheus?: string | undefined;
  /** Whether the collector runs; not, where it is not given. */
  readonly collect?: boolean;
  /** Whether tools may change the cluster; not, where it is not given, but a demo cluster. TOOLSETS wins. */
  readonly writes?: boolean;
  /** ANONYMOUS_ROLE where the options say nothing about who may do what; `admin` where it is not given, since whoever reaches this machine's loopback is its user. */
  readonly anonymousRole?: Role;
  /** Whether time brings changes to a demo cluster; not, where it is not given. */
  readonly lively?: boolean;
}

/** A running pool of instances with everything it needs, not yet reachable from outside. */
export interface LocalHost {
  readonly pool: InstancePool;
  /** The options as the component reads them. */
  readonly config: ReadonlyMap<string, string>;
  /** What a user should know about the upstreams and the store, in words: which are demos, and which were named by flags. */
  readonly remarks: readonly string[];
  /** Resolves when the collector has run once, well or not; at once where it does not run. */
  readonly collected: Promise<void>;
  /** Lets what runs come to its end for that long, then ends everything. */
  close(graceMs: number): Promise<void>;
}

/** Starts the built component. Throws an error fit for a user when the options are wrong or the component does not start. */
export async function startLocalHost(options: LocalHostOptions): Promise<LocalHost> {
  const { engine, env, print, say, limits = {}, store: storeChoice = { tag: 'memory' } } = options;
  const config = new Map<string, string>();
  for (const { name } of Object.values(OPTIONS)) {
    const value = env[name];
    if (value !== undefined && value !== '') config.set(name, value);
  }
  if (!SAYS_WHO.some((name) => config.has(name))) config.set(OPTIONS.anonymousRole.name, options.anonymousRole ?? 'admin');
  const store = openStore(storeChoice, say);
  const upstreams = new Upstreams(config, say);
  const closeAll = async () => {
    await upstreams.close();
    await store.close();
  };
  try {
    await upstreams.find(options);
    if (storeChoice.tag !== 'memory') upstreams.remarks.push(`store ${storeChoice.tag} at ${storeChoice.url.host}`);
    const collects = options.collect === true;
    if (collects && !config.has('COLLECT_TOKEN')) config.set('COLLECT_TOKEN', randomBytes(COLLECT_TOKEN_BYTES).toString('base64url'));
    const { allowedHosts, toolsets, collectToken, keyvalueBucket } = parseConfig({ get: (name) => config.get(name) });
    // The lock file stands for the version of jco.
    const [component, toolchain] = await Promise.all([
      readFile(componentPath(engine)),
      readFile(path.join(ROOT, 'package-lock.json'), 'utf8'),
    ]);
    const compiled = await loadComponent(component, path.join(ROOT, 'dist/host'), toolchain, say);
    const pool = await InstancePool.start({ component: compiled, config: new Map(config), store, print, say, limits });
    const refresh = () => pool.reconfigure(new Map(config));
    upstreams.onChange(refresh);
    // The start took a while, in which a token may have changed.
    refresh();
    // A server that cannot be reached is said now, and not with the first request.
    void perform(store, keyvalueBucket, { tag: 'exists', key: 'mesh/head' });
    const ticker =
      collects && toolsets.includes('graph')
        ? collectForEver({
            run: (request, sink) => pool.runInBackground(request, sink),
            host: hostOn(allowedHosts),
            token: collectToken,
            say,
          })
        : undefined;
    return {
      pool,
      config,
      remarks: upstreams.remarks,
      collected: ticker?.first ?? Promise.resolve(),
      close: async (graceMs) => {
        await ticker?.stop();
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
