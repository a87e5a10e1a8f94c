import type { JsonObject } from '../../lib/json.ts';
import type { Labels } from '../../mesh/membership.ts';
import { withDefaults } from './defaults.ts';
import { asText, at } from './json.ts';
import { applyObject } from './managed-fields.ts';
import { makeJobs } from './objects/jobs.ts';
import { type Made, makeMetadata } from './objects/metadata.ts';
import { makePods } from './objects/pods.ts';
import { makeAccount, makeReplicaSets, makeWorkload } from './objects/workloads.ts';
import { apiVersionOf, RESOURCE_KEYS, RESOURCES, type ResourceKey } from './resources.ts';
import type { SampleManifest, SampleNamespace, SamplePort, SampleService, SampleWorkload } from './sample/model.ts';
import { type DemoObject, keyOf, stored } from './stored.ts';

export type { DemoObject } from './stored.ts';

/** The objects of each resource. */
export type DemoObjects = Readonly<Record<ResourceKey, readonly DemoObject[]>>;

/**
 * Makes all objects of a sample, always the same ones, in the order of their keys, as lists from etcd come; without a resourceVersion, which is the
 * storage's to give.
 */
export function makeObjects(sample: readonly SampleNamespace[]): DemoObjects {
  // Object.fromEntries forgets the literal key type.
  const made = Object.fromEntries(RESOURCE_KEYS.map((key) => [key, []])) as unknown as Record<ResourceKey, DemoObject[]>;
  for (const { resource, object } of sample.flatMap(makeNamespace)) made[resource].push(stored(withDefaults(resource, object)));
  for (const key of RESOURCE_KEYS) made[key].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return made;
}

function makeNamespace(namespace: SampleNamespace): Made[] {
  const { name, labels = {}, annotations = {}, workloads, services, cronJobs = [], manifests = [] } = namespace;
  const accounts = new Set([
    'default',
    ...workloads.map((workload) => workload.account ?? workload.name),
    ...cronJobs.map((job) => job.name),
  ]);
  return [
    { resource: 'namespaces', object: { metadata: makeMetadata('namespaces', '', name, { labels, annotations }) } },
    ...[...accounts].map((account) => makeAccount(name, account)),
    ...services.map((service) => makeService(name, service)),
    ...workloads.flatMap((workload) => workloadObjects(name, workload)),
    ...cronJobs.flatMap((job) => makeJobs(name, job)),
    ...manifests.map((manifest) => makeManifest(name, manifest)),
  ];
}

/** A workload with what its controllers make of it. */
export function workloadObjects(namespace: string, workload: SampleWorkload): readonly Made[] {
  const own = makeWorkload(namespace, workload);
  if (workload.kind !== 'Deployment') return [own, ...makePods(namespace, workload, own)];
  const [current, previous] = makeReplicaSets(namespace, workload, own);
  return [own, current, previous, ...makePods(namespace, workload, current)];
}

function makeService(namespace: string, service: SampleService): Made {
  const { name, type = 'ClusterIP', selects = name, workload, externalName, ports } = service;
  const selector: Labels | undefined = selects === null ? undefined : { app: selects, ...(workload === undefined ? {} : { workload }) };
  const spec: JsonObject = {
    type: type === 'Headless' ? 'ClusterIP' : type,
    ...(type === 'Headless' ? { clusterIP: 'None' } : {}),
    ...(type === 'ExternalName' ? { externalName } : {}),
    ...(selector === undefined ? {} : { selector }),
    ...(ports.length === 0 ? {} : { ports: ports.map(servicePort) }),
  };
  return { resource: 'services', object: { metadata: makeMetadata('services', namespace, name, { labels: { app: name } }), spec } };
}

function servicePort({ name, port, targetPort = port, protocol = 'TCP', appProtocol }: SamplePort): JsonObject {
  return { name, protocol, port, targetPort, ...(appProtocol === undefined ? {} : { appProtocol }) };
}

/** Who deploys the sample's routes and policies, by server-side apply: somebody else who changes them meets a conflict first. */
const DEPLOYER = 'argocd-controller';

function makeManifest(namespace: string, { resource, name, labels, annotations, spec, status }: SampleManifest): Made {
  const { group, versions } = RESOURCES[resource];
  const metadata = makeMetadata(resource, namespace, name, {
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  });
  const writer = { manager: DEPLOYER, operation: 'Apply', apiVersion: apiVersionOf(group, versions[0]), subresource: '' } as const;
  const time = asText(at(metadata, 'creationTimestamp')) ?? '';
  const object = applyObject(RESOURCES[resource], {}, { metadata, spec }, { writer, force: false, time });
  return { resource, object: status === undefined ? object : { ...object, status } };
}
