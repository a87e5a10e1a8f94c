import { restartNeeded } from '../../../../../src/policy/analyze/checks/restart-needed.ts';
import { describeCheck } from '../describe-check.ts';
import { PAY, payWith, workload } from '../linkerd-world.ts';
import { other, worldWith } from '../world.ts';

const LINKERD = { 'linkerd.io/control-plane-ns': 'linkerd' };

const owner = (kind: string, name: string) => ({ ownerReferences: [{ kind, name, controller: true }] });

function owned(kind: string, name: string, ownerKind: string, ownerName: string) {
  const made = other('apps/v1', kind, name, {}, PAY);
  return { ...made, metadata: { ...made.metadata, ...owner(ownerKind, ownerName) } };
}

function pod(name: string, ownerKind: string, ownerName: string, labels: Readonly<Record<string, string>> = {}) {
  const made = other('v1', 'Pod', name, {}, { ...PAY, labels });
  return { ...made, metadata: { ...made.metadata, ...owner(ownerKind, ownerName) } };
}

function istioPod(annotations: Readonly<Record<string, string>>) {
  const made = other('v1', 'Pod', 'web-v1-0', {}, { annotations });
  return { ...made, metadata: { ...made.metadata, ...owner('Deployment', 'web-v1') } };
}

describeCheck(restartNeeded, [
  ['a pod from before', payWith(pod('a', 'StatefulSet', 'nats')), ['warning MESH0907 StatefulSet pay/nats spec']],
  [
    'one of two',
    payWith(pod('a', 'StatefulSet', 'nats', LINKERD), pod('b', 'StatefulSet', 'nats')),
    ['warning MESH0907 StatefulSet pay/nats spec'],
  ],
  ['pods with their proxies', payWith(pod('a', 'StatefulSet', 'nats', LINKERD)), []],
  [
    'a pod through its ReplicaSet',
    payWith(owned('ReplicaSet', 'rs', 'Deployment', 'api'), pod('a', 'ReplicaSet', 'rs')),
    ['warning MESH0907 Deployment pay/api spec'],
  ],
  ['a workload that asks for none', payWith(workload('x', [], { 'linkerd.io/inject': 'disabled' }), pod('a', 'Deployment', 'x')), []],
  ['a pod of nobody', payWith(pod('a', 'StatefulSet', 'none')), []],
  ['a pod of Istio', worldWith(other('v1', 'Pod', 'a', {}), istioPod({})), ['warning MESH0907 Deployment shop/web-v1 spec']],
  ['a pod of Istio with its proxy', worldWith(istioPod({ 'sidecar.istio.io/status': '{}' })), []],
]);
