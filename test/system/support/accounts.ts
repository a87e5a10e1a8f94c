import { KINDS } from '../../../src/sources/kubernetes/kinds.ts';
import { rbacRules } from '../../../src/sources/kubernetes/rbac.ts';
import type { KubeApiServer } from './kube-apiserver.ts';

const NAMESPACE = 'mesh-mcp';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const read = (group: string, ...resources: readonly string[]): Rule => ({ apiGroups: [group], resources, verbs: ['get', 'list', 'watch'] });

/** What the product reads, and nothing else: what its chart asks for. The contract suite also reads single objects. */
const READER: readonly Rule[] = rbacRules(Object.values(KINDS)).map((rule) => ({ ...rule, verbs: ['get', ...rule.verbs] }));

/** ServiceAccounts and their rights. */
const ACCOUNTS = {
  /** What the collector needs, to the letter. */
  collector: { name: 'mesh-mcp-collector', rules: rbacRules(Object.values(KINDS)) },
  reader: { name: 'mesh-mcp-reader', rules: READER },
  /** The same, and a group that the cluster does not serve, as a chart grants what may be installed later: who lacks the right is told 403, not 404. */
  readerAhead: { name: 'mesh-mcp-reader-ahead', rules: [...READER, read('no.such.group', 'things')] },
  /** The least that gives an answer at all. */
  servicesAndPods: { name: 'mesh-mcp-services-and-pods', rules: [read('', 'services', 'pods')] },
  /** Too little for an answer. */
  servicesOnly: { name: 'mesh-mcp-services-only', rules: [read('', 'services')] },
  /** Known, but without any rights. */
  nobody: { name: 'mesh-mcp-nobody', rules: [] },
} as const satisfies Record<string, { readonly name: string; readonly rules: readonly Rule[] }>;

/** A token of each account, by TokenRequest. */
export type Accounts = { readonly [Name in keyof typeof ACCOUNTS]: string };

export async function makeAccounts(api: KubeApiServer): Promise<Accounts> {
  const rbac = 'rbac.authorization.k8s.io';
  const objects = Object.values(ACCOUNTS).flatMap(({ name, rules }) => [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
    },
  ]);
  await api.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }, ...objects]);
  const tokens: Record<string, string> = {};
  for (const [account, { name }] of Object.entries(ACCOUNTS)) tokens[account] = await api.token(NAMESPACE, name);
  // One entry for each account, from the same table as the type.
  return tokens as Accounts;
}
