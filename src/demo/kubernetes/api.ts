import { header } from '../../lib/headers.ts';
import type { Json, JsonObject } from '../../lib/json.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import type { DemoHandler, DemoRequest, DemoResponse } from '../http.ts';
import { continueToken, readContinueToken } from './continue.ts';
import { type DemoObject, type DemoObjects, keyOf, makeObjects, RESOURCE_VERSION } from './objects.ts';
import { SAMPLE, type SampleNamespace } from './sample.ts';

/** What a demo API can be told to do. */
export interface DemoKubernetesOptions {
  /** The cluster that it shows. */
  readonly sample?: readonly SampleNamespace[];
  /** The one bearer token that it accepts; absent: it asks for none. */
  readonly token?: string;
  /** Resources (`pods`) that the token may not list or get. */
  readonly forbidden?: readonly string[];
}

/** A resource that the API serves. */
interface Resource {
  readonly group: string;
  readonly resource: keyof DemoObjects;
  readonly kind: string;
  readonly namespaced: boolean;
}

const RESOURCES: readonly Resource[] = [
  { group: '', resource: 'namespaces', kind: 'Namespace', namespaced: false },
  { group: '', resource: 'services', kind: 'Service', namespaced: true },
  { group: '', resource: 'pods', kind: 'Pod', namespaced: true },
  { group: 'apps', resource: 'replicasets', kind: 'ReplicaSet', namespaced: true },
  { group: 'apps', resource: 'deployments', kind: 'Deployment', namespaced: true },
  { group: 'apps', resource: 'statefulsets', kind: 'StatefulSet', namespaced: true },
  { group: 'apps', resource: 'daemonsets', kind: 'DaemonSet', namespaced: true },
];

/**
 * A Kubernetes API over a sample cluster, as far as this product reads one: discovery, lists in pages, single objects, the metadata-only forms,
 * field selectors, and errors in the API's own shape. Read-only. `test/contract/kubernetes.ts` holds it to what a kube-apiserver does. Every answer
 * bears `x-mesh-mcp-demo: true`, so that no reader can take it for a cluster's.
 */
export function demoKubernetes(options: DemoKubernetesOptions = {}): DemoHandler {
  const objects = makeObjects(options.sample ?? SAMPLE);
  return (request) => {
    const fixed = FIXED[request.path];
    if (request.method !== 'GET') return failure(405, 'MethodNotAllowed', 'the demo API is read-only');
    if (fixed !== undefined) return fixed;
    const refused = authorize(request, options);
    if (refused !== undefined) return refused;
    const target = parseTarget(request.path);
    if (target === undefined) return answer(404, 'text/plain; charset=utf-8', '404 page not found\n');
    if (options.forbidden?.includes(target.resource.resource)) return forbidden(target, 'demo');
    return target.name === undefined ? list(objects, target, request) : get(objects, target, target.name, request);
  };
}

function authorize(request: DemoRequest, { token }: DemoKubernetesOptions): DemoResponse | undefined {
  if (token === undefined) return undefined;
  const given = header(request.headers, 'authorization');
  if (given === `Bearer ${token}`) return undefined;
  if (given !== undefined) return failure(401, 'Unauthorized', 'Unauthorized');
  const target = parseTarget(request.path);
  return target === undefined
    ? failure(403, 'Forbidden', 'forbidden: User "system:anonymous" cannot get path')
    : forbidden(target, 'system:anonymous');
}

/** What a path names: a collection, or one object of it. */
interface Target {
  readonly resource: Resource;
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** `/api/v1/…` and `/apis/apps/v1/…`, with `namespaces/<ns>/` before a namespaced resource. */
function parseTarget(path: string): Target | undefined {
  const parts = path.split('/').slice(1);
  const core = parts[0] === 'api' && parts[1] === 'v1';
  const apps = parts[0] === 'apis' && parts[1] === 'apps' && parts[2] === 'v1';
  if (!core && !apps) return undefined;
  const rest = parts.slice(core ? 2 : 3);
  const inside = rest[0] === 'namespaces' && rest.length > 2 ? rest[1] : undefined;
  const [plural, name, ...more] = inside === undefined ? rest : rest.slice(2);
  const resource = RESOURCES.find((candidate) => candidate.resource === plural && candidate.group === (core ? '' : 'apps'));
  if (resource === undefined || more.length > 0 || name === '') return undefined;
  const misplaced = inside === undefined ? resource.namespaced && name !== undefined : !resource.namespaced;
  return misplaced ? undefined : { resource, namespace: inside, name };
}

function list(objects: DemoObjects, { resource, namespace }: Target, request: DemoRequest): DemoResponse {
  const query = new URLSearchParams(request.query);
  if ((query.get('labelSelector') ?? '') !== '' || query.get('watch') === 'true' || query.get('watch') === '1') {
    return failure(400, 'BadRequest', 'the demo API knows neither label selectors nor watches');
  }
  const selector = parseFieldSelector(query.get('fieldSelector') ?? '', resource);
  if (selector === undefined) return failure(400, 'BadRequest', 'field label not supported');
  const limit = Number(query.get('limit') ?? '0');
  if (!Number.isSafeInteger(limit) || limit < 0) return failure(400, 'BadRequest', 'limit is not a number');
  const given = query.get('continue') ?? '';
  const token = given === '' ? undefined : readContinueToken(given);
  if (given !== '' && token === undefined) return failure(400, 'BadRequest', 'continue key is not valid');
  if (token !== undefined && token.resourceVersion !== RESOURCE_VERSION) {
    return failure(410, 'Expired', 'The provided continue parameter is too old to display a consistent list result.');
  }
  const all = objects[resource.resource].filter(
    (object) => (namespace === undefined || object.namespace === namespace) && selector(object),
  );
  const rest = token === undefined ? all : all.filter((object) => keyOf(object) > token.after);
  const page = limit === 0 ? rest : rest.slice(0, limit);
  const last = page.at(-1);
  const remaining = rest.length - page.length;
  const metadata: JsonObject = {
    resourceVersion: RESOURCE_VERSION,
    ...(remaining === 0 || last === undefined
      ? {}
      : { continue: continueToken({ resourceVersion: RESOURCE_VERSION, after: keyOf(last) }) }),
    // The API server does not count what a selector would leave.
    ...(remaining === 0 || (query.get('fieldSelector') ?? '') !== '' ? {} : { remainingItemCount: remaining }),
  };
  if (wantsMetadata(request, 'PartialObjectMetadataList')) {
    const items = page.map(partial);
    return json(200, { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items });
  }
  const items = page.map(({ object }) => object);
  return json(200, { kind: `${resource.kind}List`, apiVersion: apiVersion(resource), metadata, items });
}

function get(objects: DemoObjects, { resource, namespace = '' }: Target, name: string, request: DemoRequest): DemoResponse {
  const found = objects[resource.resource].find((object) => object.namespace === namespace && object.name === name);
  if (found === undefined) return failure(404, 'NotFound', `${resource.resource} "${name}" not found`, { name, kind: resource.resource });
  if (wantsMetadata(request, 'PartialObjectMetadata')) return json(200, partial(found));
  return json(200, { kind: resource.kind, apiVersion: apiVersion(resource), ...found.object });
}

function partial({ object }: DemoObject): JsonObject {
  const { metadata } = object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

/** Whether the first media type that the client names asks for the metadata form. */
function wantsMetadata(request: DemoRequest, as: string): boolean {
  const [first = ''] = (header(request.headers, 'accept') ?? '').split(',');
  const parameters = first.split(';').map((part) => part.trim());
  return parameters.includes(`as=${as}`) && parameters.includes('g=meta.k8s.io') && parameters.includes('v=v1');
}

/** `metadata.name`, `metadata.namespace`, and a pod's `status.phase`, each with `=`, `==` or `!=`; undefined where anything else is asked. */
function parseFieldSelector(text: string, resource: Resource): ((object: DemoObject) => boolean) | undefined {
  const tests: ((object: DemoObject) => boolean)[] = [];
  for (const term of text.split(',')) {
    if (term === '') continue;
    const match = /^([A-Za-z.]+)(==|=|!=)([^=!]*)$/.exec(term);
    if (match === null) return undefined;
    const [, field = '', operator, value] = match;
    const read = FIELDS.get(field);
    if (read === undefined || (field === 'status.phase' && resource.resource !== 'pods')) return undefined;
    tests.push((object) => (read(object) === value) === (operator !== '!='));
  }
  return (object) => tests.every((test) => test(object));
}

const FIELDS: ReadonlyMap<string, (object: DemoObject) => string | undefined> = new Map([
  ['metadata.name', ({ name }: DemoObject) => name],
  ['metadata.namespace', ({ namespace }) => namespace],
  ['status.phase', ({ phase }) => phase],
]);

function apiVersion({ group }: Resource): string {
  return group === '' ? 'v1' : `${group}/v1`;
}

function forbidden({ resource, namespace, name }: Target, user: string): DemoResponse {
  const verb = name === undefined ? 'list' : 'get';
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const message = `${resource.resource} is forbidden: User "${user}" cannot ${verb} resource "${resource.resource}" in API group "${resource.group}" ${where}`;
  return failure(403, 'Forbidden', message, { kind: resource.resource });
}

function failure(code: number, reason: string, message: string, details?: JsonObject): DemoResponse {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return json(code, details === undefined ? status : { ...status, details });
}

function json(status: number, body: Json): DemoResponse {
  return answer(status, 'application/json', JSON.stringify(body));
}

function answer(status: number, type: string, text: string): DemoResponse {
  return {
    status,
    headers: [
      ['content-type', type],
      ['x-mesh-mcp-demo', 'true'],
    ],
    body: encodeUtf8(text),
  };
}

function resourceList(group: string): DemoResponse {
  const resources = RESOURCES.filter((resource) => resource.group === group).map(({ resource, kind, namespaced }) => ({
    name: resource,
    singularName: kind.toLowerCase(),
    namespaced,
    kind,
    verbs: ['get', 'list'],
  }));
  return json(200, { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: group === '' ? 'v1' : `${group}/v1`, resources });
}

const OK = answer(200, 'text/plain; charset=utf-8', 'ok');
const APPS_V1 = { groupVersion: 'apps/v1', version: 'v1' };

/** Paths with the same answer for everybody. */
const FIXED: Readonly<Record<string, DemoResponse>> = {
  '/version': json(200, {
    major: '1',
    minor: '35',
    gitVersion: 'v1.35.4+demo',
    gitCommit: 'demo',
    gitTreeState: 'clean',
    platform: 'demo/demo',
  }),
  '/readyz': OK,
  '/livez': OK,
  '/healthz': OK,
  '/api': json(200, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }),
  '/apis': json(200, {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [{ name: 'apps', versions: [APPS_V1], preferredVersion: APPS_V1 }],
  }),
  '/api/v1': resourceList(''),
  '/apis/apps/v1': resourceList('apps'),
};
