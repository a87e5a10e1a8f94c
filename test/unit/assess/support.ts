import { checkAccess } from '../../../src/assess/check-access.ts';
import { unknownCall } from '../../../src/assess/decide.ts';
import type { Caller } from '../../../src/assess/ends.ts';
import { AccessWorld } from '../../../src/assess/world.ts';
import { parseConfig } from '../../../src/config.ts';
import { groupBy } from '../../../src/lib/group.ts';
import type { KeptKind, KeptObject } from '../../../src/mesh/kept.ts';
import type { AccessAnswer, AccessCall } from '../../../src/policy/access/model.ts';

export interface TestWorld {
  readonly world: AccessWorld;
  /** The namespaces that were read, batch by batch. */
  readonly reads: readonly (readonly string[])[];
}

/** The objects of a cluster as the graph's reader gives them. */
export function worldOf(
  objects: readonly KeptObject[],
  options: Readonly<Record<string, string>> = {},
  unread: readonly KeptKind[] = [],
): TestWorld {
  const byNamespace = groupBy(objects, ({ namespace }) => namespace);
  const reads: string[][] = [];
  const read = (names: readonly string[]) => {
    reads.push([...names]);
    return new Map(names.flatMap((name) => (byNamespace.has(name) ? [[name, byNamespace.get(name) ?? []] as const] : [])));
  };
  return { world: new AccessWorld(read, parseConfig({ get: (name) => options[name] }), unread), reads };
}

export const node = (id: string): Caller => ({ tag: 'node', id });

/** The answer, for HTTP calls unless said otherwise. */
export function answerOf(
  world: AccessWorld,
  from: string | Caller,
  to: string,
  { port, ...call }: Partial<AccessCall> & { readonly port?: number } = {},
): AccessAnswer {
  const caller = typeof from === 'string' ? node(from) : from;
  const result = checkAccess(world, { from: caller, to, port, call: { ...unknownCall('http'), ...call } });
  if (result.tag !== 'judged') throw new Error(`there is no answer: ${result.tag}`);
  return result.answer;
}
