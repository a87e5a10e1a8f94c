import { toolPath } from '../tools/cache.ts';
import type { Servers } from './servers.ts';
import { type StoreServer, startStoreServer } from './store-server.ts';

/** Starts a NATS server with JetStream and nothing in it. */
export function startNats(servers: Servers, args: readonly string[] = []): Promise<StoreServer> {
  return startStoreServer(servers, {
    command: toolPath('nats-server'),
    args: (port, folder) => ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', folder, ...args],
    ready: /Server is ready/,
    url: (port) => `nats://127.0.0.1:${port}`,
  });
}
