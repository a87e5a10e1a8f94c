import { toolPath } from '../tools/cache.ts';
import { freePort, onFreePort } from './ports.ts';
import { startProcess } from './process.ts';
import type { Servers } from './servers.ts';
import { until } from './wait.ts';

/** A key outside of the tree in which an API server keeps its cluster, in base64 as the gateway wants it. */
const NO_KEY = Buffer.from('mesh-mcp-test').toString('base64');

/**
 * Starts an etcd with nothing of a cluster in it, at revision 2: what starts on it remembers no state of revision 1, so that reading one is reading
 * etcd's history. Resolves to its URL once it answers.
 */
export function startEtcd(servers: Servers): Promise<string> {
  return onFreePort(async (port) => {
    const url = `http://127.0.0.1:${port}`;
    const peer = `http://127.0.0.1:${await freePort()}`;
    const args = [
      ...['--data-dir', servers.folder(), '--log-level', 'warn'],
      ...['--listen-client-urls', url, '--advertise-client-urls', url],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
      // What it holds is thrown away: no need to wait for the disk.
      '--unsafe-no-fsync',
    ];
    const etcd = await startProcess(servers, { command: toolPath('etcd'), args });
    await until('etcd is healthy', async () => {
      etcd.check();
      const response = await fetch(`${url}/health`);
      return response.ok || undefined;
    });
    await call(url, '/v3/kv/put', { key: NO_KEY, value: '' });
    return url;
  });
}

/** Drops the history of an etcd: reads of an earlier revision fail from here on. */
export async function compact(url: string): Promise<void> {
  // Every answer carries the present revision.
  const { header } = await call(url, '/v3/kv/range', { key: NO_KEY });
  await call(url, '/v3/kv/compaction', { revision: header.revision, physical: true });
}

/** One call through etcd's JSON gateway (etcd documentation, "gRPC gateway"). 64-bit numbers are texts there. */
async function call(url: string, path: string, body: object): Promise<{ readonly header: { readonly revision: string } }> {
  const response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${await response.text()}`);
  // All of them answer with the header that every answer of etcd's KV service has.
  return (await response.json()) as { header: { revision: string } };
}
