import { calleeOf } from '../../../../src/mesh/access/callee.ts';
import { type PodGroup, podGroups, selectedLabels } from '../../../../src/mesh/access/pod-groups.ts';
import type { KeptObject } from '../../../../src/mesh/kept.ts';
import { NamespaceView } from '../../../../src/mesh/namespace-view.ts';
import { sharedContextOf } from '../../../../src/mesh/shared.ts';
import type { WorkloadFacts } from '../../../../src/mesh/workload-facts.ts';
import type { Callee } from '../../../../src/policy/access/model.ts';
import { OPTIONS } from '../kept-objects.ts';

export function viewOf(objects: readonly KeptObject[], root: readonly KeptObject[] = [], namespace = 'shop'): NamespaceView {
  return new NamespaceView(namespace, objects, sharedContextOf(OPTIONS, root));
}

export function workloadIn(view: NamespaceView, name: string): WorkloadFacts {
  const found = view.workloads.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no workload ${name}`);
  return found;
}

export function groupsIn(view: NamespaceView, name: string): readonly PodGroup[] {
  return podGroups(view, workloadIn(view, name), selectedLabels(view));
}

/** The largest group. */
export function groupIn(view: NamespaceView, name: string): PodGroup {
  const [first] = groupsIn(view, name);
  if (first === undefined) throw new Error(`${name} has no group`);
  return first;
}

export function calleeIn(view: NamespaceView, name: string): Callee {
  return calleeOf(view, groupIn(view, name));
}
