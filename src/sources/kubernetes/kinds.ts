/** What we know of one kind of object, and how much of it we want. */
export interface Kind {
  readonly kind: string;
  /** The API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** The plural that stands in paths and in RBAC rules. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** `metadata`: PartialObjectMetadata is enough, which spares us specifications and status. */
  readonly form: 'object' | 'metadata';
  /** Without it there is no answer; what else is forbidden or missing only makes the answer poorer, as `without` says. */
  readonly required: boolean;
  /** What an answer lacks where this kind cannot be read. */
  readonly without: string;
  /** Leaves out on the server what we would drop here. */
  readonly fieldSelector?: string;
}

/** The kinds that we read. This table makes the requests, chooses the decoders, and gives the RBAC rules in messages. */
export const KINDS = {
  namespaces: {
    kind: 'Namespace',
    group: '',
    version: 'v1',
    resource: 'namespaces',
    namespaced: false,
    form: 'metadata',
    required: false,
    without: 'namespaces that hold nothing are not counted',
  },
  services: {
    kind: 'Service',
    group: '',
    version: 'v1',
    resource: 'services',
    namespaced: true,
    form: 'object',
    required: true,
    without: '',
  },
  pods: {
    kind: 'Pod',
    group: '',
    version: 'v1',
    resource: 'pods',
    namespaced: true,
    form: 'metadata',
    required: true,
    without: '',
    // A finished pod (of a Job, or evicted) keeps its labels but serves nobody. The phase is not in the metadata, but the server can select by it.
    fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
  },
  replicaSets: {
    kind: 'ReplicaSet',
    group: 'apps',
    version: 'v1',
    resource: 'replicasets',
    namespaced: true,
    form: 'metadata',
    required: false,
    without: 'Deployments are told from the names of their ReplicaSets',
  },
  deployments: {
    kind: 'Deployment',
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
    namespaced: true,
    form: 'object',
    required: false,
    without: 'Deployments without pods are not shown',
  },
  statefulSets: {
    kind: 'StatefulSet',
    group: 'apps',
    version: 'v1',
    resource: 'statefulsets',
    namespaced: true,
    form: 'object',
    required: false,
    without: 'StatefulSets without pods are not shown',
  },
  daemonSets: {
    kind: 'DaemonSet',
    group: 'apps',
    version: 'v1',
    resource: 'daemonsets',
    namespaced: true,
    form: 'object',
    required: false,
    without: 'DaemonSets without pods are not shown',
  },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

/** The names in the table's order. */
export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[]; // Object.keys forgets the literal key type.
