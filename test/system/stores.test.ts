import { jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Bucket, type Store, StoreFailure } from '../../src/adapters/node/store.ts';
import { openStore, parseStore } from '../../src/entry/host/store-choice.ts';
import { decodeCounter } from '../../src/lib/counter.ts';
import { type HostStore, startHostStore } from '../conformance-ports/host-store.ts';
import { describeKeyValue } from '../conformance-ports/keyvalue.ts';
import { wasiAdapter } from '../conformance-ports/wasi-keyvalue.ts';
import { startNats } from './support/nats.ts';
import { run } from './support/process.ts';
import { startRedis } from './support/redis.ts';
import { type Servers, useServers } from './support/servers.ts';
import type { StoreServer } from './support/store-server.ts';

/** The stores' own limit for one operation, and what a busy machine adds. */
const FAILS_WITHIN_MS = 6_000;

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));

interface Kind {
  readonly name: string;
  readonly start: (servers: Servers, args?: readonly string[]) => Promise<StoreServer>;
  /** Arguments that make the server ask for these, and the URL with them. */
  readonly locked: { readonly args: readonly string[]; readonly userInfo: string };
}

const KINDS: readonly Kind[] = [
  { name: 'Redis', start: startRedis, locked: { args: ['--requirepass', 'hush-hush'], userInfo: ':hush-hush' } },
  { name: 'NATS', start: startNats, locked: { args: ['--user', 'zoe', '--pass', 'hush-hush'], userInfo: 'zoe:hush-hush' } },
];

/** A store on the server, ended with the test. */
function storeAt(url: string): { readonly store: Store; readonly bucket: (name?: string) => Promise<Bucket>; readonly said: string[] } {
  const choice = parseStore(url);
  if (choice === undefined) throw new Error(`no store: ${url}`);
  const said: string[] = [];
  const store = openStore(choice, (line) => said.push(line));
  onTestFinished(() => store.close());
  return { store, bucket: (name = 'default') => store.open(name), said };
}

async function failure(operation: Promise<unknown>): Promise<{ readonly message: string; readonly ms: number }> {
  const start = performance.now();
  const error = await operation.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StoreFailure)) throw new Error(`not a failure of the store: ${error}`);
  return { message: error.message, ms: performance.now() - start };
}

async function allKeys(bucket: Bucket): Promise<readonly string[]> {
  const keys = new Set<string>();
  for (let cursor: bigint | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await bucket.listKeys(cursor);
    for (const key of page.keys) keys.add(key);
    cursor = page.cursor;
  }
  return [...keys].sort();
}

for (const kind of KINDS) {
  describe(kind.name, () => {
    const servers = useServers();
    let server: StoreServer;
    let host: HostStore;
    beforeAll(async () => {
      server = await kind.start(servers);
      host = startHostStore(server.url);
    });
    afterAll(() => host.close());

    let serial = 0;
    describeKeyValue(`${kind.name}, from the component’s side`, () => wasiAdapter(`bucket-${serial++}`, (name) => host.open(name)));

    it('keeps buckets apart, and lists each for itself', async () => {
      const { bucket } = storeAt(server.url);
      const [one, two] = [await bucket('apart-1'), await bucket('apart-2')];
      await one.set('a', text('1'));
      await two.setMany([
        ['a', text('2')],
        ['b', text('3')],
      ]);
      expect(await one.get('a')).toEqual(text('1'));
      expect(await allKeys(one)).toEqual(['a']);
      expect(await allKeys(two)).toEqual(['a', 'b']);
    });

    it.each(['', '.a', 'a.', 'a..b', 'a b', 'a:b', 'ä', 'a\n', 'a*', 'a>'])('refuses the key %j, which some store would', async (key) => {
      const bucket = await storeAt(server.url).bucket();
      for (const operation of [
        () => bucket.get(key),
        () => bucket.set(key, text('x')),
        () => bucket.delete(key),
        () => bucket.increment(key, 1n),
        () => bucket.getMany([key]),
      ]) {
        expect((await failure(operation())).message).toContain('not a key');
      }
    });

    it('refuses to count what is no counter', async () => {
      const bucket = await storeAt(server.url).bucket('no-counter');
      await bucket.set('a', text('x'));
      expect((await failure(bucket.increment('a', 1n))).message).toContain('is no counter');
    });

    it('counts what many count at once: no increment that was answered is lost', async () => {
      const [here, there] = [storeAt(server.url), storeAt(server.url)];
      const buckets = [await here.bucket('shared'), await there.bucket('shared')];
      const results = await Promise.allSettled(Array.from({ length: 40 }, (_, i) => buckets[i % 2]?.increment('count', 1n)));
      const sums = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(sums.length).toBeGreaterThan(0);
      expect(new Set(sums).size).toBe(sums.length);
      const value = (await buckets[0]?.get('count')) ?? new Uint8Array();
      expect(decodeCounter(value)).toBe(sums.length);
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreFailure);
    });

    it('has its data after a restart, without being opened again', async () => {
      const bucket = await storeAt(server.url).bucket('restarted');
      await bucket.set('a', text('kept'));
      await server.restart();
      expect(await bucket.get('a')).toEqual(text('kept'));
      await bucket.set('a', text('new'));
      expect(await bucket.get('a')).toEqual(text('new'));
    });

    it('is usable and empty after it was restarted empty', async () => {
      const bucket = await storeAt(server.url).bucket('emptied');
      await bucket.set('a', text('lost'));
      await bucket.increment('count', 7n);
      await server.restartEmpty();
      expect(await bucket.get('a')).toBeUndefined();
      expect(await allKeys(bucket)).toEqual([]);
      expect(await bucket.increment('count', 1n)).toBe(1n);
      await bucket.set('a', text('again'));
      expect(await allKeys(bucket)).toEqual(['a', 'count']);
    });

    it('that is down fails at once, says so once, and is found again when it is back', async () => {
      const { bucket, said } = storeAt(server.url);
      const open = await bucket('down');
      await open.set('a', text('1'));
      await server.stop();
      for (const operation of [
        () => open.get('a'),
        () => open.set('a', text('2')),
        () => open.increment('n', 1n),
        () => open.listKeys(undefined),
        () => open.getMany(['a', 'b']),
        () => open.deleteMany(['a', 'b']),
      ]) {
        const { message, ms } = await failure(operation());
        expect(message).toMatch(new RegExp(`^${kind.name} at 127\\.0\\.0\\.1:\\d+: nothing listens there \\(ECONNREFUSED\\)$`));
        expect(ms).toBeLessThan(1_000);
      }
      expect(said).toEqual([expect.stringContaining('cannot be reached')]);
      await server.start();
      await expect.poll(() => open.get('a').catch(() => undefined), { timeout: 10_000 }).toEqual(text('1'));
      expect(said).toEqual([expect.anything(), expect.stringContaining('answers again')]);
    });

    it('that hangs fails within seconds, old connection or new, and goes on when the server does', async () => {
      const { bucket } = storeAt(server.url);
      const open = await bucket('hangs');
      await open.set('a', text('1'));
      await server.pause();
      try {
        const fresh = await storeAt(server.url).bucket('hangs');
        const [old, recent] = await Promise.all([failure(open.get('a')), failure(fresh.get('a'))]);
        for (const { message, ms } of [old, recent]) {
          expect(message).toMatch(/: (?:no answer within 3000 ms|it does not answer)$/);
          expect(ms).toBeLessThan(FAILS_WITHIN_MS);
        }
      } finally {
        server.resume();
      }
      await expect.poll(() => open.get('a').catch(() => undefined), { timeout: 10_000 }).toEqual(text('1'));
    });

    it('leaves nothing behind once it is closed: a program that used it ends by itself', async () => {
      const program = `
        import { openStore, parseStore } from ${JSON.stringify(new URL('../../src/entry/host/store-choice.ts', import.meta.url).href)};
        const store = openStore(parseStore(${JSON.stringify(server.url)}), () => {});
        const bucket = await store.open('closed');
        await bucket.set('a', new Uint8Array(1));
        await bucket.listKeys(undefined);
        await store.close();
        await store.close();
        await bucket.get('a').then(() => console.log('still open'), (error) => console.log(error.message));
      `;
      expect(await run(process.execPath, ['--input-type=module', '-e', program])).toContain('the connection is closed');
    });
  });

  describe(`${kind.name} behind a password`, () => {
    const servers = useServers();
    let server: StoreServer;
    beforeAll(async () => {
      server = await kind.start(servers, kind.locked.args);
    });
    const withUser = (userInfo: string) => server.url.replace('://', `://${userInfo}@`);

    it('takes the right one', async () => {
      const bucket = await storeAt(withUser(kind.locked.userInfo)).bucket();
      await bucket.set('a', text('1'));
      expect(await bucket.get('a')).toEqual(text('1'));
    });

    it.each(['', 'zoe:not-the-one@'])('says what is wrong with %j, and not what it was', async (userInfo) => {
      const { bucket, said } = storeAt(server.url.replace('://', `://${userInfo}`));
      const { message } = await failure((await bucket()).get('a'));
      expect(message).toMatch(/: it refuses the user/);
      expect(`${message} ${said}`).not.toMatch(/not-the-one|hush-hush|zoe/);
    });
  });
}

describe('Redis, shared with wasmCloud', () => {
  const servers = useServers();
  let server: StoreServer;
  beforeAll(async () => {
    server = await startRedis(servers);
  });

  async function redis() {
    const client = createClient({ url: server.url });
    client.on('error', () => {});
    onTestFinished(() => client.destroy());
    return client.connect();
  }

  it('puts the key K of the bucket B under B:K, a counter as decimal text', async () => {
    const bucket = await storeAt(server.url).bucket('mesh');
    await bucket.set('a/b', text('value'));
    await bucket.increment('n', 41n);
    await bucket.increment('n', 1n);
    const client = await redis();
    expect((await client.keys('*')).sort()).toEqual(['mesh:a/b', 'mesh:n']);
    expect(await client.get('mesh:a/b')).toBe('value');
    expect(await client.get('mesh:n')).toBe('42');
  });

  it('reads what is there in that form, and takes nothing in a bucket’s name for a pattern', async () => {
    const client = await redis();
    await client.set('[o]*:a', 'mine');
    await client.set('oo:b', 'not mine');
    const bucket = await storeAt(server.url).bucket('[o]*');
    expect(await allKeys(bucket)).toEqual(['a']);
    expect(await bucket.get('a')).toEqual(text('mine'));
  });

  it('uses the database of its URL', async () => {
    const bucket = await storeAt(`${server.url}/3`).bucket('elsewhere');
    await bucket.set('a', text('1'));
    const client = await redis();
    expect(await client.get('elsewhere:a')).toBeNull();
    await client.select(3);
    expect(await client.get('elsewhere:a')).toBe('1');
    const { message } = await failure((await storeAt(`${server.url}/99`).bucket()).get('a'));
    expect(message).toContain('no database of that number');
  });

  it('counts exactly beyond 2^53', async () => {
    const bucket = await storeAt(server.url).bucket('wide');
    expect(await bucket.increment('n', 2n ** 62n)).toBe(2n ** 62n);
    expect(await bucket.increment('n', 1n)).toBe(2n ** 62n + 1n);
    expect((await failure(bucket.increment('n', 2n ** 62n))).message).toContain('beyond 2^63');
    expect((await failure(bucket.increment('n', 2n ** 63n))).message).toContain('2^63');
  });
});

describe('NATS, shared with wasmCloud', () => {
  const servers = useServers();
  let server: StoreServer;
  beforeAll(async () => {
    server = await startNats(servers);
  });

  async function nats() {
    const connection = await connect({ servers: server.url });
    onTestFinished(() => connection.close());
    return { connection, streams: (await jetstreamManager(connection)).streams, kvm: new Kvm(connection) };
  }

  /** What nats.rs sends when wasmCloud opens a bucket: async-nats, jetstream/context.rs, kv_to_stream_config, as it is serialized. */
  const wasmCloudStream = (bucket: string) =>
    ({
      name: `KV_${bucket}`,
      max_bytes: 0,
      max_msgs: 0,
      max_msgs_per_subject: 1,
      discard: 'new',
      subjects: [`$KV.${bucket}.>`],
      retention: 'limits',
      max_consumers: 0,
      max_age: 0,
      storage: 'file',
      num_replicas: 1,
      description: '',
      allow_rollup_hdrs: true,
      deny_delete: true,
      allow_direct: true,
    }) satisfies Partial<StreamConfig>;

  it('makes a bucket that wasmCloud can open, and opens one of wasmCloud’s', async () => {
    const { streams } = await nats();
    const { bucket } = storeAt(server.url);
    await (await bucket('ours')).set('a', text('1'));
    await expect(streams.add(wasmCloudStream('ours'))).resolves.toMatchObject({ state: { messages: 1 } });
    await streams.add(wasmCloudStream('theirs'));
    const theirs = await bucket('theirs');
    await theirs.set('a', text('2'));
    expect(await theirs.get('a')).toEqual(text('2'));
  });

  it('keeps a counter as eight bytes, big end first, and reads one', async () => {
    const { kvm } = await nats();
    const bucket = await storeAt(server.url).bucket('counters');
    await bucket.increment('n', 258n);
    const kv = await kvm.open('counters', { allow_direct: true });
    expect([...((await kv.get('n'))?.value ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 1, 2]);
    await kv.put('m', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9));
    expect(await bucket.increment('m', 1n)).toBe(10n);
    await kv.put('full', new Uint8Array(8).fill(255));
    expect((await failure(bucket.increment('full', 1n))).message).toContain('is full');
  });

  it('takes wasmCloud’s marker of a deletion for no value, and counts on from there', async () => {
    const { kvm } = await nats();
    const bucket = await storeAt(server.url).bucket('markers');
    await bucket.set('a', text('1'));
    await bucket.increment('n', 5n);
    const kv = await kvm.open('markers', { allow_direct: true });
    await kv.delete('a');
    await kv.delete('n');
    expect(await bucket.get('a')).toBeUndefined();
    expect(await bucket.exists('a')).toBe(false);
    expect(await allKeys(bucket)).toEqual([]);
    expect(await bucket.increment('n', 2n)).toBe(2n);
  });

  it('leaves no marker itself, so that a bucket does not grow for ever', async () => {
    const { streams } = await nats();
    const bucket = await storeAt(server.url).bucket('cleaned');
    for (const key of ['a', 'b', 'c']) await bucket.set(key, text(key));
    await bucket.deleteMany(['a', 'b', 'absent']);
    expect((await streams.info('KV_cleaned')).state.messages).toBe(1);
  });

  it('makes a bucket again that somebody removed', async () => {
    const { streams } = await nats();
    const bucket = await storeAt(server.url).bucket('removed');
    for (const operation of [
      () => bucket.get('a'),
      () => bucket.set('a', text('1')),
      () => bucket.delete('a'),
      () => bucket.increment('n', 1n),
      () => bucket.listKeys(undefined),
    ]) {
      await bucket.set('before', text('x'));
      await streams.delete('KV_removed');
      await operation();
    }
  });

  it('refuses a value that its server would not take, and a name that is none', async () => {
    const { bucket } = storeAt(server.url);
    const { message } = await failure((await bucket()).set('a', new Uint8Array(1_048_577)));
    expect(message).toBe('the value under a is too large for NATS: 1048577 bytes');
    await expect(bucket('two words')).rejects.toMatchObject({ error: { tag: 'no-such-store' } });
    await expect(bucket('')).rejects.toMatchObject({ error: { tag: 'no-such-store' } });
  });

  it('says so when the server has no JetStream', async () => {
    const plain = await startNats(servers, ['--jetstream=false']);
    const { message } = await failure((await storeAt(plain.url).bucket()).get('a'));
    expect(message).toContain('has no JetStream');
  });
});
