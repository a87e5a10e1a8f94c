import { linkerdPortList } from '../../../../../src/policy/analyze/checks/linkerd-port-list.ts';
import { describeCheck } from '../describe-check.ts';
import { annotated, payService, payWith, workload } from '../linkerd-world.ts';

const listing = (name: string, value: string) =>
  workload('x', [{ containerPort: 8080, name: 'http' }], { [`config.linkerd.io/${name}`]: value });

describeCheck(linkerdPortList, [
  [
    'a word in skipped ports',
    payWith(listing('skip-inbound-ports', '4222,mysql')),
    ['error MESH0904 Deployment pay/x spec.template.metadata.annotations["config.linkerd.io/skip-inbound-ports"]'],
  ],
  [
    'a range the wrong way round',
    payWith(listing('skip-outbound-ports', '10-1')),
    ['error MESH0904 Deployment pay/x spec.template.metadata.annotations["config.linkerd.io/skip-outbound-ports"]'],
  ],
  [
    'a port out of bounds',
    payWith(listing('opaque-ports', '65536')),
    ['error MESH0904 Deployment pay/x spec.template.metadata.annotations["config.linkerd.io/opaque-ports"]'],
  ],
  [
    'spaces instead of commas',
    payWith(listing('opaque-ports', '3306 5432')),
    ['error MESH0904 Deployment pay/x spec.template.metadata.annotations["config.linkerd.io/opaque-ports"]'],
  ],
  [
    'a name that no container declares',
    payWith(listing('opaque-ports', 'mysql')),
    ['error MESH0904 Deployment pay/x spec.template.metadata.annotations["config.linkerd.io/opaque-ports"]'],
  ],
  ['a name that a container declares', payWith(listing('opaque-ports', 'http')), []],
  [
    'ports that need an identity',
    payWith(listing('proxy-require-identity-inbound-ports', 'http')),
    ['error MESH0904 Deployment pay/x spec.template.metadata.annotations["config.linkerd.io/proxy-require-identity-inbound-ports"]'],
  ],
  [
    'a Service',
    payWith(payService('x', 'api', [{ port: 80 }], { 'config.linkerd.io/opaque-ports': 'all' })),
    ['error MESH0904 Service pay/x metadata.annotations["config.linkerd.io/opaque-ports"]'],
  ],
  ['a namespace, whose pods may have any names', payWith(annotated('x', { 'config.linkerd.io/opaque-ports': 'mysql,3306' })), []],
  ['good ones', payWith(listing('skip-inbound-ports', ' 0-65535 ,1,')), []],
  ['none', payWith(listing('opaque-ports', '')), []],
]);
