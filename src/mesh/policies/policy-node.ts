import type { PolicyNode } from '../../graph/model.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import { cut, oneLine, type Problems } from '../wording.ts';

/** What one policy may name; an answer counts what is more. */
const MOST_SELECTS = 64;

/** What was read of a policy. */
export interface PolicyParts {
  readonly action?: string | undefined;
  /** Node ids, in any order. */
  readonly selects: readonly string[];
  /** What becomes the one line for a reader; parts that say nothing are left out. */
  readonly summary: readonly (string | undefined)[];
  readonly problems: Problems;
  /** Another name than its own. */
  readonly name?: string;
}

export function policyNode({ group, kind, name }: KubeObject, parts: PolicyParts): PolicyNode {
  const selects = cut([...new Set(parts.selects)].sort(), MOST_SELECTS);
  return {
    group,
    kind,
    name: parts.name ?? name,
    ...(parts.action === undefined ? {} : { action: parts.action }),
    selects: selects.kept,
    ...(selects.omitted === undefined ? {} : { omittedSelects: selects.omitted }),
    summary: oneLine(parts.summary),
    problems: parts.problems.list(),
  };
}
