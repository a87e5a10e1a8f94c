import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS, KeptConnection, type Link } from './kept-connection.ts';
import { explainSocketError } from './socket-error.ts';
import { type Bucket, type KeyPage, type Store, StoreFailure } from './store.ts';
import { checkedKey } from './store-key.ts';

/** How many keys Redis looks at for one page of `list-keys`: as many as wasmCloud asks for. */
const SCAN_COUNT = 1000;
/** Redis counts in 64 bits with a sign. */
const MOST = 2n ** 63n - 1n;
/** The first word of an error reply, by which Redis says what kind it is (Redis serialization protocol specification, "Simple errors"). */
const ERROR_WORD = /^[A-Z]{2,30}(?= |$)/;
/** What a reply means for whoever wrote the URL (redis, src/server.c, src/acl.c, src/db.c). */
const REPLIES: readonly (readonly [reply: RegExp, meaning: string])[] = [
  [/^(?:NOAUTH|WRONGPASS|NOPERM) /, 'it refuses the user or password'],
  [/^ERR (?:AUTH|Client sent AUTH)/, 'it asks for no password, and the URL has one'],
  [/^ERR DB index/, 'it has no database of that number'],
];

export interface RedisStoreOptions {
  /** `redis[s]://[[user]:password@]host[:port][/database]` */
  readonly url: URL;
  /** Is told when the server cannot be reached, and when it can again. */
  readonly say: (line: string) => void;
  readonly limits?: Partial<ConnectionLimits>;
}

/**
 * A store in Redis or Valkey, laid out as wasmCloud's own (wasmCloud, crates/wash-runtime/src/plugin/wasi_keyvalue/redis.rs), so that both can work on the
 * same data: the key `KEY` of the bucket `ID` is the Redis key `ID:KEY`, a value is a string, a counter is decimal text under INCRBY, and a page of keys is
 * one SCAN, which may be empty and may repeat a key.
 */
export function redisStore({ url, say, limits }: RedisStoreOptions): Store {
  const { operationMs } = { ...DEFAULT_CONNECTION_LIMITS, ...limits };
  const connection = new KeptConnection<Client>({
    name: `Redis at ${url.host}`,
    connect: () => connect(url, operationMs),
    explain,
    say,
    limits,
  });
  return {
    open: async (identifier) => bucketOf(connection, `${identifier}:`),
    close: () => connection.close(),
  };
}

/** node-redis, once with the values as bytes and once with texts. */
type Client = Awaited<ReturnType<typeof connect>>['client'];

async function connect(url: URL, connectMs: number) {
  // Takes a moment to load: only where it is used.
  const { createClient, RESP_TYPES } = await import('redis');
  const text = createClient({
    url: url.href,
    // The older protocol: every server speaks it, and it has all that is needed here.
    RESP: 2,
    maintNotifications: 'disabled',
    disableOfflineQueue: true,
    socket: { reconnectStrategy: false, connectTimeout: connectMs },
  });
  const { promise: lost, resolve } = Promise.withResolvers<void>();
  text.on('terminated', () => resolve());
  text.on('end', () => resolve());
  // Every error is also told by a rejection, but without a listener for this event it would end the process.
  text.on('error', () => {});
  const end = async () => text.destroy();
  // The client's own limit is for the socket alone: a server that takes connections and says nothing would hold it for ever.
  const timer = setTimeout(end, connectMs);
  try {
    await text.connect();
  } finally {
    clearTimeout(timer);
  }
  const bytes = text.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const numbers = text.withTypeMapping({ [RESP_TYPES.NUMBER]: String });
  return { client: { text, bytes, numbers }, lost, end } satisfies Link<unknown>;
}

function bucketOf(connection: KeptConnection<Client>, prefix: string): Bucket {
  const place = (key: string) => prefix + checkedKey(key);
  return {
    get: async (key) => {
      const name = place(key);
      return plain(await connection.run(({ bytes }) => bytes.get(name)));
    },
    set: async (key, value) => {
      const name = place(key);
      await connection.run(({ text }) => text.set(name, argument(value)));
    },
    delete: async (key) => {
      const name = place(key);
      await connection.run(({ text }) => text.del(name));
    },
    exists: async (key) => {
      const name = place(key);
      return (await connection.run(({ text }) => text.exists(name))) > 0;
    },
    listKeys: (cursor) => page(connection, prefix, cursor),
    increment: async (key, delta) => increment(connection, key, place(key), delta),
    getMany: async (keys) => {
      const names = keys.map(place);
      if (names.length === 0) return [];
      const values = await connection.run(({ bytes }) => bytes.mGet(names));
      return keys.map((key, index): [string, Uint8Array] | undefined => {
        const value = plain(values[index] ?? null);
        return value === undefined ? undefined : [key, value];
      });
    },
    setMany: async (entries) => {
      const pairs = entries.map(([key, value]): [string, Buffer] => [place(key), argument(value)]);
      if (pairs.length > 0) await connection.run(({ text }) => text.mSet(pairs));
    },
    deleteMany: async (keys) => {
      const names = keys.map(place);
      if (names.length > 0) await connection.run(({ text }) => text.del(names));
    },
  };
}

async function page(connection: KeptConnection<Client>, prefix: string, cursor: bigint | undefined): Promise<KeyPage> {
  const options = { MATCH: `${escaped(prefix)}*`, COUNT: SCAN_COUNT };
  const reply = await connection.run(({ text }) => text.scan(String(cursor ?? 0n), options));
  return { keys: reply.keys.map((name) => name.slice(prefix.length)), cursor: reply.cursor === '0' ? undefined : BigInt(reply.cursor) };
}

async function increment(connection: KeptConnection<Client>, key: string, name: string, delta: bigint): Promise<bigint> {
  if (delta > MOST) throw new StoreFailure({ tag: 'other', val: 'Redis counts to 2^63 only' });
  return connection.run(async ({ numbers }) => {
    try {
      // An integer reply, as text by the client's mapping: a number would be rounded beyond 2^53.
      return BigInt(await numbers.sendCommand<string>(['INCRBY', name, String(delta)]));
    } catch (error) {
      // "ERR value is not an integer or out of range" (redis, src/t_string.c, incrDecrCommand), or the key holds no string at all.
      if (['ERR', 'WRONGTYPE'].includes(errorWord(error) ?? '')) {
        throw new StoreFailure({ tag: 'other', val: `the value under ${key} is no counter, or the sum is beyond 2^63` });
      }
      throw error;
    }
  });
}

/** What a pattern of SCAN would take for more than itself (redis, src/util.c, stringmatchlen). */
function escaped(prefix: string): string {
  return prefix.replace(/[*?[\]\\^]/g, '\\$&');
}

/** The bytes of the view, as the client takes them. */
function argument(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function plain(value: Buffer | null): Uint8Array | undefined {
  return value === null ? undefined : new Uint8Array(value);
}

function errorWord(error: unknown): string | undefined {
  return error instanceof Error ? ERROR_WORD.exec(error.message)?.[0] : undefined;
}

function explain(error: unknown): string {
  const word = errorWord(error);
  if (word === undefined || !(error instanceof Error)) return explainSocketError(error) ?? 'it does not answer';
  return REPLIES.find(([reply]) => reply.test(error.message))?.[1] ?? `it answers with the error ${word}`;
}
