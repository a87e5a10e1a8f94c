import { Field } from '../policy/objects/field.ts';
import { type KubeObject, sortObjects } from '../policy/objects/kube-object.ts';
import type { KeptObject } from './kept.ts';
import { API_KINDS } from './kept-kinds.ts';
import { asKubeObject } from './kube-object.ts';
import { type Intermediate, ownerChains } from './owners.ts';

/**
 * Kept objects as the analysis takes them, in its order; `context` marks objects that are only referred to. A pod whose workload is among them says so by an
 * owner reference, and then the workload's template stands for it; what is kept of a ReplicaSet says nothing that its pods do not say.
 */
export function analysedObjects(kept: readonly KeptObject[], context = false): readonly KubeObject[] {
  const of = (kind: KeptObject['kind']) => kept.filter((object) => object.kind === kind).map(intermediate);
  const workloadOf = ownerChains(of('replicaSets'), of('jobs'));
  const present = new Set(
    kept.filter(({ kind }) => kind !== 'pods').map(({ kind, namespace, name }) => `${API_KINDS[kind].kind}/${namespace}/${name}`),
  );
  const stands = ({ namespace }: KeptObject, owner: Owned) =>
    owner.kind !== 'Pod' && owner.kind !== 'ReplicaSet' && present.has(`${owner.kind}/${namespace}/${owner.name}`);
  const objects = kept.flatMap((object): KubeObject[] => {
    if (object.kind === 'replicaSets') return [];
    const owner = object.kind === 'pods' ? workloadOf({ ...object, owner: object.owner, mesh: undefined }) : object.owner;
    return [analysed(object, owner !== undefined && stands(object, owner) ? owner : undefined, context)];
  });
  return sortObjects(objects);
}

interface Owned {
  readonly kind: string;
  readonly name: string;
}

function intermediate({ namespace, name, owner }: KeptObject): Intermediate {
  return { namespace, name, owner };
}

function analysed(kept: KeptObject, owner: Owned | undefined, context: boolean): KubeObject {
  const object = asKubeObject(kept);
  // A kept Namespace stands in itself; in the API it stands nowhere.
  const namespace = kept.kind === 'namespaces' ? '' : object.namespace;
  const named = { ...object, namespace, reference: { ...object.reference, namespace }, context };
  const metadata = {
    ...Object(object.root.at('metadata').value),
    labels: kept.labels,
    annotations: kept.annotations,
    ...(owner === undefined ? {} : { ownerReferences: [{ ...owner, controller: true }] }),
  };
  const root = new Field({ metadata, spec: kept.spec, status: kept.status });
  return { ...named, root, spec: root.at('spec') };
}
