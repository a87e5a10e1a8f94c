import { makeObjects } from '../../../src/demo/kubernetes/objects.ts';
import { apiVersionOf, RESOURCE_KEYS, RESOURCES, type Resource, type ResourceKey } from '../../../src/demo/kubernetes/resources.ts';
import { SAMPLE, type SampleNamespace } from '../../../src/demo/kubernetes/sample.ts';
import { isObject, type JsonObject } from '../../../src/lib/json.ts';
import type { KubeApiServer } from './kube-apiserver.ts';
import { until } from './wait.ts';

/** In the order in which they can be made: what names another comes after it. Custom resources name nothing that is checked. */
const FIRST: readonly ResourceKey[] = [
  'serviceaccounts',
  'services',
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'cronjobs',
  'jobs',
  'pods',
];
const ORDER: readonly ResourceKey[] = [...FIRST, ...RESOURCE_KEYS.filter((key) => RESOURCES[key].custom)];

/** The Service that the API server makes by itself, soon after its start, with its own port and address. */
const BUILT_IN = { namespace: 'default', name: 'kubernetes' };

/**
 * Makes the objects of the demo cluster on a real API server. No controller runs there, so what controllers would make (ReplicaSets, pods, the status
 * of workloads and routes) is written as they would write it, and nothing undoes it. Custom resources that the server does not serve are left out:
 * see `crds.ts`.
 */
export async function seed(api: KubeApiServer, sample: readonly SampleNamespace[] = SAMPLE): Promise<void> {
  const objects = makeObjects(sample);
  for (const { object } of objects.namespaces)
    await create(api, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', ...object }, [201, 409]);
  await until('the API server’s own Service', async () => {
    const { status } = await api.call('GET', `/api/v1/namespaces/${BUILT_IN.namespace}/services/${BUILT_IN.name}`);
    return status === 200 || undefined;
  });
  for (const key of ORDER) {
    const resource: Resource = RESOURCES[key];
    const root = rootOf(resource);
    if (objects[key].length === 0 || (resource.custom && !(await isServed(api, root, resource)))) continue;
    for (const { namespace, name, object } of objects[key]) {
      if (key === 'services' && namespace === BUILT_IN.namespace && name === BUILT_IN.name) continue;
      const path = `${root}/namespaces/${namespace}/${resource.resource}`;
      const typed = { apiVersion: apiVersionOf(resource.group, resource.versions[0]), kind: resource.kind, ...object };
      await create(api, path, typed, key === 'serviceaccounts' ? [201, 409] : [201]);
      const { status } = object;
      if (status !== undefined && key !== 'services') await accept(api, 'PATCH', `${path}/${name}/status`, { status }, [200]);
    }
  }
}

function rootOf({ group, versions }: Resource): string {
  const version = apiVersionOf(group, versions[0]);
  return group === '' ? `/api/${version}` : `/apis/${version}`;
}

async function isServed(api: KubeApiServer, root: string, { resource }: Resource): Promise<boolean> {
  return (await api.call('GET', `${root}/${resource}?limit=1`)).status === 200;
}

function create(api: KubeApiServer, path: string, object: JsonObject, expected: readonly number[]): Promise<void> {
  const { metadata, spec, status: _status, ...more } = object;
  const { uid: _, generation: __, creationTimestamp: ___, managedFields: ____, ...given } = isObject(metadata) ? metadata : {};
  return accept(api, 'POST', path, { ...more, metadata: given, ...(isObject(spec) ? { spec: withoutAddress(spec) } : {}) }, expected);
}

/** The server chooses the addresses of Services. `None` is no address but a wish. */
function withoutAddress({ clusterIP, clusterIPs: _, ...spec }: JsonObject): JsonObject {
  return clusterIP === 'None' ? { clusterIP, ...spec } : spec;
}

async function accept(api: KubeApiServer, method: string, path: string, body: object, expected: readonly number[]): Promise<void> {
  const answer = await api.call(method, path, body);
  if (!expected.includes(answer.status)) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}
