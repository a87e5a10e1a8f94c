import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';
import type { NamespaceTopology, ServiceSummary } from '../mesh/model.ts';
import type { KeyValue } from '../ports/keyvalue.ts';
import { decodeHead, encodeHead, type Head, type HeadEntry } from './head.ts';
import { decodeShard, makeShards, type Shard } from './shards.ts';

/** The one key that is overwritten; everything that it names is immutable. */
export const HEAD_KEY = 'mesh/head';
export const SHARD_PREFIX = 'mesh/shard/';

/** Under the 256 KiB that every store takes: room for some 2,500 namespaces. */
export const MAX_HEAD_BYTES = 255 * 1024;

/** The head, or undefined where there is none, or none that we can read. Throws `MeshError` when the store does not answer. */
export function readHead(keyvalue: KeyValue): Head | undefined {
  const value = keyvalue.get(HEAD_KEY);
  return value === undefined ? undefined : decodeHead(decodeUtf8(value));
}

/**
 * The services of some namespaces of a head, all shards in one batch; undefined when a shard is missing or cannot be read, which makes the
 * head worthless. Throws `MeshError` when the store does not answer.
 */
export function readNamespaces(keyvalue: KeyValue, head: Head, namespaces: readonly string[]): ServiceSummary[][] | undefined {
  const wanted = namespaces.map((namespace) => ({ namespace, shards: head.namespaces.get(namespace)?.shards ?? [] }));
  const keys = wanted.flatMap(({ shards }) => shards.map((hash) => SHARD_PREFIX + hash));
  const values = keys.length === 0 ? [] : keyvalue.getMany(keys);
  let at = 0;
  const found: ServiceSummary[][] = [];
  for (const { namespace, shards } of wanted) {
    const services: ServiceSummary[] = [];
    for (const _ of shards) {
      const value = values[at++];
      const part = value === undefined ? undefined : decodeShard(decodeUtf8(value), namespace);
      if (part === undefined) return undefined;
      services.push(...part);
    }
    found.push(services);
  }
  return found;
}

/** What one reading of Kubernetes found. */
export interface Publication {
  readonly source: string;
  /** When the reading began, milliseconds since 1970. */
  readonly at: number;
  readonly demo: boolean;
  readonly notes: readonly string[];
  /** The whole cluster, or what one namespace holds (undefined: it does not exist). */
  readonly content:
    | { readonly tag: 'cluster'; readonly namespaces: readonly NamespaceTopology[] }
    | { readonly tag: 'namespace'; readonly namespace: string; readonly topology: NamespaceTopology | undefined };
}

/** How a publication goes about it. */
export interface PublishOptions {
  /** The head that the store holds, if it can be read: what it names is not written again. */
  readonly previous: Head | undefined;
  /** Write every shard, because one that `previous` names was missing. */
  readonly rewrite: boolean;
  /** Look through all keys for shards that no head names: what two writers at once may leave behind. Costs the size of the bucket. */
  readonly sweep: boolean;
}

/** Entries of namespaces that were read one at a time are forgotten after this: the namespace may be gone. */
const FORGET_AFTER_MS = 600_000;

/**
 * Writes shards, then the head, then deletes the shards that the head before the previous one named last. A reader takes the head first,
 * so it sees one publication or the other, never a mixture. Of two writers at once the later head stands; a shard that it misses, because the
 * other had deleted it, makes readers read Kubernetes again and publish with `rewrite`.
 *
 * Answers false, with the store as it was, when the head would be too large for it. Throws `MeshError` when the store does not answer.
 */
export function publish(keyvalue: KeyValue, publication: Publication, { previous, rewrite, sweep }: PublishOptions): boolean {
  const { content } = publication;
  const read = content.tag === 'cluster' ? content.namespaces : content.topology === undefined ? [] : [content.topology];
  const shards = new Map<string, Shard>();
  const entries = new Map<string, HeadEntry>(content.tag === 'cluster' ? [] : keptEntries(publication, content.namespace, previous));
  for (const { namespace, totals, services } of read) {
    const own = makeShards(namespace, services);
    for (const shard of own) shards.set(shard.hash, shard);
    const notes = content.tag === 'cluster' ? {} : { notes: publication.notes };
    entries.set(namespace, { at: publication.at, shards: own.map(({ hash }) => hash), totals, ...notes });
  }
  const before = namedBy(previous?.namespaces.values());
  const now = namedBy(entries.values());
  const head: Head = {
    source: publication.source,
    demo: publication.demo,
    ...clusterPart(publication, previous),
    namespaces: new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1))),
    retired: [...before].filter((hash) => !now.has(hash)),
  };
  const value = encodeUtf8(encodeHead(head));
  if (value.length > MAX_HEAD_BYTES) return false;

  const fresh = [...shards.values()].filter(({ hash }) => rewrite || !before.has(hash));
  for (const batch of batches(fresh)) keyvalue.setMany(batch.map(({ hash, value }) => [SHARD_PREFIX + hash, value]));
  keyvalue.set(HEAD_KEY, value);

  const unnamed = (hash: string) => !now.has(hash) && !before.has(hash);
  const candidates = sweep ? allShards(keyvalue) : (previous?.retired ?? []);
  const dead = candidates.filter(unnamed).map((hash) => SHARD_PREFIX + hash);
  if (dead.length > 0) keyvalue.deleteMany(dead);
  return true;
}

/** What a reading of one namespace leaves standing of the others. */
function keptEntries({ source, at }: Publication, namespace: string, previous: Head | undefined): [string, HeadEntry][] {
  if (previous?.source !== source) return [];
  return [...previous.namespaces].filter(([name, entry]) => name !== namespace && Math.abs(at - entry.at) < FORGET_AFTER_MS);
}

/** A reading of one namespace leaves the cluster's time and notes as they were. */
function clusterPart({ content, source, at, notes }: Publication, previous: Head | undefined): Pick<Head, 'listedAt' | 'notes'> {
  if (content.tag === 'cluster') return { listedAt: at, notes };
  const { listedAt } = previous ?? {};
  if (previous?.source !== source || listedAt === undefined || Math.abs(at - listedAt) >= FORGET_AFTER_MS) return { notes: [] };
  return { listedAt, notes: previous.notes };
}

function namedBy(entries: Iterable<HeadEntry> | undefined): Set<string> {
  const hashes = new Set<string>();
  for (const { shards } of entries ?? []) for (const hash of shards) hashes.add(hash);
  return hashes;
}

function allShards(keyvalue: KeyValue): string[] {
  return keyvalue
    .keys()
    .filter((key) => key.startsWith(SHARD_PREFIX))
    .map((key) => key.slice(SHARD_PREFIX.length));
}

// A batch is sent as one message or all at once: a megabyte is what every store and host takes.
const MAX_BATCH_BYTES = 1024 * 1024;
const MAX_BATCH_SHARDS = 64;

function* batches(shards: readonly Shard[]): Generator<readonly Shard[]> {
  let batch: Shard[] = [];
  let bytes = 0;
  for (const shard of shards) {
    if (batch.length > 0 && (batch.length >= MAX_BATCH_SHARDS || bytes + shard.value.length > MAX_BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(shard);
    bytes += shard.value.length;
  }
  if (batch.length > 0) yield batch;
}
