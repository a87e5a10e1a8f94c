import { header } from '../../../../../src/lib/headers.ts';
import type { KeptKind } from '../../../../../src/mesh/kept.ts';
import type { HttpRequest } from '../../../../../src/ports/http.ts';
import { KINDS } from '../../../../../src/sources/kubernetes/kinds.ts';
import { broken, data, end, head, type Script, type ScriptStep } from '../../../../support/streams.ts';
import type { ModelCluster } from './model-cluster.ts';

/** How one answer is spoilt. */
export type Trouble =
  | 'none'
  | 'throttled'
  | 'failing'
  | 'unauthorized'
  | 'expired'
  | 'compacted'
  | 'unreachable'
  | 'silent'
  | 'html'
  | 'half-line'
  | 'noise'
  | 'error-410'
  | 'error-500'
  | 'replay'
  | 'cut';

export const TROUBLES: readonly Trouble[] = [
  'none',
  'none',
  'throttled',
  'failing',
  'unauthorized',
  'expired',
  'compacted',
  'unreachable',
  'silent',
  'html',
  'half-line',
  'noise',
  'error-410',
  'error-500',
  'replay',
  'cut',
];

export interface ModelServerOptions {
  readonly cluster: ModelCluster;
  /** The kinds that it serves. */
  readonly kinds: readonly KeptKind[];
  /** How the next answer is spoilt. */
  readonly trouble?: () => Trouble;
  /** The length of the next piece of a body, at least 1. */
  readonly piece?: () => number;
  /** Discovery in one document, or the older way. */
  readonly aggregated?: boolean;
  /** The one token that it takes; absent: it asks for none. */
  readonly token?: () => string;
  readonly forbidden?: readonly KeptKind[];
  readonly demo?: boolean;
}

/** The API server of a model cluster, as a script for `scriptedStreams`. A watch looks for news every 50 ms. */
export function modelServer(options: ModelServerOptions): Script {
  const { cluster, kinds, trouble = () => 'none', token } = options;
  const headers = options.demo ? ([['x-mesh-mcp-demo', 'true']] as const) : [];
  const refuse = (status: number, more: readonly (readonly [string, string])[] = []): readonly ScriptStep[] => [
    head(status, { headers: [...headers, ...more] }),
    data(JSON.stringify({ kind: 'Status', apiVersion: 'v1', code: status, message: 'secret words of the server' })),
    end(),
  ];
  const json = (value: unknown): readonly ScriptStep[] => [head(200, { headers }), ...pieces(JSON.stringify(value), options), end()];

  return (request) => {
    if (token !== undefined && header(request.headers, 'authorization') !== `Bearer ${token()}`) return refuse(401);
    const url = new URL(request.url);
    const spoilt = trouble();
    switch (spoilt) {
      case 'throttled':
        return refuse(429, [['retry-after', '1']]);
      case 'failing':
        return refuse(503);
      case 'unauthorized':
        return refuse(401);
      case 'unreachable':
        return [broken('unreachable', 5)];
      case 'html':
        return [head(200), data('<html>secret words of a proxy</html>'), end()];
      case 'silent':
        if (!isWatch(url)) return [];
        break;
      case 'compacted':
        cluster.compact();
        break;
      case 'expired':
        if (url.searchParams.has('continue')) return refuse(410);
    }
    const discovered = discovery(url.pathname, request, options);
    if (discovered !== undefined) return json(discovered);
    const target = targetOf(url.pathname, kinds);
    if (target === undefined) return refuse(404);
    if (options.forbidden?.includes(target.kind)) return refuse(403);
    const wanted = { ...target, namespace: target.namespace ?? nameSelector(url) };
    if (isWatch(url)) return watch(url, wanted, spoilt, options);
    const page = list(url, wanted, cluster);
    return page === undefined ? refuse(410) : json(page);
  };
}

interface Target {
  readonly kind: KeptKind;
  readonly namespace: string | undefined;
}

const isWatch = (url: URL) => url.searchParams.get('watch') === 'true';

const nameSelector = (url: URL) => /^metadata\.name=(.+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1];

function root(kind: KeptKind): string {
  const { group, versions } = KINDS[kind];
  return group === '' ? '/api/v1' : `/apis/${group}/${versions[0]}`;
}

function targetOf(path: string, kinds: readonly KeptKind[]): Target | undefined {
  for (const kind of kinds) {
    const match = new RegExp(`^${root(kind)}(?:/namespaces/([^/]+))?/${KINDS[kind].resource}$`).exec(path);
    if (match !== null) return { kind, namespace: match[1] };
  }
  return undefined;
}

/** What `kubectl get --raw` shows of a cluster with these kinds. */
function discovery(path: string, request: HttpRequest, { kinds, aggregated = true }: ModelServerOptions): unknown {
  const served = kinds.map((kind) => ({ ...KINDS[kind], path: root(kind), version: KINDS[kind].versions[0] }));
  const wanted = served.filter(({ group }) => (group === '') === (path === '/api'));
  const groups = [...new Set(wanted.map(({ group }) => group))];
  const versionsOf = (name: string) => [...new Set(wanted.filter(({ group }) => group === name).map(({ version }) => version))];
  const verbs = ['get', 'list', 'watch'];
  if (path !== '/api' && path !== '/apis') {
    const resources = served.filter((kind) => kind.path === path).map(({ resource }) => ({ name: resource, verbs }));
    return resources.length === 0 ? undefined : { kind: 'APIResourceList', resources };
  }
  if (aggregated && header(request.headers, 'accept')?.includes('as=APIGroupDiscoveryList')) {
    const items = groups.map((name) => ({
      metadata: name === '' ? {} : { name },
      versions: versionsOf(name).map((version) => ({
        version,
        freshness: 'Current',
        resources: wanted.filter((kind) => kind.group === name && kind.version === version).map(({ resource }) => ({ resource, verbs })),
      })),
    }));
    return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  }
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  return { kind: 'APIGroupList', groups: groups.map((name) => ({ name, versions: versionsOf(name).map((version) => ({ version })) })) };
}

/** One page, or undefined where the continue token is too old. */
function list(url: URL, { kind, namespace }: Target, cluster: ModelCluster): unknown {
  const limit = Number(url.searchParams.get('limit'));
  const [version = cluster.resourceVersion, from = 0] = (url.searchParams.get('continue') ?? '').split('/').filter(Boolean).map(Number);
  if (!cluster.remembers(version)) return undefined;
  const all = cluster.objects(kind, namespace, version);
  const to = Math.min(all.length, from + limit);
  const metadata = { resourceVersion: String(version), ...(to < all.length ? { continue: `${version}/${to}` } : {}) };
  const partial = KINDS[kind].form === 'metadata';
  return {
    kind: partial ? 'PartialObjectMetadataList' : `${KINDS[kind].kind}List`,
    apiVersion: 'v1',
    metadata,
    items: all.slice(from, to),
  };
}

const LOOK_EVERY_MS = 50;

function* watch(url: URL, { kind, namespace }: Target, spoilt: Trouble, options: ModelServerOptions): Iterable<ScriptStep> {
  const { cluster } = options;
  let seen = Number(url.searchParams.get('resourceVersion'));
  const error = (code: number) => `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', apiVersion: 'v1', code } })}\n`;
  yield head(200, { headers: options.demo ? [['x-mesh-mcp-demo', 'true']] : [] });
  if (spoilt === 'silent') return;
  if (!cluster.remembers(seen)) {
    yield* pieces(error(410), options);
    yield end();
    return;
  }
  if (spoilt === 'replay')
    yield* pieces(
      cluster
        .events(kind, namespace, seen - 12)
        .map((text) => `${text}\n`)
        .join(''),
      options,
    );
  for (let passed = 0; passed < Number(url.searchParams.get('timeoutSeconds')) * 1000; passed += LOOK_EVERY_MS) {
    const news = cluster
      .events(kind, namespace, seen)
      .map((text) => `${text}\n`)
      .join('');
    if (spoilt === 'half-line' || spoilt === 'cut') {
      // It ends in the middle of what it has to tell.
      yield* pieces(news.slice(0, Math.floor(news.length * 0.6)), options);
      yield spoilt === 'cut' ? broken() : end();
      return;
    }
    seen = Math.max(seen, cluster.resourceVersion);
    yield* pieces(news, options);
    if (spoilt === 'noise') yield data('{"type":"ADDED","object":{\n');
    if (spoilt === 'error-410' || spoilt === 'error-500') yield* pieces(error(spoilt === 'error-410' ? 410 : 500), options);
    if (passed % 1000 === 950)
      yield data(
        `${JSON.stringify({ type: 'BOOKMARK', object: { kind: KINDS[kind].kind, metadata: { resourceVersion: String(seen) } } })}\n`,
      );
    yield data('', LOOK_EVERY_MS);
  }
  yield end();
}

/** A text as bytes, cut anywhere. */
function pieces(text: string, { piece }: ModelServerOptions): readonly ScriptStep[] {
  const bytes = new TextEncoder().encode(text);
  if (piece === undefined) return bytes.length === 0 ? [] : [data(bytes)];
  const steps: ScriptStep[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = piece();
    steps.push(data(bytes.subarray(at, at + length)));
    at += length;
  }
  return steps;
}
