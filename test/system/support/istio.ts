import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolPath } from '../tools/cache.ts';

/** What the API server needs to be told to take `injector`. */
export const INJECTOR_OPTIONS = [
  '--feature-gates',
  'MutatingAdmissionPolicy=true',
  '--runtime-config',
  'admissionregistration.k8s.io/v1beta1=true',
] as const;

const GATEWAYS = [
  { name: 'istio-ingressgateway', namespace: 'istio-ingress', istio: 'ingressgateway' },
  { name: 'istio-egressgateway', namespace: 'istio-egress', istio: 'egressgateway' },
  { name: 'istio-eastwestgateway', namespace: 'istio-eastwest', istio: 'eastwestgateway' },
];

/**
 * Writes a folder for `deploy-istio.sh --manifests`, in place of what `istioctl manifest generate` prints: Istio's real CRDs, and objects that look like
 * a control plane and its gateways to whoever asks the API server. No istiod runs: the only behaviour is that pods get a sidecar.
 */
export function writeControlPlane(folder: string): void {
  mkdirSync(folder, { recursive: true });
  copyFileSync(toolPath('istio-crds.yaml'), join(folder, 'crds.yaml'));
  const objects = [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'istio-system', labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
    },
    ...revision(''),
    ...tag('default', 'default'),
    ...GATEWAYS.map(({ name, namespace, istio }) => deployment(name, namespace, { app: name, istio })),
  ];
  writeList(join(folder, 'control-plane.yaml'), objects);
}

/** The same for a second control plane of that revision, beside the first. */
export function writeRevision(folder: string, name: string): void {
  mkdirSync(folder, { recursive: true });
  writeList(join(folder, 'revision.yaml'), revision(name));
}

/** What `istioctl tag generate` prints, for that tag and revision. */
export function writeTag(folder: string, name: string, rev: string): void {
  mkdirSync(folder, { recursive: true });
  writeList(join(folder, 'tag.yaml'), tag(name, rev));
}

function writeList(file: string, items: readonly object[]): void {
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

/** The revision without a name calls itself `default`. */
function revision(name: string): readonly object[] {
  const rev = name === '' ? 'default' : name;
  const suffix = name === '' ? '' : `-${name}`;
  const labels = { app: 'istiod', 'istio.io/rev': rev };
  return [
    deployment(`istiod${suffix}`, 'istio-system', labels),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `istiod${suffix}`, namespace: 'istio-system', labels },
      spec: { selector: labels, ports: [{ name: 'https-dns', port: 15012 }] },
    },
    webhook(`istio-sidecar-injector${suffix}`, { app: 'sidecar-injector', 'istio.io/rev': rev }),
  ];
}

/** A tag: the webhook by which istioctl and the scripts know it, and an admission policy that injects in its place. */
function tag(name: string, rev: string): readonly object[] {
  const status = JSON.stringify({ containers: ['istio-proxy'], revision: rev });
  const expression = `Object{
    metadata: Object.metadata{annotations: {"sidecar.istio.io/status": '${status}'}},
    spec: Object.spec{initContainers: [Object.spec.initContainers{name: "istio-proxy", image: "istio-proxy", restartPolicy: "Always"}]}
  }`;
  const admission = 'admissionregistration.k8s.io/v1beta1';
  return [
    webhook(`istio-revision-tag-${name}`, { app: 'sidecar-injector', 'istio.io/tag': name, 'istio.io/rev': rev }),
    {
      apiVersion: admission,
      kind: 'MutatingAdmissionPolicy',
      metadata: { name: `inject-${name}` },
      spec: {
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'istio-injection': 'enabled' } },
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
      },
    },
    {
      apiVersion: admission,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name: `inject-${name}` },
      spec: { policyName: `inject-${name}` },
    },
  ];
}

/** Registered, but for no object: nobody answers there. */
function webhook(name: string, labels: Readonly<Record<string, string>>): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name, labels },
    webhooks: [
      {
        name: 'rev.namespace.sidecar-injector.istio.io',
        clientConfig: { service: { name: 'istiod', namespace: 'istio-system', path: '/inject' } },
        objectSelector: { matchLabels: { 'no-such-label': 'none' } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}

function deployment(name: string, namespace: string, labels: Readonly<Record<string, string>>): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image: 'nothing-runs-here' }] } },
    },
  };
}
