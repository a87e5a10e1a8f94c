import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import type { Extent } from './extent.ts';

export const GATEWAY_API = 'gateway.networking.k8s.io';
export const LINKERD_POLICY = 'policy.linkerd.io';

/** A reference by group, kind and name, with what its kind fills in where it does not say. */
export interface Reference {
  readonly field: Field;
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  /** Whether the reference says its group itself. */
  readonly saysGroup: boolean;
}

interface Defaults {
  readonly group: string;
  readonly kind: string;
}

/** Reads a reference of an object in `namespace`; undefined for one without a name. `core` is another word for the core group, which others leave empty. */
export function readReference(field: Field, namespace: string, { group, kind }: Defaults): Reference | undefined {
  const name = field.at('name').text;
  if (name === undefined) return undefined;
  const said = field.at('group');
  const meant = typeof said.value === 'string' ? said.value : group;
  return {
    field,
    group: meant === 'core' ? '' : meant,
    kind: field.at('kind').text ?? kind,
    name,
    namespace: field.at('namespace').text ?? namespace,
    saysGroup: typeof said.value === 'string',
  };
}

/** `kind.group`, or the kind alone of the core group. */
export function kindText({ group, kind }: Pick<Reference, 'group' | 'kind'>): string {
  return group === '' ? kind : `${kind}.${group}`;
}

/** Where references are looked up: `View` is one. */
export interface Holder {
  readonly extent: Extent | undefined;
  readonly workloads: { runsAs(namespace: string, account: string): boolean };
  find(kind: string, group: string, namespace: string, name: string): KubeObject | undefined;
  knows(kind: string, group: string): boolean;
  holdsAll(namespace: string): boolean;
  shows(kind: string, group: string, namespace: string): boolean;
  showsWorkloads(namespace: string): boolean;
}

/** What is known of something that is referred to. */
export type Found =
  | { readonly tag: 'found'; readonly object: KubeObject }
  | { readonly tag: 'missing' }
  /** The set may not hold it. */
  | { readonly tag: 'unknown' };

/**
 * Looks for an object. Manifests prove that one is missing where they hold another of the kind in that namespace, or are said to be complete; a cluster proves it
 * where the namespace was read.
 */
export function find(view: Holder, { group, kind, namespace, name }: Pick<Reference, 'group' | 'kind' | 'namespace' | 'name'>): Found {
  const object = view.find(kind, group, kind === 'Namespace' && group === '' ? '' : namespace, name);
  if (object !== undefined) return { tag: 'found', object };
  if (!view.knows(kind, group)) return { tag: 'unknown' };
  return { tag: view.holdsAll(namespace) || (view.extent === undefined && view.shows(kind, group, namespace)) ? 'missing' : 'unknown' };
}

/**
 * Whether no client can run as a ServiceAccount, because there is none and no workload names it. Every namespace has `default`, and manifests may leave out what their
 * workloads name.
 */
export function accountIsMissing(view: Holder, namespace: string, name: string): boolean {
  if (name === 'default' || find(view, { group: '', kind: 'ServiceAccount', namespace, name }).tag !== 'missing') return false;
  return (view.extent === undefined || view.showsWorkloads(namespace)) && !view.workloads.runsAs(namespace, name);
}
