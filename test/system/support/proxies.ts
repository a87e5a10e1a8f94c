import { fileURLToPath } from 'node:url';
import { toolPath } from '../tools/cache.ts';
import type { KubeApiServer } from './kube-apiserver.ts';
import { type Process, startProcess } from './process.ts';
import type { Servers } from './servers.ts';

/** Plain HTTP on loopback in front of an API server. */
export interface ApiProxy {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Passes the caller's own Authorization on: who has no token is anonymous. See plain-proxy.ts. */
export async function startPlainProxy(servers: Servers, api: KubeApiServer): Promise<ApiProxy> {
  const program = fileURLToPath(new URL('./plain-proxy.ts', import.meta.url));
  const proxy = await startProcess(servers, { command: process.execPath, args: [program, api.url, api.caFile], name: 'plain-proxy' });
  return listening(proxy, /^listening on (http:\S+)$/m, (match) => match[1]);
}

/** The usual way to reach an API server without TLS. It lends every caller the rights of `token`. */
export async function startKubectlProxy(servers: Servers, api: KubeApiServer, token: string): Promise<ApiProxy> {
  const connection = ['--server', api.url, '--certificate-authority', api.caFile, '--token', token, '--kubeconfig', '/dev/null'];
  const args = ['proxy', '--address', '127.0.0.1', '--port', '0', ...connection];
  const proxy = await startProcess(servers, { command: toolPath('kubectl'), args, name: 'kubectl proxy' });
  return listening(proxy, /Starting to serve on (127\.0\.0\.1:\d+)/, (match) => `http://${match[1]}`);
}

async function listening(proxy: Process, ready: RegExp, url: (match: RegExpMatchArray) => string | undefined): Promise<ApiProxy> {
  const found = url(await proxy.output(ready));
  if (found === undefined) throw new Error(`${proxy.name} named no address`);
  return { url: found, stop: proxy.stop };
}
