import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubeApiServer } from './kube-apiserver.ts';
import { startProcess } from './process.ts';
import type { Server, Servers } from './servers.ts';

const PROGRAM = fileURLToPath(new URL('../../../src/entry/host.ts', import.meta.url));

/** The context that `writeKubeconfig` makes. */
export const CONTEXT = 'mesh';

/** A local host in a process of its own, as `npm start` runs it. */
export interface LocalHostProcess extends Server {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Ends it in the middle of whatever it does. Resolves once it is gone. */
  readonly kill: () => Promise<void>;
}

/** Starts `npm start` with these flags, on a port that the kernel chooses, with these options of the component. Resolves once it is ready. */
export async function startHostProcess(
  servers: Servers,
  flags: readonly string[],
  options: Readonly<Record<string, string>> = {},
): Promise<LocalHostProcess> {
  const started = await startProcess(servers, {
    command: process.execPath,
    args: [PROGRAM, '--port', '0', ...flags],
    // What the machine's own environment says of a cluster is not meant.
    env: { KUBECONFIG: '', STORE: '', KUBERNETES_TOKEN_FILE: '', ...options },
    name: 'local host',
  });
  const [, url] = await started.output(/^mesh-mcp is ready: (http:\/\/127\.0\.0\.1:\d+)\//m);
  if (url === undefined) throw new Error('the local host named no address');
  return {
    ...started,
    url,
    kill: async () => {
      process.kill(started.pid, 'SIGKILL');
      await started.stop();
    },
  };
}

/** A kubeconfig by which whoever has this token reaches the API server. Resolves to its path. */
export function writeKubeconfig(servers: Servers, { url, caFile }: KubeApiServer, token: string): string {
  const file = join(servers.folder(), 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: 'mesh-mcp', user: { token } }],
    contexts: [{ name: CONTEXT, context: { cluster: 'test', user: 'mesh-mcp' } }],
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
