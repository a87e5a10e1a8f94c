import type { PolicyNode } from '../../graph/model.ts';
import { listed } from '../../lib/wording.ts';
import { statusOf } from '../kube-object.ts';
import type { NamespaceView } from '../namespace-view.ts';
import { condition } from '../routes/route-status.ts';
import { Problems } from '../wording.ts';
import { readNetworks } from './clients.ts';
import { policyNode } from './policy-node.ts';

/**
 * Linkerd's EgressNetworks: what pods of the namespace may do outside the cluster where no route says it. Without networks, one is for everything that is not
 * in the cluster's networks (linkerd2, policy-controller/k8s/status/src/index.rs).
 */
export function egressNetworks(view: NamespaceView): readonly PolicyNode[] {
  return view.of('linkerdEgressNetworks').map((object) => {
    const problems = new Problems();
    const field = object.spec.at('networks');
    const networks = readNetworks(field, problems);
    if (field.exists && field.size === 0) problems.add('Its list of networks is empty, so it is for no destination.');
    const policy = object.spec.at('trafficPolicy').text;
    const action = policy === 'Allow' || policy === 'Deny' ? policy : undefined;
    if (action === undefined) problems.add('Its trafficPolicy is neither Allow nor Deny, so Linkerd ignores it.');
    const accepted = condition(statusOf(object), 'Accepted');
    if (accepted?.holds === false) problems.add(`It is not accepted: ${accepted.reason}.`);
    else if (accepted === undefined && !problems.any) problems.add('No controller has accepted it yet.');
    const where = networks.length > 0 ? listed(networks) : field.exists ? 'nothing' : 'everything outside the cluster';
    return policyNode(object, { action, selects: [view.namespace], summary: [`to ${where}`], problems });
  });
}
