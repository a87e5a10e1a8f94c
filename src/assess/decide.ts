import type { TargetPort } from '../mesh/access/target.ts';
import { meets } from '../mesh/selector.ts';
import type { AccessAnswer, AccessCall } from '../policy/access/model.ts';
import { type CallerSort, describeGroup } from './ends.ts';
import { type Judgement, judge, type Part, unique } from './judgement.ts';
import type { AccessNamespace, AccessWorld, CalledPods } from './world.ts';

/** A call of which nothing is known but the protocol. */
export function unknownCall(protocol: AccessCall['protocol']): AccessCall {
  return { protocol, method: undefined, path: undefined, host: undefined, headers: undefined, sni: undefined, claims: undefined };
}

/** What becomes of a call by each sort of a caller's pods to each sort of pods behind each target. */
export function decide(
  world: AccessWorld,
  namespace: AccessNamespace,
  callers: readonly CallerSort[],
  targets: readonly TargetPort[],
  call: AccessCall,
): Judgement {
  const parts = targets.flatMap((target) => {
    const called = calledBy(namespace, target);
    return called.flatMap((pods) => callers.map((caller) => partOf(world, caller, pods, target, called.length > 1, call)));
  });
  return judge(parts, NOTHING);
}

/** What is said of a call that reaches no pods. */
export const NOTHING = 'No workload that is known is behind it.';

/** The sorts of pods that a target reaches: of a Service, those that it selects. */
function calledBy(namespace: AccessNamespace, { workload, service }: TargetPort): readonly CalledPods[] {
  const all = namespace.called(workload);
  if (service === undefined || all.length === 1) return all;
  const selected = all.filter(({ callee }) => meets(callee.labels, { labels: service.selector, expressions: [], malformed: false }));
  return selected.length === 0 ? all : selected;
}

function partOf(
  world: AccessWorld,
  caller: CallerSort,
  { group, callee }: CalledPods,
  target: TargetPort,
  several: boolean,
  call: AccessCall,
): Part {
  const { peer, remarks } = caller.seen(callee, target);
  const answer = world.policy(callee, target.port).decide(peer, call);
  return {
    ...(caller.which === undefined ? {} : { caller: caller.which }),
    callee: several ? describeGroup(group) : `${callee.kind}/${callee.name}`,
    port: target.port,
    answer: withMore(answer, remarks, [...caller.assumed, ...group.assumed, ...world.unreadOf(callee)]),
  };
}

function withMore(answer: AccessAnswer, remarks: readonly string[], assumed: readonly string[]): AccessAnswer {
  if (remarks.length + assumed.length === 0) return answer;
  return { ...answer, remarks: unique([...answer.remarks, ...remarks]), assumed: unique([...answer.assumed, ...assumed]) };
}
