import { createConnection } from 'node:net';
import type { JetStreamManager, StreamConfig } from '@nats-io/jetstream';
import type { KV, KvEntry } from '@nats-io/kv';
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS, KeptConnection, type Link } from './kept-connection.ts';
import { explainSocketError } from './socket-error.ts';
import { type Bucket, type KeyPage, type Store, StoreFailure } from './store.ts';
import { checkedKey } from './store-key.ts';

/** Keys in one page of `list-keys`, as many as wasmCloud gives. */
const PAGE = 1000;
/** What JetStream takes as the name of a bucket (nats.js, kv.ts, validateBucket). */
const BUCKET_NAME = /^[A-Za-z0-9_-]+$/;
const DEFAULT_PORT = 4222;
/** A counter is this many bytes, big end first. */
const COUNTER_BYTES = 8;
const MOST = 2n ** 64n - 1n;
/** How often the server must say that it is still there; after the third time without a word the connection counts as lost. */
const PING_MS = 5_000;

/** Codes of JetStream's errors (nats-server, server/errors.json). */
const STREAM_NOT_FOUND = 10059;
const STREAM_NAME_IN_USE = 10058;
const WRONG_LAST_SEQUENCE: readonly number[] = [10071, 10164];
const NOT_ENABLED_FOR_ACCOUNT = 10039;

export interface NatsStoreOptions {
  /** `nats://[user:password@]host[:port]`; a user without a password is a token, as with NATS's own clients. */
  readonly url: URL;
  /** Is told when the server cannot be reached, and when it can again. */
  readonly say: (line: string) => void;
  readonly limits?: Partial<ConnectionLimits>;
}

/**
 * A store in NATS JetStream, laid out as wasmCloud's own (wasmCloud, crates/wash-runtime/src/plugin/wasi_keyvalue/nats.rs), so that both can work on the
 * same data: a bucket is the JetStream key-value bucket of that name, made when it is first opened, with a history of one and no end of life; a counter is
 * eight bytes, big end first, and incrementing reads it and writes it back unless it was changed meanwhile, which is an error; a page of keys is a piece of
 * the whole list, which is made anew for each page. Other than there, an absent counter is created and not overwritten, and deleting leaves no marker behind.
 */
export function natsStore({ url, say, limits }: NatsStoreOptions): Store {
  const { operationMs } = { ...DEFAULT_CONNECTION_LIMITS, ...limits };
  const connection = new KeptConnection<Client>({
    name: `NATS at ${url.host}`,
    connect: () => connect(url, operationMs),
    explain,
    say,
    limits,
  });
  return {
    open: async (identifier) => {
      if (!BUCKET_NAME.test(identifier)) throw new StoreFailure({ tag: 'no-such-store' });
      return bucketOf(connection, identifier);
    },
    close: () => connection.close(),
  };
}

/** One connection, and the buckets that were opened on it. */
interface Client {
  readonly streams: JetStreamManager['streams'];
  /** The most bytes of one value. */
  readonly maxValueBytes: () => number;
  readonly bucket: (name: string) => Promise<KV>;
  /** The bucket turned out to be gone: it is made again by whoever asks next. */
  readonly forget: (name: string) => void;
}

async function connect(url: URL, timeout: number): Promise<Link<Client>> {
  await knock(url, timeout);
  // They take a moment to load: only where they are used.
  const [{ connect: dial }, { jetstream, jetstreamManager }, { Kvm }] = await Promise.all([
    import('@nats-io/transport-node'),
    import('@nats-io/jetstream'),
    import('@nats-io/kv'),
  ]);
  const nats = await dial({
    servers: url.host,
    ...credentials(url),
    reconnect: false,
    timeout,
    pingInterval: PING_MS,
    noAsyncTraces: true,
  });
  const end = () => nats.close();
  try {
    // Asks whether the server has JetStream at all.
    const { streams } = await jetstreamManager(nats, { timeout });
    const kvm = new Kvm(jetstream(nats, { timeout, checkAPI: false }));
    const buckets = new Map<string, Promise<KV>>();
    const open = async (name: string) => {
      await makeStream(streams, name);
      return kvm.open(name, { allow_direct: true });
    };
    const bucket = (name: string) => {
      const known = buckets.get(name);
      if (known !== undefined) return known;
      const opened = open(name);
      buckets.set(name, opened);
      opened.catch(() => buckets.delete(name));
      return opened;
    };
    return {
      client: {
        streams,
        maxValueBytes: () => nats.info?.max_payload ?? 0,
        bucket,
        forget: (name) => buckets.delete(name),
      },
      lost: nats.closed().then(() => {}),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/**
 * Resolves when a NATS server greets, which it does as soon as it takes a connection (NATS documentation, "Client protocol", INFO). nats.js never closes the
 * connection to a server that takes it and says nothing, and a server that hangs would collect one with each attempt: so nats.js is only sent to one that talks.
 */
async function knock({ hostname, port }: URL, timeout: number): Promise<void> {
  const socket = createConnection({ host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? DEFAULT_PORT : Number(port) });
  const timer = setTimeout(() => socket.destroy(), timeout);
  try {
    const greeting = await new Promise<Buffer>((resolve, reject) => {
      socket.once('data', resolve).once('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed without a greeting')));
    });
    if (!greeting.toString('latin1').startsWith('INFO ')) throw new NoNats();
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** Something else listens there. */
class NoNats extends Error {}

function credentials({ username, password }: URL): { readonly user?: string; readonly pass?: string; readonly token?: string } {
  if (username === '') return {};
  return password === ''
    ? { token: decodeURIComponent(username) }
    : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
}

function streamOf(bucket: string): string {
  return `KV_${bucket}`;
}

function subjectOf(bucket: string, key: string): string {
  return `$KV.${bucket}.${key}`;
}

/**
 * Makes the stream under a bucket where it is absent. Not left to nats.js: wasmCloud asks for the bucket in exactly this form (nats.rs,
 * jetstream/context.rs, kv_to_stream_config) each time it opens one, and the server refuses it where a stream of another form has the name.
 */
async function makeStream(streams: JetStreamManager['streams'], bucket: string): Promise<void> {
  const name = streamOf(bucket);
  const config: Partial<StreamConfig> & { readonly name: string } = {
    name,
    subjects: [subjectOf(bucket, '>')],
    max_msgs_per_subject: 1,
    discard: 'new',
    allow_rollup_hdrs: true,
    deny_delete: true,
    allow_direct: true,
    num_replicas: 1,
  };
  try {
    await streams.info(name);
  } catch (error) {
    if (codeOf(error) !== STREAM_NOT_FOUND) throw error;
    await streams.add(config).catch((problem: unknown) => {
      // Somebody else has just made it, in whichever form.
      if (codeOf(problem) !== STREAM_NAME_IN_USE) throw problem;
    });
  }
}

function bucketOf(connection: KeptConnection<Client>, name: string): Bucket {
  /** A bucket that is gone, because the server was emptied, is made again, and the operation, of which nothing has happened, repeated. */
  const run = <Result>(operation: (bucket: KV, client: Client) => Promise<Result>): Promise<Result> =>
    connection.run(async (client) => {
      try {
        return await operation(await client.bucket(name), client);
      } catch (error) {
        if (!isGone(error)) throw error;
        client.forget(name);
        return operation(await client.bucket(name), client);
      }
    });
  const set = async (key: string, value: Uint8Array) => {
    checkedKey(key);
    await run(async (bucket, client) => {
      if (value.length > client.maxValueBytes()) {
        throw new StoreFailure({ tag: 'other', val: `the value under ${key} is too large for NATS: ${value.length} bytes` });
      }
      await bucket.put(key, value);
    });
  };
  const get = async (key: string) => {
    checkedKey(key);
    return valueIn(await run((bucket) => bucket.get(key)));
  };
  const remove = async (key: string) => {
    const subject = subjectOf(name, checkedKey(key));
    await run((_, { streams }) => streams.purge(streamOf(name), { filter: subject }));
  };
  return {
    get,
    set,
    delete: remove,
    exists: async (key) => (await get(key)) !== undefined,
    listKeys: async (cursor) => pageOf(await run(allKeys), Number(cursor ?? 0n)),
    increment: async (key, delta) => {
      checkedKey(key);
      return run((bucket) => increment(bucket, key, delta));
    },
    getMany: (keys) =>
      Promise.all(
        keys.map(async (key): Promise<[string, Uint8Array] | undefined> => {
          const value = await get(key);
          return value === undefined ? undefined : [key, value];
        }),
      ),
    setMany: async (entries) => {
      await Promise.all(entries.map(([key, value]) => set(key, value)));
    },
    deleteMany: async (keys) => {
      await Promise.all(keys.map(remove));
    },
  };
}

/** A deleted key leaves a marker, where wasmCloud deleted it: an entry without a value. */
function valueIn(entry: KvEntry | null): Uint8Array | undefined {
  return entry === null || entry.operation !== 'PUT' ? undefined : new Uint8Array(entry.value);
}

/** All keys in the order of their names, so that a page stays the same page while values change. */
async function allKeys(bucket: KV): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of await bucket.keys()) keys.push(key);
  return keys.sort();
}

function pageOf(keys: readonly string[], from: number): KeyPage {
  const next = from + PAGE;
  return { keys: keys.slice(from, next), cursor: next < keys.length ? BigInt(next) : undefined };
}

async function increment(bucket: KV, key: string, delta: bigint): Promise<bigint> {
  const entry = await bucket.get(key);
  const value = valueIn(entry);
  if (value !== undefined && value.length !== COUNTER_BYTES)
    throw new StoreFailure({ tag: 'other', val: `the value under ${key} is no counter` });
  const sum = (value === undefined ? 0n : Buffer.from(value).readBigUInt64BE()) + delta;
  if (sum > MOST) throw new StoreFailure({ tag: 'other', val: `the counter ${key} is full` });
  const bytes = Buffer.alloc(COUNTER_BYTES);
  bytes.writeBigUInt64BE(sum);
  try {
    if (entry === null) await bucket.create(key, bytes);
    else await bucket.update(key, bytes, entry.revision);
  } catch (error) {
    if (!WRONG_LAST_SEQUENCE.includes(codeOf(error) ?? 0)) throw error;
    throw new StoreFailure({ tag: 'other', val: `the counter ${key} was changed by another at the same time` });
  }
  return sum;
}

/** The code of an error of JetStream's API. */
function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

/**
 * Whether nobody answered for the bucket: the server is there, or the operation would have timed out. Of nats.js's errors the names are looked at, which are
 * part of its documentation, because the classes would have to be loaded first.
 */
function isGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return codeOf(error) === STREAM_NOT_FOUND || error.name === 'JetStreamNotEnabled' || isNoResponders(error);
}

function isNoResponders(error: Error): boolean {
  return error.name === 'NoResponders' || (error.cause instanceof Error && error.cause.name === 'NoResponders');
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return 'it does not answer';
  if (error instanceof NoNats) return 'it is no NATS server';
  if (error.name === 'AuthorizationError' || error.name === 'UserAuthenticationExpiredError')
    return 'it refuses the user, password or token';
  if (error.name === 'PermissionViolationError') return 'it does not let this user do that';
  if (error.name === 'JetStreamNotEnabled' || isNoResponders(error) || codeOf(error) === NOT_ENABLED_FOR_ACCOUNT) {
    return 'it has no JetStream for us: start nats-server with -js, and enable it for the account';
  }
  const code = codeOf(error);
  if (code !== undefined) return `JetStream answers with the error ${code}`;
  return explainSocketError(error) ?? 'it does not answer';
}
