import { makeObjects } from '../../../src/demo/kubernetes/objects.ts';
import { SAMPLE, type SampleNamespace } from '../../../src/demo/kubernetes/sample.ts';
import { isObject, type JsonObject } from '../../../src/lib/json.ts';
import type { KubeApiServer } from './kube-apiserver.ts';
import { until } from './wait.ts';

/** In the order in which they can be made: what names another comes after it. */
const PATHS = [
  ['services', '/api/v1'],
  ['deployments', '/apis/apps/v1'],
  ['statefulsets', '/apis/apps/v1'],
  ['daemonsets', '/apis/apps/v1'],
  ['replicasets', '/apis/apps/v1'],
  ['pods', '/api/v1'],
] as const;

/** The Service that the API server makes by itself, soon after its start, with its own port and address. */
const BUILT_IN = { namespace: 'default', name: 'kubernetes' };

/**
 * Makes the objects of the demo cluster on a real API server. No controller runs there, so what controllers would make (ReplicaSets, pods, the pods'
 * phase) is written as they would write it, and nothing undoes it.
 */
export async function seed(api: KubeApiServer, sample: readonly SampleNamespace[] = SAMPLE): Promise<void> {
  const objects = makeObjects(sample);
  for (const { name, object } of objects.namespaces) {
    await create(api, '/api/v1/namespaces', object, [201, 409]);
    // A pod needs it, and it is a controller that makes it elsewhere.
    await create(api, `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } }, [201, 409]);
  }
  await until('the API server’s own Service', async () => {
    const { status } = await api.call('GET', `/api/v1/namespaces/${BUILT_IN.namespace}/services/${BUILT_IN.name}`);
    return status === 200 || undefined;
  });
  for (const [resource, root] of PATHS) {
    for (const { namespace, name, object } of objects[resource]) {
      if (resource === 'services' && namespace === BUILT_IN.namespace && name === BUILT_IN.name) continue;
      const path = `${root}/namespaces/${namespace}/${resource}`;
      await create(api, path, object, [201]);
      if (resource === 'pods') await accept(api, 'PATCH', `${path}/${name}/status`, { status: { phase: phaseOf(object) } }, [200]);
    }
  }
}

function phaseOf({ status }: JsonObject): unknown {
  const { phase } = isObject(status) ? status : {};
  return phase;
}

function create(api: KubeApiServer, path: string, object: JsonObject, expected: readonly number[]): Promise<void> {
  const { metadata, spec } = object;
  const { uid: _, resourceVersion: __, creationTimestamp: ___, ...given } = isObject(metadata) ? metadata : {};
  return accept(api, 'POST', path, { metadata: given, ...(isObject(spec) ? { spec: withoutAddress(spec) } : {}) }, expected);
}

/** The server chooses the addresses of Services. `None` is no address but a wish. */
function withoutAddress({ clusterIP, clusterIPs: _, ...spec }: JsonObject): JsonObject {
  return clusterIP === 'None' ? { clusterIP, ...spec } : spec;
}

async function accept(api: KubeApiServer, method: string, path: string, body: object, expected: readonly number[]): Promise<void> {
  const answer = await api.call(method, path, body);
  if (!expected.includes(answer.status)) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}
