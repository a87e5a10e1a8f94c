import { gunzipSync, gzipSync } from 'fflate';
import { decodeTopology } from '../../graph/codec/topology.ts';
import { decodeTraffic } from '../../graph/codec/traffic.ts';
import type { NamespaceTopology, NamespaceTraffic } from '../../graph/model.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/utf8.ts';
import type { KeyValue } from '../../ports/keyvalue.ts';
import { readAll, WriteBuffer } from './batches.ts';
import { isCount, isText, parseStored, parseStoredBytes } from './fields.ts';
import { type Circumstances, circumstancesOf, decodeCircumstances, type Head } from './head.ts';
import { SNAPSHOT_KEY } from './keys.ts';
import { cutBytes, joinBytes, joinRefs, listRefs, nameOf, pieceValue, placeIn, placeOf, type Ref, type Refs, refOf } from './stored.ts';
import type { StoredGraph } from './stored-graph.ts';

/** A graph as it was at some time, for while the head is of no use. */
export interface Snapshot extends Circumstances {
  readonly generation: number;
  /** When that was published, and when this was made, milliseconds since 1970. */
  readonly at: number;
  readonly takenAt: number;
  readonly topologies: ReadonlyMap<string, NamespaceTopology>;
  readonly traffic: ReadonlyMap<string, NamespaceTraffic>;
}

/** What is kept under `mesh/snapshot`. */
export interface SnapshotRecord {
  readonly takenAt: number;
  /** The two places for parts take turns, so that a snapshot is whole until the next one is. */
  readonly slot: number;
  /** Empty: the graph was too large. */
  readonly parts: Refs;
}

export type SnapshotOutcome =
  | { readonly tag: 'written'; readonly bytes: number }
  /** The graph is larger than a snapshot may be; until the next is due none is tried. */
  | { readonly tag: 'too-large' };

export const SNAPSHOT_EVERY_MS = 300_000;
/** An older one is treated as absent. */
export const MAX_SNAPSHOT_AGE_MS = 600_000;
/** Uncompressed: what gzip takes a few seconds for in QuickJS, and what a reader has to hold at once. */
export const MAX_SNAPSHOT_BYTES = 8 * 1024 * 1024;

const GROUP = 32;
const GZIP_LEVEL = 1;
const VERSION = 1;

/** Whether the time for another snapshot has come. A time that lies ahead counts by its distance: it is another clock's. */
export function isSnapshotDue(record: SnapshotRecord | undefined, now: number): boolean {
  return record === undefined || Math.abs(now - record.takenAt) >= SNAPSHOT_EVERY_MS;
}

/**
 * Writes a snapshot of the graph: the texts of topology and traffic as they are stored, a line each, gzip in parts. Throws `MissingValue`,
 * and `MeshError` when the store does not answer; the snapshot before is then whole or, at worst, absent.
 */
export function writeSnapshot(
  keyvalue: KeyValue,
  graph: StoredGraph,
  head: Head,
  before: SnapshotRecord | undefined,
  now: number,
  maxBytes: number = MAX_SNAPSHOT_BYTES,
): { readonly record: SnapshotRecord; readonly outcome: SnapshotOutcome } {
  const slot = 1 - (before?.slot ?? 1);
  const lines = linesOf(graph, head, now, maxBytes);
  if (lines === undefined) {
    const record = { takenAt: now, slot, parts: '' };
    keyvalue.set(SNAPSHOT_KEY, encodeRecord(record));
    return { record, outcome: { tag: 'too-large' } };
  }
  const packed = gzipSync(encodeUtf8(lines.join('\n')), { level: GZIP_LEVEL, mtime: 0 });
  const buffer = new WriteBuffer(keyvalue);
  const parts = cutBytes(packed).map((piece, nth): Ref => {
    const ref = refOf(placeOf(slot, nth), piece);
    buffer.add(partKey(ref), pieceValue(piece));
    return ref;
  });
  buffer.flush();
  const record = { takenAt: now, slot, parts: joinRefs(parts) };
  keyvalue.set(SNAPSHOT_KEY, encodeRecord(record));
  return { record, outcome: { tag: 'written', bytes: packed.length } };
}

/**
 * The snapshot, or undefined where there is none, none that can be read, or one that is too old. Throws `MeshError` when the store does not
 * answer.
 */
export function readSnapshot(keyvalue: KeyValue, now: number): Snapshot | undefined {
  const record = decodeRecord(keyvalue.get(SNAPSHOT_KEY));
  if (record === undefined || Math.abs(now - record.takenAt) > MAX_SNAPSHOT_AGE_MS) return undefined;
  const parts = listRefs(record.parts) ?? [];
  if (parts.length === 0) return undefined;
  const packed = joinBytes(parts, readAll(keyvalue, parts.map(partKey)));
  return packed && unpack(packed);
}

function unpack(packed: Uint8Array): Snapshot | undefined {
  let bytes: Uint8Array;
  try {
    bytes = gunzipSync(packed);
  } catch {
    return undefined;
  }
  return decodeLines(decodeUtf8(bytes).split('\n'));
}

function partKey(ref: Ref): string {
  return `${SNAPSHOT_KEY}/${nameOf(placeIn(ref))}`;
}

/** Undefined: they would be too long. */
function linesOf(graph: StoredGraph, head: Head, takenAt: number, maxBytes: number): readonly string[] | undefined {
  const { generation, at } = head;
  const lines = [JSON.stringify({ version: VERSION, generation, at, takenAt, ...circumstancesOf(head) })];
  let length = 0;
  const namespaces = graph.namespaces();
  for (let from = 0; from < namespaces.length; from += GROUP) {
    for (const text of graph.texts(['topology', 'traffic'], namespaces.slice(from, from + GROUP))) {
      lines.push(text);
      length += text.length + 1;
    }
    if (length > maxBytes) return undefined;
  }
  return lines;
}

function decodeLines([first = '', ...texts]: readonly string[]): Snapshot | undefined {
  const members = parseStored(first, VERSION);
  const circumstances = members && decodeCircumstances(members);
  if (members === undefined || circumstances === undefined) return undefined;
  const { generation, at, takenAt } = members;
  if (!isCount(generation) || !isCount(at) || !isCount(takenAt)) return undefined;
  const topologies = new Map<string, NamespaceTopology>();
  const traffic = new Map<string, NamespaceTraffic>();
  for (const text of texts) {
    const topology = decodeTopology(text);
    const edges = topology === undefined ? decodeTraffic(text) : undefined;
    if (topology !== undefined) topologies.set(topology.namespace, topology);
    else if (edges !== undefined) traffic.set(edges.namespace, edges);
    else return undefined;
  }
  return { generation, at, takenAt, ...circumstances, topologies, traffic };
}

function encodeRecord({ takenAt, slot, parts }: SnapshotRecord): Uint8Array {
  return encodeUtf8(JSON.stringify({ version: VERSION, takenAt, slot, parts }));
}

/** The record back from its bytes, or undefined where they are absent or not ours. */
export function decodeRecord(value: Uint8Array | undefined): SnapshotRecord | undefined {
  const members = parseStoredBytes(value, VERSION);
  if (members === undefined) return undefined;
  const { takenAt, slot, parts } = members;
  return isCount(takenAt) && (slot === 0 || slot === 1) && isText(parts) ? { takenAt, slot, parts } : undefined;
}
