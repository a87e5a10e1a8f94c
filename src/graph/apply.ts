import { applyOperation } from 'fast-json-patch/module/core.mjs';
import { MeshError } from '../lib/errors.ts';
import { isObject } from '../lib/json.ts';
import type { Operation } from './diff.ts';
import { readPointer } from './pointer.ts';
import type { PublicGraph } from './public.ts';

/**
 * The graph after a patch. The one that is given stays as it is; what no operation reaches is shared between the two. Throws a `conflict` where the patch
 * does not fit: a path that is not there, one that leads into an array, an operation that is none of ours. Whether the values of the patch make a graph is
 * for its writer to answer.
 */
export function applyPatch(graph: PublicGraph, operations: readonly Operation[]): PublicGraph {
  const root: Record<string, unknown> = { ...graph };
  const copied = new Set<unknown>([root]);
  for (const operation of operations) {
    copyPath(root, operation, copied);
    try {
      applyOperation(root, operation);
    } catch (thrown) {
      throw unfit('an operation is refused', thrown);
    }
  }
  if (!isGraph(root)) throw unfit('it takes the namespaces away');
  return root;
}

/**
 * Makes the objects along a path our own, so that an operation may change them. fast-json-patch itself would take members that every object inherits for
 * ones that are there, and positions in arrays for keys.
 */
function copyPath(root: Record<string, unknown>, { op, path }: Operation, copied: Set<unknown>): void {
  const keys = readPointer(path);
  const last = keys?.at(-1);
  if (keys === undefined || last === undefined) throw unfit('a path is no path within the graph');
  let parent = root;
  for (const key of keys.slice(0, -1)) {
    const child = Object.hasOwn(parent, key) ? parent[key] : undefined;
    if (!isObject(child)) throw unfit('a path leads nowhere');
    const own = copied.has(child) ? child : { ...child };
    copied.add(own);
    parent[key] = own;
    parent = own;
  }
  if (op !== 'add' && !Object.hasOwn(parent, last)) throw unfit('what it changes is not there');
  if (op !== 'add' && op !== 'remove' && op !== 'replace') throw unfit('an operation is none of add, remove and replace');
}

function isGraph(value: Record<string, unknown>): value is Record<string, unknown> & PublicGraph {
  return isObject(value.namespaces);
}

function unfit(reason: string, cause?: unknown): MeshError {
  return new MeshError('conflict', `The change does not fit this state of the graph (${reason}); read the graph again.`, { cause });
}
