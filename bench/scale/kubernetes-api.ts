/** The part of the Kubernetes API that the collector uses, over a generated cluster: discovery, paged lists, watches with bookmarks. */
import type { DemoAnswer, DemoHandler, DemoRequest, DemoStream } from '../../src/demo/http.ts';
import { aggregatedDiscovery } from '../../src/demo/kubernetes/discovery.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { KEPT_KINDS, type KeptKind } from '../../src/mesh/kept.ts';
import { KINDS } from '../../src/sources/kubernetes/kinds.ts';
import { type Cluster, numbers, PODS_PER_SERVICE, SERVICES } from './cluster.ts';

/** What a watch tells: a line of JSON, and the state of the cluster after it. */
interface LoggedEvent {
  readonly version: number;
  readonly line: string;
}

const FIRST_VERSION = 1000;

/** The kind under each path that lists it. */
const PATHS: ReadonlyMap<string, KeptKind> = new Map(
  KEPT_KINDS.flatMap((name) =>
    KINDS[name].versions.map((version): [string, KeptKind] => {
      const { group, resource } = KINDS[name];
      return [group === '' ? `/api/${version}/${resource}` : `/apis/${group}/${version}/${resource}`, name];
    }),
  ),
);

/** Serves a cluster, and changes it. */
export class KubernetesApi {
  readonly #cluster: Cluster;
  readonly #events = new Map<KeptKind, LoggedEvent[]>();
  #version = FIRST_VERSION;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  readonly handler: DemoHandler = Object.assign((request: DemoRequest): DemoAnswer => this.#answer(request), {});

  /** Replaces every pod of a namespace, as a drained node pool does, and takes a ready pod from one of its Deployments, or gives it back. */
  changeNamespace(namespace: number): void {
    for (const service of numbers(SERVICES)) for (const ordinal of numbers(PODS_PER_SERVICE)) this.changePod(namespace, service, ordinal);
    this.#log('deployments', 'MODIFIED', this.#cluster.toggle({ namespace, service: 0 }));
  }

  changePod(namespace: number, service: number, ordinal: number): void {
    const { gone, come } = this.#cluster.replacePod({ namespace, service }, ordinal);
    this.#log('pods', 'DELETED', gone);
    this.#log('pods', 'ADDED', come);
  }

  #log(kind: KeptKind, type: string, object: JsonObject): void {
    const version = ++this.#version;
    const line = JSON.stringify({
      type,
      object: { ...object, metadata: { ...Object(object.metadata), resourceVersion: String(version) } },
    });
    const events = this.#events.get(kind) ?? [];
    events.push({ version, line });
    this.#events.set(kind, events);
  }

  #answer({ path, query }: DemoRequest): DemoAnswer {
    if (path === '/api' || path === '/apis') {
      return json(
        200,
        JSON.stringify(aggregatedDiscovery(path === '/api')),
        'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
      );
    }
    const kind = PATHS.get(path);
    if (kind === undefined) return json(404, JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }));
    const parameters = new URLSearchParams(query);
    return parameters.get('watch') === 'true' ? this.#watch(kind, parameters) : json(200, this.#page(kind, parameters));
  }

  /** A continue token names the state of the cluster, a namespace and a place in it. */
  #page(kind: KeptKind, parameters: URLSearchParams): string {
    const limit = Number(parameters.get('limit') ?? Number.POSITIVE_INFINITY);
    const [version = this.#version, from = 0, skip = 0] = (parameters.get('continue') ?? '')
      .split('.')
      .flatMap((text) => (text === '' ? [] : [Number(text)]));
    const items: JsonObject[] = [];
    let place = skip;
    let next: string | undefined;
    for (let namespace = from; namespace < this.#cluster.namespaces && next === undefined; namespace++) {
      const objects = this.#cluster.objects(kind, namespace);
      const taken = objects.slice(place, place + limit - items.length);
      items.push(...taken);
      place += taken.length;
      if (place < objects.length) next = `${version}.${namespace}.${place}`;
      else if (items.length === limit && namespace + 1 < this.#cluster.namespaces) next = `${version}.${namespace + 1}.0`;
      place = place < objects.length ? place : 0;
    }
    const { form, kind: name } = KINDS[kind];
    return JSON.stringify({
      kind: form === 'metadata' ? 'PartialObjectMetadataList' : `${name}List`,
      apiVersion: form === 'metadata' ? 'meta.k8s.io/v1' : 'v1',
      metadata: { resourceVersion: String(version), ...(next === undefined ? {} : { continue: next }) },
      items,
    });
  }

  /** What happened since, a bookmark, and silence to the end of the time that was asked for. */
  #watch(kind: KeptKind, parameters: URLSearchParams): DemoStream {
    const since = Number(parameters.get('resourceVersion'));
    const seconds = Number(parameters.get('timeoutSeconds'));
    const { form, kind: name } = KINDS[kind];
    const bookmark = JSON.stringify({
      type: 'BOOKMARK',
      object: {
        kind: form === 'metadata' ? 'PartialObjectMetadata' : name,
        apiVersion: 'v1',
        metadata: { resourceVersion: String(this.#version) },
      },
    });
    const lines = (this.#events.get(kind) ?? []).filter(({ version }) => version > since).map(({ line }) => line);
    return {
      status: 200,
      headers: [['content-type', 'application/json']],
      start: (write, end) => {
        write(new Uint8Array(Buffer.from([...lines, bookmark, ''].join('\n'))));
        const timer = setTimeout(end, seconds * 1000);
        return () => clearTimeout(timer);
      },
    };
  }
}

function json(status: number, text: string, type = 'application/json'): DemoAnswer {
  return { status, headers: [['content-type', type]], body: new Uint8Array(Buffer.from(text)) };
}
