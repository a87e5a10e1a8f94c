import { namespaceOf, parseNodeId } from '../graph/ids.ts';
import type { NodeId } from '../graph/model.ts';
import type { AccessCall } from '../policy/access/model.ts';
import { decide, NOTHING } from './decide.ts';
import { type Caller, callerSorts, namespacesOfCaller, targetsOf } from './ends.ts';
import { type Judgement, judge } from './judgement.ts';
import { judgeOutbound, parseOutside } from './outbound.ts';
import type { AccessNamespace, AccessWorld } from './world.ts';

/** "May A call B?" */
export interface AccessQuestion {
  readonly from: Caller;
  /** A Service, a workload, or a destination outside of the cluster. */
  readonly to: NodeId;
  /** A Service's port, or one of a workload's pods; undefined: each of its TCP ports. */
  readonly port: number | undefined;
  readonly call: AccessCall;
}

export type AccessResult =
  | ({ readonly tag: 'judged' } & Judgement)
  /** There is no such Service or workload. */
  | { readonly tag: 'nobody' }
  /** It has no such TCP port; `ports` are those that it has. */
  | { readonly tag: 'no-port'; readonly ports: readonly number[] };

/** The exact answer, with its reasons. Reads the namespaces of both ends, Istio's root namespace and what policies refer to. Throws what the reader throws. */
export function checkAccess(world: AccessWorld, { from, to, port, call }: AccessQuestion): AccessResult {
  const ref = parseNodeId(to);
  if (ref?.tag === 'external') {
    const outside = parseOutside(ref.authority);
    if (outside === undefined) return { tag: 'nobody' };
    world.load(namespacesOfCaller(from));
    return { tag: 'judged', ...judgeOutbound(world, from, { ...outside, port: port ?? outside.port }, call) };
  }
  const home = namespaceOf(to);
  world.load([...(home === undefined ? [] : [home]), ...namespacesOfCaller(from)]);
  const namespace = home === undefined ? undefined : world.namespace(home);
  if (namespace === undefined) return { tag: 'nobody' };
  const found = targetsOf(namespace, to, port);
  if (found.tag !== 'found') return aliased(namespace, to) ?? found;
  if (found.targets.length === 0) return aliased(namespace, to) ?? { tag: 'judged', ...judge([], NOTHING) };
  return { tag: 'judged', ...decide(world, namespace, callerSorts(world, from), found.targets, call) };
}

/** An alias is no place where anything is enforced. */
function aliased({ view }: AccessNamespace, to: NodeId): AccessResult | undefined {
  const service = [...view.services.values()].find(({ id }) => id === to);
  if (service?.type !== 'ExternalName') return undefined;
  const host = service.externalName === undefined ? 'another host' : service.externalName;
  return { tag: 'judged', ...judge([], `It is an alias: what policies say is a matter of ${host}. Ask for that.`) };
}
