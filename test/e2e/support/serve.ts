import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { componentServer } from '../../../src/adapters/node/http-server.ts';
import type { InstancePool } from '../../../src/adapters/node/pool.ts';

/** Serves a pool on a free port. `close` ends the pool too. */
export async function serveOverHttp(pool: InstancePool): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = componentServer((request, sink) => pool.run(request, sink)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      await pool.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
