import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Bucket } from '../../src/adapters/node/store.ts';
import { startLocalHost } from '../../src/entry/host/local-host.ts';
import { openStore, parseStore, type StoreChoice } from '../../src/entry/host/store-choice.ts';
import { startNats } from './support/nats.ts';
import { startRedis } from './support/redis.ts';
import { useServers } from './support/servers.ts';
import type { StoreServer } from './support/store-server.ts';
import { PATIENCE_MS } from './support/wait.ts';

/** A standby looks every 10 s, counts the 30 s of a lease from its own first look at it, and needs a whole first run; the machine may be busy. */
const TAKE_OVER_MS = 40_000 + PATIENCE_MS;

for (const [name, startServer] of [
  ['Redis', startRedis],
  ['NATS', startNats],
] as const) {
  describe(`the local host with its graph in ${name}`, { timeout: 4 * PATIENCE_MS }, () => {
    const servers = useServers();
    let server: StoreServer;
    let choice: StoreChoice;
    let bucket: Bucket;
    beforeAll(async () => {
      server = await startServer(servers);
      choice = parseStore(server.url) ?? { tag: 'memory' };
      const store = openStore(choice, () => {});
      servers.add({ name: 'the test’s own store', log: () => '', stop: () => store.close() });
      bucket = await store.open('default');
    });

    async function startHost() {
      let log = '';
      const said: string[] = [];
      const host = await startLocalHost({
        engine: 'quickjs',
        env: { COLLECT_WINDOW_MS: '2000' },
        print: (bytes) => {
          log += Buffer.from(bytes).toString();
        },
        say: (line) => said.push(line),
        store: choice,
        collect: true,
      });
      onTestFinished(() => host.close(0));
      const runs = () => [...log.matchAll(/"route":"collect".*"outcome":"(\w+)"/g)].map(([, outcome]) => outcome);
      return { host, runs, said };
    }

    it('keeps it there, lets one of two hosts collect, and goes on with the other', async () => {
      const first = await startHost();
      await expect.poll(() => bucket.exists('mesh/head'), { timeout: PATIENCE_MS }).toBe(true);
      await expect.poll(() => first.runs().length, { timeout: PATIENCE_MS }).toBeGreaterThan(1);
      expect(new Set(first.runs())).toEqual(new Set(['ok']));
      const second = await startHost();
      await expect.poll(() => second.runs(), { timeout: PATIENCE_MS }).toContain('standby');
      await first.host.close(0);
      await expect.poll(() => second.runs(), { timeout: TAKE_OVER_MS }).toContain('ok');
      expect([...first.said, ...second.said].filter((line) => line.includes('collector'))).toEqual([]);
    });

    it('fills it again after it was emptied', async () => {
      const { said } = await startHost();
      await expect.poll(() => bucket.exists('mesh/head'), { timeout: PATIENCE_MS }).toBe(true);
      await server.restartEmpty();
      await expect.poll(() => bucket.exists('mesh/head').catch(() => false), { timeout: PATIENCE_MS }).toBe(true);
      expect(said.join()).not.toContain('lost');
    });
  });
}
