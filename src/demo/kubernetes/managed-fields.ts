import type { JsonObject } from '../../lib/json.ts';
import { pathText } from './field-path.ts';
import { appliedFields, compare, difference, type FieldSet, fromFieldsV1, intersection, toFieldsV1, union } from './field-set.ts';
import { asArray, asObject, asText, at, own, withMember, without } from './json.ts';
import { merge, prune } from './merge.ts';
import type { Resource } from './resources.ts';
import { applyConflict } from './status.ts';

/** Who writes, and how. */
export interface Writer {
  /** `fieldManager`, or the program that the User-Agent names. */
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** The version in which it wrote. */
  readonly apiVersion: string;
  /** `status`, or empty for the object itself. */
  readonly subresource: string;
}

interface Entry extends Writer {
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/**
 * Field ownership and server-side apply, as structured-merge-diff has them (merge/update.go: `Apply`, `Update`) and the API server wraps them
 * (apimachinery/pkg/util/managedfields). Works on whole objects; `metadata.managedFields` of the live object is the state.
 */

/** The object with its `managedFields` after a write that is no apply: what it changed belongs to the writer now. */
export function recordUpdate(resource: Resource, before: JsonObject, after: JsonObject, writer: Writer, time: string): JsonObject {
  const { added, modified, removed } = compare(resource, before, after);
  const others = yielding(entriesOf(before), writer, union(added, modified), removed);
  const mine = entriesOf(before).find((entry) => isBy(entry, writer));
  const fields = union(difference(mine?.fields ?? new Set(), removed), added, modified);
  return withEntries(after, [...others, ...entryFor(mine, writer, fields, time)]);
}

/**
 * The live object with what somebody applies merged in, what it applied before and does no longer taken out, and the ownership that follows. Throws
 * 409 where it would change a field of another manager, unless `force` is set. What was made without any ownership belongs to `before-first-apply`.
 */
export function applyObject(
  resource: Resource,
  live: JsonObject,
  applied: JsonObject,
  { writer, force, time }: { readonly writer: Writer; readonly force: boolean; readonly time: string },
): JsonObject {
  const entries = entriesOf(live);
  const known = entries.length === 0 && Object.keys(live).length > 0 ? [firstEntry(resource, live, writer)] : entries;
  const mine = known.find((entry) => isBy(entry, writer));
  const others = known.filter((entry) => entry !== mine);
  const fields = appliedFields(resource, applied);
  const elsewhere = union(...others.map((entry) => entry.fields));
  const dropped = difference(difference(mine?.fields ?? new Set(), fields), elsewhere);
  const merged = prune(resource, merge(resource, live, applied), dropped, union(fields, elsewhere));
  const { added, modified, removed } = compare(resource, live, merged);
  const changed = union(added, modified);
  if (!force) refuseConflicts(others, changed);
  return withEntries(merged, [...yielding(others, writer, changed, removed), ...entryFor(mine, writer, fields, time)]);
}

/** The other managers' entries without what was changed under them; who has nothing left goes. */
function yielding(entries: readonly Entry[], writer: Writer, changed: FieldSet, removed: FieldSet): readonly Entry[] {
  return entries
    .filter((entry) => !isBy(entry, writer))
    .map((entry) => ({ ...entry, fields: difference(difference(entry.fields, changed), removed) }))
    .filter(({ fields }) => fields.size > 0);
}

/** The writer's own entry; its time moves only when its fields do. */
function entryFor(before: Entry | undefined, writer: Writer, fields: FieldSet, time: string): readonly Entry[] {
  if (fields.size === 0) return [];
  const same = before !== undefined && before.fields.size === fields.size && [...fields].every((key) => before.fields.has(key));
  return [{ ...writer, fields, time: same ? before.time : time }];
}

function firstEntry(resource: Resource, live: JsonObject, { apiVersion }: Writer): Entry {
  const fields = appliedFields(resource, without(live, 'status'));
  return { manager: 'before-first-apply', operation: 'Update', apiVersion, subresource: '', time: undefined, fields };
}

function refuseConflicts(others: readonly Entry[], changed: FieldSet): void {
  const conflicts = others
    .map((entry) => ({ manager: managerText(entry), fields: [...intersection(entry.fields, changed)].map(pathText).sort() }))
    .filter(({ fields }) => fields.length > 0)
    .sort((a, b) => (a.manager < b.manager ? -1 : 1));
  const causes = conflicts.flatMap(({ manager, fields }) =>
    fields.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field })),
  );
  const [first, second] = causes;
  if (first === undefined) return;
  const what =
    second === undefined
      ? `1 conflict: ${first.message}: ${first.field}`
      : `${causes.length} conflicts: ${conflicts
          .map(({ manager, fields }) => [`conflicts with ${manager}:`, ...fields.map((field) => `- ${field}`)].join('\n'))
          .join('\n')}`;
  throw applyConflict(`Apply failed with ${what}`, causes);
}

/** As apimachinery, util/managedfields/internal/conflict.go: `printManager`. */
function managerText({ manager, operation, apiVersion, subresource }: Entry): string {
  const part = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(manager)}${part}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}

function isBy(entry: Writer, { manager, operation, apiVersion, subresource }: Writer): boolean {
  // Who applies is the same in every version; updates are told apart by it.
  const version = operation === 'Apply' || entry.apiVersion === apiVersion;
  return entry.manager === manager && entry.operation === operation && entry.subresource === subresource && version;
}

function entriesOf(object: JsonObject): readonly Entry[] {
  return (asArray(at(object, 'metadata', 'managedFields')) ?? []).flatMap((value) => {
    const entry = asObject(value);
    if (entry === undefined) return [];
    return {
      manager: asText(own(entry, 'manager')) ?? '',
      operation: own(entry, 'operation') === 'Apply' ? 'Apply' : 'Update',
      apiVersion: asText(own(entry, 'apiVersion')) ?? '',
      subresource: asText(own(entry, 'subresource')) ?? '',
      time: asText(own(entry, 'time')),
      fields: fromFieldsV1(own(entry, 'fieldsV1')),
    };
  });
}

/** The order of apimachinery, util/managedfields/internal/managedfields.go: `sortEncodedManagedFields`. */
function withEntries(object: JsonObject, entries: readonly Entry[]): JsonObject {
  const rank = ({ operation, time = '', manager, apiVersion, subresource }: Entry) =>
    [operation, time, manager, apiVersion, subresource].join('\n');
  const managedFields = [...entries].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).map(entryJson);
  const metadata = asObject(own(object, 'metadata')) ?? {};
  return withMember(object, 'metadata', withMember(metadata, 'managedFields', managedFields.length === 0 ? undefined : managedFields));
}

function entryJson({ manager, operation, apiVersion, subresource, time, fields }: Entry): JsonObject {
  return {
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(fields),
    ...(subresource === '' ? {} : { subresource }),
  };
}
