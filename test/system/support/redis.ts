import { toolPath } from '../tools/cache.ts';
import type { Servers } from './servers.ts';
import { type StoreServer, startStoreServer } from './store-server.ts';

/** Starts a Redis with nothing in it. It writes its data down when it is stopped. */
export function startRedis(servers: Servers, args: readonly string[] = []): Promise<StoreServer> {
  return startStoreServer(servers, {
    command: toolPath('redis-server'),
    args: (port, folder) => ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '3600 1', ...args],
    ready: /Ready to accept connections/,
    url: (port) => `redis://127.0.0.1:${port}`,
  });
}
