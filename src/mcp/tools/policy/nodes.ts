import { parseOutside } from '../../../assess/outbound.ts';
import type { AccessNamespace, AccessWorld } from '../../../assess/world.ts';
import { externalId, parseNodeId, serviceId, workloadId } from '../../../graph/ids.ts';
import type { NodeId } from '../../../graph/model.ts';
import { MeshError } from '../../../lib/errors.ts';
import { limitedText, z } from '../../../lib/zod.ts';
import type { GraphReader } from '../../../store/graph/reader.ts';
import { advice, namespaceAdvice } from '../graph/lookup.ts';

const MAX_CHARACTERS = 600;

/** `shop/web`, `shop/Service/web`, `shop/Deployment/web` */
const NODE = /^([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/(?:([A-Z][A-Za-z0-9]{0,62})\/)?([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)$/;

/** A Service or a workload with its namespace. */
export const nodeName = limitedText({ max: MAX_CHARACTERS }).check(
  z.regex(NODE, 'must be namespace/name or namespace/Kind/name, such as "shop/web", "shop/Service/web" or "shop/Deployment/web"'),
);

/** `api.example.com:443`: what has a port is no namespace with a name. */
const OUTSIDE = /^[^/]+:\d{1,5}$/;

/** A Service or workload, or a destination outside of the cluster. */
export const calleeName = limitedText({ max: MAX_CHARACTERS }).check(
  z.refine(
    (text) => NODE.test(text) || parseCallee(text) !== undefined,
    'must be namespace/name, namespace/Kind/name, or host:port outside of the cluster',
  ),
);

/** Who is called, as somebody named it. */
export type NamedCallee = { readonly tag: 'node'; readonly node: NamedNode } | { readonly tag: 'outside'; readonly id: NodeId };

/** Undefined where the text names nothing that can be called. */
export function parseCallee(text: string): NamedCallee | undefined {
  const node = parseNode(text);
  if (node !== undefined) return { tag: 'node', node };
  return OUTSIDE.test(text) && parseOutside(text) !== undefined ? { tag: 'outside', id: externalId(text) } : undefined;
}

/** A node as somebody named it. */
export interface NamedNode {
  readonly namespace: string;
  readonly kind: string | undefined;
  readonly name: string;
}

/** Undefined where the text names no node. */
export function parseNode(text: string): NamedNode | undefined {
  const [, namespace, kind, name] = NODE.exec(text) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, kind, name };
}

/**
 * The node that is meant. Without a kind `prefer` decides between a Service and a workload of that name. Throws `MeshError('invalid')`, with names that are
 * alike, where there is none.
 */
export function findNode(reader: GraphReader, world: AccessWorld, wanted: NamedNode, prefer: 'service' | 'workload'): NodeId {
  const { namespace: home, kind, name } = wanted;
  const namespace = world.namespace(home);
  if (namespace === undefined) {
    throw new MeshError('invalid', `There is no namespace "${home}" in the graph.${namespaceAdvice(home, reader)}`);
  }
  const [service, workloads] = [serviceNamed(namespace, wanted), workloadsNamed(namespace, wanted)];
  const [workload, ...others] = workloads;
  const found = prefer === 'service' ? (service ?? workload) : (workload ?? service);
  if (found !== undefined && (others.length === 0 || found === service)) return found;
  if (found !== undefined) {
    const kinds = workloads.flatMap((id) => kindOf(id));
    throw new MeshError('invalid', `Several workloads of namespace "${home}" are called "${name}": say which, ${kinds.join(' or ')}.`);
  }
  const names = [...namespace.view.services.keys(), ...namespace.view.workloads.map((each) => each.name)];
  const what = kind ?? 'Service or workload';
  throw new MeshError(
    'invalid',
    `There is no ${what} "${name}" in namespace "${home}".${advice(name, names) || ' list_services names them.'}`,
  );
}

function serviceNamed({ view }: AccessNamespace, { namespace, kind, name }: NamedNode): NodeId | undefined {
  return (kind === undefined || kind === 'Service') && view.services.has(name) ? serviceId(namespace, name) : undefined;
}

function workloadsNamed({ view }: AccessNamespace, { namespace, kind, name }: NamedNode): readonly NodeId[] {
  return view.workloads
    .filter((each) => each.name === name && (kind === undefined || kind === each.kind))
    .map((each) => workloadId(namespace, each.kind, name));
}

function kindOf(id: NodeId): readonly string[] {
  const ref = parseNodeId(id);
  return ref?.tag === 'workload' ? [`${ref.namespace}/${ref.kind}/${ref.name}`] : [];
}
