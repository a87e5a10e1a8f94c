import { isObject } from '../../lib/json.ts';
import { compareText } from '../../lib/order.ts';
import { canonical, Field, quote } from './field.ts';
import type { ObjectReference } from './reference.ts';

/** A Kubernetes object, read as far as every kind is the same. */
export interface KubeObject {
  readonly reference: ObjectReference;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Empty for the kinds that have none; `default` where another kind does not say. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly root: Field;
  readonly spec: Field;
  /** Read to judge others by it, not to be judged itself. */
  readonly context: boolean;
}

/** What stands for the value of an annotation that is too long to be kept, or not of printable ASCII: that there is one may count, what it says does not. */
export const UNREAD_VALUE = '(not kept)';

/** The kinds without a namespace that the checks meet. */
const CLUSTER_SCOPED = new Set(['Namespace', 'Node', 'ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition', 'GatewayClass']);

/** How deep a List may lie in a List. */
const DEEPEST_LIST = 2;

/** The Kubernetes objects among the values, those of a List one by one, in an order that does not depend on theirs. */
export function readObjects(values: readonly unknown[], context = false): readonly KubeObject[] {
  const objects: KubeObject[] = [];
  const read = (value: unknown, depth: number) => {
    const root = new Field(value);
    const apiVersion = root.at('apiVersion').text;
    const kind = root.at('kind').text;
    if (apiVersion === undefined || kind === undefined) return;
    if (kind.endsWith('List') && Array.isArray(root.at('items').value)) {
      if (depth < DEEPEST_LIST) for (const item of root.at('items').items) read(item.value, depth + 1);
      return;
    }
    const name = root.at('metadata', 'name').text ?? root.at('metadata', 'generateName').text;
    if (name !== undefined) objects.push(readObject(root, apiVersion, kind, name, context));
  };
  for (const value of values) if (isObject(value)) read(value, 0);
  return sortObjects(objects);
}

/** In an order that does not depend on theirs. */
export function sortObjects(objects: readonly KubeObject[]): readonly KubeObject[] {
  return [...objects].sort(compareObjects);
}

function readObject(root: Field, apiVersion: string, kind: string, name: string, context: boolean): KubeObject {
  const metadata = root.at('metadata');
  const slash = apiVersion.lastIndexOf('/');
  const namespace = CLUSTER_SCOPED.has(kind) ? '' : (metadata.at('namespace').text ?? 'default');
  return {
    reference: { apiVersion, kind, namespace, name },
    group: slash === -1 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    namespace,
    name,
    labels: metadata.at('labels').labels,
    annotations: metadata.at('annotations').labels,
    root,
    spec: root.at('spec'),
    context,
  };
}

function compareObjects(a: KubeObject, b: KubeObject): number {
  return (
    compareText(a.kind, b.kind) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name) ||
    compareText(a.reference.apiVersion, b.reference.apiVersion) ||
    Number(a.context) - Number(b.context) ||
    compareText(canonical(a.root.value), canonical(b.root.value))
  );
}

/** `namespace/name`, or the name alone where there is no namespace. */
export function nameOf(object: { readonly namespace: string; readonly name: string }): string {
  return object.namespace === '' ? object.name : `${object.namespace}/${object.name}`;
}

/** How many names a message lists before it only counts. */
const MOST_NAMES = 5;

/** The others of a group, for a message about one of it: `"a/x", "a/y" and 3 more`. Costs the same for a group of any size. */
export function nameOthers(group: readonly KubeObject[], self: KubeObject): string {
  const shown = group.slice(0, MOST_NAMES + 1).filter((object) => object !== self);
  const names = shown.slice(0, MOST_NAMES).map((object) => quote(nameOf(object)));
  const more = group.length - 1 - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}
