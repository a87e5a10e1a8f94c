import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ConnectionLimits } from '../../../../src/adapters/node/kept-connection.ts';
import { natsStore } from '../../../../src/adapters/node/nats-store.ts';
import { redisStore } from '../../../../src/adapters/node/redis-store.ts';
import { soon } from '../../../e2e/support/soon.ts';

const LIMITS: ConnectionLimits = { operationMs: 300, silenceMs: 1_000, retryMs: 0 };

/** A server that takes connections and does with them what it is given. */
async function serve(handle: (socket: Socket) => void) {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections, sockets };
}

for (const [name, scheme, makeStore] of [
  ['Redis', 'redis', redisStore],
  ['NATS', 'nats', natsStore],
] as const) {
  describe(`${name}, or what should be it`, () => {
    function storeAt(host: string) {
      const store = makeStore({ url: new URL(`${scheme}://${host}`), say: () => {}, limits: LIMITS });
      onTestFinished(() => store.close());
      return store;
    }

    it('that takes connections and says nothing is given up, and tried again', async () => {
      const { host, connections, sockets } = await serve((socket) => socket.resume());
      const bucket = await storeAt(host).open('default');
      for (let attempt = 1; attempt <= 2; attempt++) {
        await expect(bucket.get('a')).rejects.toThrow(/: (?:no answer within 300 ms|it does not answer)$/);
        await soon(() => [connections(), sockets.size]).toEqual([attempt, 0]);
      }
    });

    it('that ends every connection fails at once', async () => {
      const { host } = await serve((socket) => socket.destroy());
      const bucket = await storeAt(host).open('default');
      await expect(bucket.get('a')).rejects.toThrow(new RegExp(`^${name} at ${host}: it`));
    });

    it('that speaks another protocol is refused without a word of what it said', async () => {
      const { host } = await serve((socket) => socket.end('HTTP/1.1 400 secret words\r\n\r\n'));
      const bucket = await storeAt(host).open('default');
      const error = await bucket.get('a').catch((thrown: Error) => thrown);
      expect(String(error)).toContain(`${name} at ${host}`);
      expect(String(error)).not.toContain('secret');
    });
  });
}
