import { namespaceInjection } from '../../../../../src/policy/analyze/checks/namespace-injection.ts';
import { describeCheck } from '../describe-check.ts';
import { deployment, namespace, worldWith } from '../world.ts';

describeCheck(namespaceInjection, [
  [
    'two ways at once',
    worldWith(namespace('shop', { 'istio-injection': 'enabled', 'istio.io/rev': 'canary' })),
    ['warning IST0123 Namespace shop metadata.labels'],
  ],
  [
    'sidecars and ambient',
    worldWith(namespace('shop', { 'istio.io/rev': 'canary', 'istio.io/dataplane-mode': 'ambient' })),
    ['warning IST0123 Namespace shop metadata.labels'],
  ],
  ['off, and a revision', worldWith(namespace('shop', { 'istio-injection': 'disabled', 'istio.io/rev': 'canary' })), []],
  ['none, with configuration and workloads', worldWith(namespace('shop')), ['info IST0102 Namespace shop metadata.labels']],
  ['none, without configuration', worldWith(namespace('old'), deployment('x', {}, 1, { namespace: 'old' })), []],
  ['ambient', worldWith(namespace('shop', { 'istio.io/dataplane-mode': 'ambient' })), []],
]);
