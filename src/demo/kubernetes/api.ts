import { header } from '../../lib/headers.ts';
import type { Json, JsonObject } from '../../lib/json.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import type { DemoAnswer, DemoHandler, DemoRequest, DemoResponse, DemoStream } from '../http.ts';
import { type Form, formFor } from './accept.ts';
import type { Written } from './apply.ts';
import { type AccessOptions, authorize } from './authorize.ts';
import { type Cluster, liveObject } from './commit.ts';
import { remove } from './delete.ts';
import { aggregatedDiscovery, plainDiscovery } from './discovery.ts';
import { endpointSlicesPath, listEndpointSlices } from './endpoint-slices.ts';
import type { WriteRequest } from './incoming.ts';
import { flag, listCollection } from './list.ts';
import { startLife } from './lively.ts';
import { makeObjects } from './objects.ts';
import { representation } from './representation.ts';
import { SAMPLE, type SampleNamespace } from './sample.ts';
import { methodNotAllowed, noSuchResource, Refusal } from './status.ts';
import { createStorage } from './storage.ts';
import type { DemoObject } from './stored.ts';
import { parseTarget, type Target } from './target.ts';
import { openWatch, type Watch } from './watch.ts';
import { create, patch, replace } from './write.ts';

/** What a demo API can be told to do. */
export interface DemoKubernetesOptions extends AccessOptions {
  /** The cluster that it shows. */
  readonly sample?: readonly SampleNamespace[];
  /** Wall time in milliseconds; the process's by default. */
  readonly now?: () => number;
  /** How many changes a watch can catch up with; who comes from further back gets 410. */
  readonly history?: number;
  /** Lets the cluster live: see `lively.ts`. Without it nothing changes but by writes. */
  readonly lively?: boolean;
  /** When its life began, for who wants another demo server to agree with it; the start of this one by default. Milliseconds since 1970. */
  readonly livelySinceMs?: number;
}

const HISTORY = 1_000;
/** The state that the sample begins in. */
const FIRST_REVISION = 4_711;

/** A demo API as its host drives it. */
export interface DemoKubernetes extends DemoHandler {
  /** Ends watches whose time is over, sends bookmarks, and lets the lively cluster live. */
  readonly tick: () => void;
}

/**
 * A Kubernetes API over a sample cluster in memory, as far as this product needs one: discovery, lists in pages, watches, single objects, the
 * metadata-only forms, selectors, all writes with dry run and field ownership, and errors in the API's own shape. What it leaves out: admission,
 * schemas below the top of `spec`, strategic merge patches, subresources but `status`, delete of collections, finalizers, YAML and Table answers.
 * `test/contract/kubernetes.ts` holds it to what a kube-apiserver does. Every answer bears `x-mesh-mcp-demo: true`, so that no reader can take it for
 * a cluster's.
 */
export function demoKubernetes(options: DemoKubernetesOptions = {}): DemoKubernetes {
  const { sample = SAMPLE, now = Date.now, history = HISTORY, lively = false } = options;
  const { livelySinceMs = now() } = options;
  const storage = createStorage({
    objects: makeObjects(sample),
    // A cluster that lives is another one after each start: who comes back with an older state must read everything anew.
    revision: lively ? Math.floor(now() / 1_000) : FIRST_REVISION,
    history,
  });
  const cluster: Cluster = { storage, now };
  const watches = new Set<Watch>();
  const live = lively ? startLife(cluster, sample, livelySinceMs) : () => {};

  const stream = (target: Target, query: URLSearchParams, form: Form): DemoStream => {
    const watch = openWatch(storage, target, query, form, now);
    return {
      status: 200,
      headers: headersOf('application/json'),
      start: (write, end) => {
        watches.add(watch);
        watch.begin(write, () => {
          watches.delete(watch);
          end();
        });
        return () => {
          watches.delete(watch);
          watch.stop();
        };
      },
    };
  };

  const answerTo = (request: DemoRequest): DemoAnswer => {
    const target = parseTarget(request.path);
    authorize(request, typeof target === 'string' ? undefined : target, options);
    if (typeof target !== 'string') return resourceAnswer(cluster, target, request, stream);
    const slices = endpointSlicesPath(request.path);
    if (slices !== undefined && request.method === 'GET')
      return json(200, listEndpointSlices(storage, slices, new URLSearchParams(request.query)));
    const fixed = FIXED[request.path];
    if (fixed !== undefined) return fixed;
    const discovered = discovery(request);
    if (discovered !== undefined) return discovered;
    if (target === 'no-such-resource') throw noSuchResource();
    return text(404, 'text/plain; charset=utf-8', '404 page not found\n');
  };

  const handler = (request: DemoRequest): DemoAnswer => {
    live();
    try {
      return answerTo(request);
    } catch (error) {
      if (error instanceof Refusal) return json(error.code, error.status);
      throw error;
    }
  };
  const tick = (): void => {
    live();
    for (const watch of [...watches]) watch.tick();
  };
  return Object.assign(handler, { tick });
}

/** A watch tells of objects, a list lists them; asked for the other form, the one ends and the other refuses. */
const LIST_FORMS = ['PartialObjectMetadata', 'PartialObjectMetadataList'];

type Stream = (target: Target, query: URLSearchParams, form: Form) => DemoStream;

function resourceAnswer(cluster: Cluster, target: Target, request: DemoRequest, stream: Stream): DemoAnswer {
  const { method, headers, body } = request;
  const query = new URLSearchParams(request.query);
  const accept = header(headers, 'accept');
  const write: WriteRequest = { query, headers, body };
  const { name } = target;
  // Before anything is written: what cannot be answered is not done.
  const form = formFor(accept, method === 'GET' && name === undefined ? LIST_FORMS : ['PartialObjectMetadata']);
  if (name === undefined) {
    if (method === 'POST') return writtenAnswer(target, create(cluster, target, write), form);
    if (method !== 'GET') throw methodNotAllowed();
    if (flag(query, 'watch')) return stream(target, query, form);
    return json(200, listCollection(cluster.storage, target, query, form));
  }
  const named = { ...target, name };
  switch (method) {
    case 'GET':
      return objectAnswer(target, 200, liveObject(cluster, named), form);
    case 'PUT':
      return writtenAnswer(target, replace(cluster, named, write), form);
    case 'PATCH':
      return writtenAnswer(target, patch(cluster, named, write), form);
    case 'DELETE': {
      if (target.subresource !== '') throw methodNotAllowed();
      const deleted = remove(cluster, named, write);
      return deleted.tag === 'status' ? json(200, deleted.status) : objectAnswer(target, 200, deleted.object, form);
    }
    default:
      throw methodNotAllowed();
  }
}

function objectAnswer(target: Target, code: number, object: DemoObject, form: Form, warnings: readonly string[] = []): DemoResponse {
  const answer = json(code, representation(object, target, form, 'alone'));
  // RFC 7234, 5.5: 299 is a warning of no further meaning.
  return { ...answer, headers: [...answer.headers, ...warnings.map((words) => ['warning', `299 - ${JSON.stringify(words)}`] as const)] };
}

function writtenAnswer(target: Target, { code, object, warnings }: Written, form: Form): DemoResponse {
  return objectAnswer(target, code, object, form, warnings);
}

/** What is served, to who asks for it with GET; undefined for any other path. */
function discovery({ method, path, headers }: DemoRequest): DemoResponse | undefined {
  const plain: JsonObject | undefined = plainDiscovery(path);
  if (plain === undefined) return undefined;
  if (method !== 'GET') throw methodNotAllowed();
  const root = path === '/api' || path === '/apis';
  const { as } = formFor(header(headers, 'accept'), root ? ['APIGroupDiscoveryList'] : []);
  if (as === undefined) return json(200, plain);
  return text(200, `application/json;g=apidiscovery.k8s.io;v=v2;as=${as}`, JSON.stringify(aggregatedDiscovery(path === '/api')));
}

function json(status: number, body: Json): DemoResponse {
  return text(status, 'application/json', JSON.stringify(body));
}

function text(status: number, type: string, body: string): DemoResponse {
  return { status, headers: headersOf(type), body: encodeUtf8(body) };
}

function headersOf(type: string): DemoResponse['headers'] {
  return [
    ['content-type', type],
    ['x-mesh-mcp-demo', 'true'],
  ];
}

const OK = text(200, 'text/plain; charset=utf-8', 'ok');

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
};
