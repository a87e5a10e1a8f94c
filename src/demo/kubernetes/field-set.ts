import type { Json, JsonObject } from '../../lib/json.ts';
import { type Path, pathKey, pathOf, type Step } from './field-path.ts';
import { asArray, asObject, own, sameJson } from './json.ts';
import { listKeysOf } from './list-types.ts';
import type { Resource } from './resources.ts';

/** A set of paths to fields, each as `pathKey` writes it. */
export type FieldSet = ReadonlySet<string>;

export function union(...sets: readonly FieldSet[]): FieldSet {
  return new Set(sets.flatMap((set) => [...set]));
}

export function difference(set: FieldSet, less: FieldSet): FieldSet {
  return new Set([...set].filter((key) => !less.has(key)));
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return new Set([...a].filter((key) => b.has(key)));
}

/** An item of a list that is more than a list of values: the step to it, and the item. */
export interface KeyedItem {
  readonly step: Step;
  readonly value: Json;
}

/**
 * The items of a list by their keys, in its order; undefined for a list that counts as one value: by its type, or because an item is no object or is
 * there twice.
 */
export function keyedItems(resource: Resource, path: Path, list: readonly Json[]): readonly KeyedItem[] | undefined {
  const items = allItems(resource, path, list);
  return items === undefined || duplicateIn(items) !== undefined ? undefined : items;
}

function allItems(resource: Resource, path: Path, list: readonly Json[]): readonly KeyedItem[] | undefined {
  const keys = listKeysOf(resource, path);
  if (keys === undefined || keys === 'atomic-map') return undefined;
  if (keys === 'set') return list.map((value) => ({ step: `v:${JSON.stringify(value)}`, value }));
  const items: KeyedItem[] = [];
  for (const value of list) {
    const object = asObject(value);
    if (object === undefined) return undefined;
    const key = Object.fromEntries(keys.map(({ member, otherwise }) => [member, own(object, member) ?? otherwise ?? null]));
    items.push({ step: `k:${JSON.stringify(key)}`, value });
  }
  return items;
}

function duplicateIn(items: readonly KeyedItem[]): Step | undefined {
  const seen = new Set<Step>();
  return items.find(({ step }) => seen.size === seen.add(step).size)?.step;
}

/** The first list of an object in which an item is there twice, with the step to the item. */
export function duplicateItem(resource: Resource, object: JsonObject): { readonly list: Path; readonly step: Step } | undefined {
  const search = (value: Json | undefined, path: Path): { readonly list: Path; readonly step: Step } | undefined => {
    const items = allItems(resource, path, asArray(value) ?? []);
    const step = items === undefined ? undefined : duplicateIn(items);
    if (step !== undefined) return { list: path, step };
    for (const inner of innerFields(resource, value, path) ?? []) {
      const found = search(inner.value, [...path, inner.step]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(object, []);
}

/** The set in the form in which objects carry it: a tree in which `.` marks a field that has others inside and is in the set itself. */
export function toFieldsV1(set: FieldSet): JsonObject {
  interface Node {
    member: boolean;
    readonly children: Map<Step, Node>;
  }
  const root: Node = { member: false, children: new Map() };
  for (const key of [...set].sort()) {
    let node = root;
    for (const step of pathOf(key)) {
      const child: Node = node.children.get(step) ?? { member: false, children: new Map() };
      node.children.set(step, child);
      node = child;
    }
    node.member = true;
  }
  const write = ({ member, children }: Node): JsonObject =>
    Object.fromEntries([
      ...(member && children.size > 0 ? [['.', {}] as const] : []),
      ...[...children].sort(([a], [b]) => (a < b ? -1 : 1)).map(([step, child]) => [step, write(child)] as const),
    ]);
  return write(root);
}

/** The set back from that form. What is no such tree gives fewer fields, never an error. */
export function fromFieldsV1(tree: Json | undefined): FieldSet {
  const set = new Set<string>();
  const read = (node: JsonObject, path: Path): void => {
    const steps = Object.entries(node);
    if (path.length > 0 && (steps.length === 0 || own(node, '.') !== undefined)) set.add(pathKey(path));
    for (const [step, child] of steps) {
      const inner = asObject(child);
      if (step !== '.' && inner !== undefined) read(inner, [...path, step]);
    }
  };
  const root = asObject(tree);
  if (root !== undefined) read(root, []);
  return set;
}

/** Members that name an object or that the server writes: nobody owns them (structured-merge-diff in apiserver: fieldmanager/stripmeta.go). */
const UNOWNED: FieldSet = new Set([
  'f:apiVersion',
  'f:kind',
  'f:metadata',
  ...['name', 'namespace', 'uid', 'creationTimestamp', 'generation', 'managedFields', 'resourceVersion', 'selfLink'].map((member) =>
    pathKey(['f:metadata', `f:${member}`]),
  ),
]);

/** What somebody who applies an object gets to own: every value, lists and maps that count as one, and items of lists. */
export function appliedFields(resource: Resource, object: JsonObject): FieldSet {
  const set = new Set<string>();
  walk(resource, object, [], (path, { leaf, item }) => {
    if (leaf || item) set.add(pathKey(path));
  });
  return difference(set, UNOWNED);
}

interface Visit {
  /** A value without inner fields, or one that counts as a whole. */
  readonly leaf: boolean;
  /** An item of a list. */
  readonly item: boolean;
}

function walk(resource: Resource, value: Json | undefined, path: Path, visit: (path: Path, what: Visit) => void): void {
  if (value === undefined) return;
  const item = path.at(-1)?.startsWith('f:') === false;
  const inner = innerFields(resource, value, path);
  if (path.length > 0) visit(path, { leaf: inner === undefined || inner.length === 0, item });
  for (const { step, value: child } of inner ?? []) walk(resource, child, [...path, step], visit);
}

/** The fields inside a value; undefined where it counts as one. */
function innerFields(resource: Resource, value: Json | undefined, path: Path): readonly KeyedItem[] | undefined {
  const object = asObject(value);
  if (object !== undefined) {
    if (listKeysOf(resource, path) === 'atomic-map') return undefined;
    return Object.entries(object).flatMap(([member, child]) => (child === undefined ? [] : [{ step: `f:${member}`, value: child }]));
  }
  const list = asArray(value);
  return list === undefined ? undefined : keyedItems(resource, path, list);
}

/** What a write changed, field by field. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Compares an object before and after. A field that is new counts with everything inside, and so does one that is gone. */
export function compare(resource: Resource, before: JsonObject, after: JsonObject): Comparison {
  const added = new Set<string>();
  const modified = new Set<string>();
  const removed = new Set<string>();
  const all = (set: Set<string>, value: Json | undefined, path: Path): void => {
    walk(resource, value, path, (inner, { leaf }) => {
      if (leaf || !isPlainStruct(resource, inner)) set.add(pathKey(inner));
    });
  };
  const step = (a: Json | undefined, b: Json | undefined, path: Path): void => {
    if (a === undefined || b === undefined) {
      all(a === undefined ? added : removed, a === undefined ? b : a, path);
      return;
    }
    const [innerA, innerB] = [innerFields(resource, a, path), innerFields(resource, b, path)];
    if (innerA === undefined || innerB === undefined) {
      if (!sameJson(a, b)) modified.add(pathKey(path));
      return;
    }
    const [byA, byB] = [byStep(innerA), byStep(innerB)];
    for (const name of new Set([...byA.keys(), ...byB.keys()])) step(byA.get(name), byB.get(name), [...path, name]);
  };
  step(before, after, []);
  return { added: difference(added, UNOWNED), modified: difference(modified, UNOWNED), removed: difference(removed, UNOWNED) };
}

function byStep(items: readonly KeyedItem[]): ReadonlyMap<Step, Json> {
  return new Map(items.map(({ step, value }) => [step, value]));
}

/** Parts that are always there in the Go types of Kubernetes' own kinds: they are nobody's, only what is in them is. */
const PLAIN_STRUCTS: ReadonlySet<Step> = new Set(['f:spec', 'f:status', 'f:template', 'f:strategy', 'f:jobTemplate', 'f:updateStrategy']);

function isPlainStruct({ custom }: Resource, path: Path): boolean {
  const last = path.at(-1);
  return last === 'f:metadata' || (!custom && last !== undefined && PLAIN_STRUCTS.has(last));
}
