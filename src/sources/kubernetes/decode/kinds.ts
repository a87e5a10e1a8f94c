import { meshOf } from '../../../mesh/membership.ts';
import type { Pod, ReplicaSet, Service, Workload } from '../../../mesh/objects.ts';
import type { KindName } from '../kinds.ts';
import { objectAt, textMapAt } from './fields.ts';
import type { Metadata } from './metadata.ts';
import { decodeService } from './service.ts';

/** What each kind's objects become. */
export interface DecodedKinds {
  readonly namespaces: string;
  readonly services: Service;
  readonly pods: Pod;
  readonly replicaSets: ReplicaSet;
  readonly deployments: Workload;
  readonly statefulSets: Workload;
  readonly daemonSets: Workload;
}

/** Makes a value of one object, or undefined for one that does not count. Throws `Malformed`. */
export type Decoder<Value> = (metadata: Metadata, item: Record<string, unknown>) => Value | undefined;

const namespace: Decoder<string> = ({ name }) => name;

const pod: Decoder<Pod> = ({ namespace, name, labels, annotations, owner, deleting }) =>
  deleting ? undefined : { namespace, name, labels, owner, mesh: meshOf(labels, annotations) };

const replicaSet: Decoder<ReplicaSet> = ({ namespace, name, owner }) => ({ namespace, name, owner });

const workload =
  (kind: Workload['kind']): Decoder<Workload> =>
  ({ namespace, name }, item) => {
    const template = objectAt(objectAt(item, 'spec', 'spec'), 'template', 'spec.template');
    const podLabels = textMapAt(objectAt(template, 'metadata', 'spec.template.metadata'), 'labels', 'spec.template.metadata.labels');
    return { kind, namespace, name, podLabels };
  };

/** One decoder a kind of the table. */
export const DECODERS: { readonly [Name in KindName]: Decoder<DecodedKinds[Name]> } = {
  namespaces: namespace,
  services: decodeService,
  pods: pod,
  replicaSets: replicaSet,
  deployments: workload('Deployment'),
  statefulSets: workload('StatefulSet'),
  daemonSets: workload('DaemonSet'),
};
