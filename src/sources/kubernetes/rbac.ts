import type { Kind } from './kinds.ts';

/** What the collector does with a collection; nothing is ever read one by one. */
const VERBS = ['list', 'watch'] as const;

/** What a change needs of an object: a look at it, and server-side apply, which makes it where it is not there (`create`), or a deletion. */
const WRITE_VERBS = ['get', 'create', 'patch', 'delete'] as const;

type Verb = (typeof VERBS)[number] | (typeof WRITE_VERBS)[number];

/** One rule of a Role or ClusterRole (rbac.authorization.k8s.io/v1, PolicyRule). */
export interface RbacRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly Verb[];
}

/** The rules that let these kinds be read: one for each API group, in the order of the kinds. A rule for what a cluster does not serve does no harm. */
export function rbacRules(kinds: readonly Kind[]): readonly RbacRule[] {
  return rulesFor(kinds, VERBS);
}

/**
 * The rules that let these kinds be changed, beside those that let them be read: for each exactly the verbs that a change takes, and the EndpointSlices, by which is seen
 * whether a backend can take calls.
 */
export function writeRules(kinds: readonly Kind[]): readonly RbacRule[] {
  return [...rulesFor(kinds, WRITE_VERBS), { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list'] }];
}

function rulesFor(kinds: readonly Kind[], verbs: readonly Verb[]): readonly RbacRule[] {
  const groups = new Map<string, string[]>();
  for (const { group, resource } of kinds) groups.set(group, [...(groups.get(group) ?? []), resource]);
  return [...groups].map(([group, resources]) => ({ apiGroups: [group], resources, verbs }));
}

/** The same rules for a message, in YAML's flow style: `{apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"]} and {…}`. */
export function rbacText(kinds: readonly Kind[]): string {
  const list = (words: readonly string[]) => `[${words.map((word) => `"${word}"`).join(', ')}]`;
  return rbacRules(kinds)
    .map((rule) => `{apiGroups: ${list(rule.apiGroups)}, resources: ${list(rule.resources)}, verbs: ${list(rule.verbs)}}`)
    .join(' and ');
}
