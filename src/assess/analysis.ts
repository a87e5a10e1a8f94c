import type { Config } from '../config.ts';
import { compareText } from '../lib/order.ts';
import { analysedObjects } from '../mesh/analysed-objects.ts';
import { KEPT_KINDS, type KeptObject } from '../mesh/kept.ts';
import { API_KINDS } from '../mesh/kept-kinds.ts';
import { analyzeObjects } from '../policy/analyze/analyze.ts';
import type { Finding } from '../policy/analyze/finding.ts';
import { namedNamespaces } from '../policy/analyze/named-namespaces.ts';
import type { GraphReader } from '../store/graph/reader.ts';
import { CLUSTER_DOMAIN } from './settings.ts';

/** What the analysis found in one namespace. */
export interface NamespaceAnalysis {
  readonly namespace: string;
  /** Errors first. */
  readonly findings: readonly Finding[];
  /** How many objects were judged. */
  readonly objects: number;
  /** How many findings an object's annotation left out. */
  readonly suppressed: number;
  /** Namespaces that these objects name, and that were not looked into: what is said of them was not judged. */
  readonly unseen: readonly string[];
}

/** The namespaces that are read beside one, so that no answer costs more than this. */
const MOST_CONTEXT = 16;

/** A mesh no larger than this is read whole: then what is missing does not exist, wherever it would lie. */
const SMALL_MESH = { namespaces: 8, pods: 1_000 };

/**
 * Analyses one namespace of the graph: its objects are judged by themselves, by those of Istio's root namespace, and by those of the namespaces that they name. `sees`
 * says which others may be looked into. Undefined where the graph has no such namespace. Throws what the reader throws.
 */
export function analyseNamespace(
  reader: GraphReader,
  config: Config,
  namespace: string,
  sees: (namespace: string) => boolean,
): NamespaceAnalysis | undefined {
  const kept = reader.objects([namespace]).get(namespace);
  if (kept === undefined) return undefined;
  const objects = analysedObjects(kept);
  const existing = new Set(reader.namespaces());
  const named = [...new Set([config.istioRootNamespace, ...namedNamespaces(objects, CLUSTER_DOMAIN)])].filter(
    (name) => name !== namespace && existing.has(name),
  );
  const small = existing.size <= SMALL_MESH.namespaces && reader.totals.pods <= SMALL_MESH.pods;
  const others = small ? [...existing].filter((name) => name !== namespace) : named;
  const seen = others.filter(sees).slice(0, MOST_CONTEXT);
  const context = seen.length === 0 ? [] : analysedObjects(flatten(reader.objects(seen), seen), true);
  const whole = new Set([namespace, ...seen]);
  const everywhere = config.namespaces.length === 0;
  const { findings, suppressed } = analyzeObjects(objects, context, {
    rootNamespace: config.istioRootNamespace,
    clusterDomain: CLUSTER_DOMAIN,
    complete: everywhere && whole.size === existing.size,
    extent: { namespaces: everywhere ? existing : undefined, whole, kinds: kindsOf(reader) },
  });
  const unseen = named.filter((name) => !whole.has(name)).sort(compareText);
  return { namespace, findings, objects: objects.length, suppressed, unseen };
}

function flatten(read: ReadonlyMap<string, readonly KeptObject[]>, namespaces: readonly string[]): readonly KeptObject[] {
  return namespaces.flatMap((namespace) => read.get(namespace) ?? []);
}

/** The kinds that the graph would hold; what could not be read of it is not known. */
function kindsOf({ status }: GraphReader): ReadonlySet<string> {
  const unread = new Set(status.unread);
  return new Set(KEPT_KINDS.filter((kind) => !unread.has(kind)).map((kind) => `${API_KINDS[kind].group}/${API_KINDS[kind].kind}`));
}
