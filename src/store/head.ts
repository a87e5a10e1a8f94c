import { isObject, type Json } from '../lib/json.ts';
import { parseBounded } from '../lib/json-text.ts';
import { type NamespaceTotals, SERVICE_FILTERS } from '../mesh/model.ts';

/** One namespace in the head. */
export interface HeadEntry {
  /** When it was read, milliseconds since 1970. */
  readonly at: number;
  /** The hashes that name its shards, in the order of their services. */
  readonly shards: readonly string[];
  readonly totals: NamespaceTotals;
  /** What a reading of this namespace alone had to say; absent where the whole cluster was read, then the head's notes hold. */
  readonly notes?: readonly string[];
}

/** What is kept under `mesh/head`: which shards make up the mesh. It is written last, so whatever it names has been written. */
export interface Head {
  /** Tells the clusters apart that one store may see, one after the other. */
  readonly source: string;
  readonly demo: boolean;
  /** When all namespaces were read together; absent where they never were. Then the head knows some namespaces only. */
  readonly listedAt?: number;
  readonly notes: readonly string[];
  readonly namespaces: ReadonlyMap<string, HeadEntry>;
  /** Shards that the head before named and this one does not: readers of that head may still want them. */
  readonly retired: readonly string[];
}

// Whatever changes the form of head or shards changes this number, so that an older or newer program reads "absent".
const VERSION = 1;

/** The text of a head. Namespaces are rows, because names as keys and keys at all would double it. */
export function encodeHead(head: Head): string {
  const { source, demo, listedAt, notes, retired } = head;
  const namespaces = [...head.namespaces].map(([namespace, { at, shards, totals, notes }]): Json => {
    const counts = [totals.pods, totals.meshedPods, ...SERVICE_FILTERS.map((filter) => totals.services[filter])];
    return notes === undefined ? [namespace, at, shards, counts] : [namespace, at, shards, counts, notes];
  });
  return JSON.stringify({ version: VERSION, source, demo, listedAt, notes, retired, namespaces });
}

/** The head back from its text, or undefined where the text is not one of ours. */
export function decodeHead(text: string): Head | undefined {
  const parsed = parseBounded(text);
  if (parsed.kind !== 'value' || !isObject(parsed.value)) return undefined;
  const { version, source, demo, listedAt, notes, namespaces, retired } = parsed.value;
  if (version !== VERSION || typeof source !== 'string' || typeof demo !== 'boolean' || !Array.isArray(namespaces)) return undefined;
  if (!isTexts(notes) || !isTexts(retired) || !(listedAt === undefined || isCount(listedAt))) return undefined;
  const entries = new Map<string, HeadEntry>();
  for (const row of namespaces) {
    const entry = decodeEntry(row);
    if (entry === undefined) return undefined;
    entries.set(...entry);
  }
  return { source, demo, ...(listedAt === undefined ? {} : { listedAt }), notes, namespaces: entries, retired };
}

function decodeEntry(row: unknown): [string, HeadEntry] | undefined {
  if (!Array.isArray(row)) return undefined;
  const [namespace, at, shards, counts, notes] = row as unknown[]; // Array.isArray says any[].
  if (typeof namespace !== 'string' || !isCount(at) || !isTexts(shards) || !(notes === undefined || isTexts(notes))) return undefined;
  if (!Array.isArray(counts) || counts.length !== 2 + SERVICE_FILTERS.length || !counts.every(isCount)) return undefined;
  const [pods = 0, meshedPods = 0, all = 0, unmeshed = 0, linkerd = 0, sidecar = 0, ambient = 0] = counts;
  const services = { all, unmeshed, linkerd, 'istio-sidecar': sidecar, 'istio-ambient': ambient };
  return [namespace, { at, shards, totals: { pods, meshedPods, services }, ...(notes === undefined ? {} : { notes }) }];
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
