import type { Config } from '../config.ts';
import { type KeptObject, objectKey } from '../mesh/kept.ts';
import { API_KINDS } from '../mesh/kept-kinds.ts';
import { buildNamespace } from '../mesh/namespace.ts';
import { sharedContextOf } from '../mesh/shared.ts';
import type { GraphReader } from '../store/graph/graph-reader.ts';
import type { ObjectChange } from './effect.ts';
import { sharedOptions } from './settings.ts';
import { namespaceOfChange, withChanges } from './with-changes.ts';

/** What would be wrong with objects after the changes, by their keys; nothing of those that are deleted. Throws what the reader throws. */
export function problemsAfter(
  reader: GraphReader,
  config: Config,
  changes: readonly ObjectChange[],
): ReadonlyMap<string, readonly string[]> {
  const puts = changes.flatMap((change) => (change.tag === 'put' ? [change.object] : []));
  const namespaces = [...new Set(changes.map(namespaceOfChange))];
  const root = config.istioRootNamespace;
  const objects = withChanges((names) => reader.objects(names), changes)([...new Set([...namespaces, root])]);
  const shared = sharedContextOf(sharedOptions(config, reader.status.unread), objects.get(root) ?? []);
  return new Map(
    namespaces.flatMap((namespace) => {
      const { policies, routes } = buildNamespace(namespace, objects.get(namespace) ?? [], shared);
      const nodes = [...policies, ...routes];
      return puts
        .filter((object) => object.namespace === namespace)
        .map((object) => [objectKey(object), (nodes.find((node) => isOf(node, object))?.problems ?? []).filter(isItsOwn)] as const);
    }),
  );
}

/** That no controller has looked at a change which is only thought of is no fault of its (`mesh/routes`, `mesh/policies`). */
function isItsOwn(problem: string): boolean {
  return !problem.startsWith('No controller has accepted it');
}

function isOf(node: { readonly group: string; readonly kind: string; readonly name: string }, object: KeptObject): boolean {
  const { group, kind } = API_KINDS[object.kind];
  return node.group === group && node.kind === kind && node.name === object.name;
}
