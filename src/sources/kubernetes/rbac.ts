import type { Kind } from './kinds.ts';

/** What we do with a collection; nothing is ever read one by one. */
const VERBS = ['list', 'watch'] as const;

/** One rule of a Role or ClusterRole (rbac.authorization.k8s.io/v1, PolicyRule). */
export interface RbacRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly (typeof VERBS)[number][];
}

/** The rules that let these kinds be read: one for each API group, in the order of the kinds. A rule for what a cluster does not serve does no harm. */
export function rbacRules(kinds: readonly Kind[]): readonly RbacRule[] {
  const groups = new Map<string, string[]>();
  for (const { group, resource } of kinds) groups.set(group, [...(groups.get(group) ?? []), resource]);
  return [...groups].map(([group, resources]) => ({ apiGroups: [group], resources, verbs: VERBS }));
}

/** The same rules for a message, in YAML's flow style: `{apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"]} and {…}`. */
export function rbacText(kinds: readonly Kind[]): string {
  const list = (words: readonly string[]) => `[${words.map((word) => `"${word}"`).join(', ')}]`;
  return rbacRules(kinds)
    .map((rule) => `{apiGroups: ${list(rule.apiGroups)}, resources: ${list(rule.resources)}, verbs: ${list(rule.verbs)}}`)
    .join(' and ');
}
