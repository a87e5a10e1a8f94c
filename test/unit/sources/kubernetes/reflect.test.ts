import { describe, expect, it } from 'vitest';
import { MeshError } from '../../../../src/lib/errors.ts';
import { KEPT_KINDS, type KeptKind, type KeptObject } from '../../../../src/mesh/kept.ts';
import { type ReflectOptions, type ResumePoints, reflect } from '../../../../src/sources/kubernetes/reflect.ts';
import { notesOf } from '../../../../src/sources/kubernetes/status.ts';
import { fakeClock, fakeHttp } from '../../../support/ports.ts';
import { broken, data, end, head, type Script, scriptedStreams } from '../../../support/streams.ts';
import { type Condition, type Deed, fold, ModelCluster, sorted } from './support/model-cluster.ts';
import { type ModelServerOptions, modelServer, type Trouble } from './support/model-server.ts';

const BASIC: readonly KeptKind[] = ['pods', 'services', 'deployments', 'httpRoutes'];
const put = (kind: KeptKind, name: string, namespace = 'shop', condition: Condition | 'gone' = 'fine', label = 'x'): Deed => ({
  kind,
  namespace,
  name,
  condition,
  label,
});

interface Given {
  readonly server?: Partial<ModelServerOptions>;
  readonly options?: Partial<ReflectOptions>;
  readonly resume?: ResumePoints;
  readonly token?: () => string;
  /** Stands before the model server; undefined lets a request through. */
  readonly before?: (url: URL) => ReturnType<Script> | undefined;
  readonly cluster?: ModelCluster;
  /** What all randomness is. */
  readonly fraction?: number;
}

/** A reflection of a small cluster. */
function start({ server, options, resume = {}, token = () => '', before, cluster = new ModelCluster(), fraction = 0 }: Given = {}) {
  const clock = fakeClock();
  const told = new Map<string, KeptObject>();
  const answer = modelServer({ cluster, kinds: BASIC, ...server });
  const streams = scriptedStreams(clock, (request) => before?.(new URL(request.url)) ?? answer(request));
  const http = fakeHttp(
    () => {
      throw new Error('nothing is sent beside the streams');
    },
    () => streams,
  );
  const random = { fraction: () => fraction, bytes: () => new Uint8Array() };
  const reflection = reflect(
    { http, clock, random },
    { baseUrl: 'http://api', token },
    { windowMs: 10_000, requestMs: 1_000, ...options },
    resume,
  );
  const run = (ms: number) => {
    const until = clock.monotonic() + ms;
    while (clock.monotonic() < until) fold(told, reflection.next(until - clock.monotonic()));
  };
  const urls = () => streams.requests.map(({ url }) => new URL(url));
  const paths = () => urls().map(({ pathname, searchParams }) => (searchParams.has('watch') ? `watch ${pathname}` : pathname));
  return { reflection, cluster, clock, told, streams, run, urls, paths };
}

/** A cluster with an object of each basic kind. */
function small() {
  const cluster = new ModelCluster();
  for (const kind of BASIC) for (const name of ['a', 'b', 'c']) cluster.do(put(kind, name));
  return cluster;
}

describe('reflect', () => {
  it('finds what is served, lists it, then watches it, and says so', () => {
    const { reflection, run, paths, told, cluster } = start({ cluster: small() });
    expect(reflection.status()).toMatchObject({
      synced: false,
      settled: false,
      error: undefined,
      kinds: { pods: { tag: 'starting' }, httpRoutes: { tag: 'starting' } },
    });
    run(500);
    expect(sorted(told)).toEqual(sorted(cluster.kept(BASIC)));
    expect(paths().slice(0, 2)).toEqual(['/api', '/apis']);
    expect(paths().slice(2).sort()).toEqual([
      '/api/v1/pods',
      '/api/v1/services',
      '/apis/apps/v1/deployments',
      '/apis/gateway.networking.k8s.io/v1/httproutes',
      'watch /api/v1/pods',
      'watch /api/v1/services',
      'watch /apis/apps/v1/deployments',
      'watch /apis/gateway.networking.k8s.io/v1/httproutes',
    ]);
    const { kinds, synced, settled, demo, warnings, counters } = reflection.status();
    expect({ synced, settled, demo, warnings }).toEqual({ synced: true, settled: true, demo: false, warnings: [] });
    expect(kinds).toMatchObject({ pods: { tag: 'live' }, httpRoutes: { tag: 'live' }, istioSidecars: { tag: 'absent' } });
    expect(Object.keys(kinds)).toEqual([...KEPT_KINDS]);
    expect(counters).toMatchObject({ requests: 10, events: 0, errors: 0 });
    expect(counters.bytes).toBeGreaterThan(1_000);
  });

  it('tells a change when it happens', () => {
    const { reflection, run, cluster, clock } = start({ cluster: small() });
    run(500);
    cluster.do(put('pods', 'new'));
    cluster.do(put('services', 'a', 'shop', 'gone'));
    const begun = clock.monotonic();
    const changes = reflection.next(5_000);
    expect(clock.monotonic() - begun).toBeLessThanOrEqual(50);
    expect(changes.length).toBe(2);
    expect(changes).toContainEqual({ tag: 'put', object: expect.objectContaining({ kind: 'pods', name: 'new' }) });
    expect(changes).toContainEqual({ tag: 'delete', kind: 'services', namespace: 'shop', name: 'a' });
    expect(reflection.status().counters.events).toBe(2);
  });

  it('comes back when a status changes, though nothing else did', () => {
    const cluster = small();
    const resume = Object.fromEntries(BASIC.map((kind) => [kind, String(cluster.resourceVersion)]));
    const { reflection, clock } = start({ cluster, resume });
    const begun = clock.monotonic();
    while (reflection.status().kinds.pods?.tag !== 'live') expect(reflection.next(5_000)).toEqual([]);
    expect(clock.monotonic() - begun).toBe(0);
  });

  it('sends what is due before it comes back', () => {
    const { reflection, paths } = start({ cluster: small(), options: { kinds: ['pods'] } });
    while (reflection.next(100).every(({ tag }) => tag !== 'replace'));
    expect(paths().at(-1)).toBe('watch /api/v1/pods');
  });

  it('waits no longer than it is told, and gives nothing then', () => {
    const { reflection, run, clock } = start({ cluster: small() });
    run(500);
    const begun = clock.monotonic();
    expect(reflection.next(300)).toEqual([]);
    expect(clock.monotonic() - begun).toBe(300);
    expect(reflection.next(0)).toEqual([]);
  });

  it('goes on from resume points without a list, and gives points of its own', () => {
    const cluster = small();
    const first = start({ cluster });
    first.run(500);
    const points = first.reflection.resumePoints();
    expect(Object.keys(points).sort()).toEqual([...BASIC].sort());
    cluster.do(put('pods', 'later'));
    const second = start({ cluster, resume: points });
    expect(second.reflection.resumePoints()).toEqual(points);
    second.run(500);
    expect(second.paths().slice(0, 3)).toEqual(['/api', '/apis', '/api/v1/services']);
    expect(second.urls()[2]?.search).toBe('?limit=1');
    expect(second.paths().filter((path) => !path.startsWith('watch ')).length).toBe(3);
    expect([...second.told.values()].map(({ name }) => name)).toEqual(['later']);
    expect(Number(second.reflection.resumePoints().pods)).toBe(cluster.resourceVersion);
    expect(second.reflection.status()).toMatchObject({ synced: true, settled: true });
  });

  it('lists everything where the cluster has not come as far as the points, since a watch from them would stay silent', () => {
    const cluster = small();
    const late = String(cluster.resourceVersion + 1_000);
    const resume = { pods: '100', services: late, istioSidecars: '100' };
    const { reflection, run, told, paths } = start({ cluster, resume });
    run(500);
    expect(paths().filter((path) => path === '/api/v1/pods').length).toBe(1);
    expect(sorted(told)).toEqual(sorted(cluster.kept(BASIC)));
    expect(reflection.status().synced).toBe(true);
    const namespaced = start({ cluster, resume: { services: `shop=${late}` }, options: { namespaces: ['shop'], kinds: BASIC } });
    namespaced.run(500);
    expect(namespaced.paths()).toContain('/api/v1/namespaces/shop/pods');
    expect(namespaced.told.size).toBeGreaterThan(0);
  });

  it('goes by the points where it cannot find out how far the cluster has come', () => {
    const cluster = small();
    const point = String(cluster.resourceVersion);
    const resume = Object.fromEntries(BASIC.map((kind) => [kind, point]));
    const { reflection, run, paths } = start({
      cluster,
      resume,
      before: (url) => (url.searchParams.get('limit') === '1' ? [head(403), end()] : undefined),
    });
    run(500);
    expect(paths().filter((path) => path.startsWith('watch ')).length).toBe(BASIC.length);
    expect(reflection.status()).toMatchObject({ synced: true, error: undefined });
  });

  it('is not synced by its resume points alone', () => {
    const { reflection, run } = start({
      resume: { pods: '100', services: '100', deployments: '100', httpRoutes: '100' },
      before: (url) => (url.searchParams.has('watch') ? [] : undefined),
    });
    run(800);
    expect(reflection.status()).toMatchObject({ synced: false, settled: false, kinds: { pods: { tag: 'starting' } } });
  });

  it('has a bookmark move the point of a quiet kind', () => {
    const cluster = small();
    const { reflection, run } = start({ cluster });
    run(500);
    cluster.do(put('services', 'z'));
    run(2_000);
    expect(reflection.resumePoints()).toEqual(Object.fromEntries(BASIC.map((kind) => [kind, String(cluster.resourceVersion)])));
  });

  it('opens watches that end with the window, and none after it', () => {
    const { run, urls, streams, reflection, cluster, clock } = start({ cluster: small(), options: { windowMs: 5_500 } });
    run(12_000);
    const seconds = urls().flatMap(({ searchParams }) => searchParams.get('timeoutSeconds') ?? []);
    expect(new Set(seconds)).toEqual(new Set(['5']));
    expect(seconds.length).toBe(BASIC.length);
    for (const { timeoutMs, url } of streams.requests.filter((request) => request.url.includes('watch=')))
      expect(timeoutMs, url).toBe(7_000);
    expect(streams.count).toBe(0);
    // What was complete stays so: the next window goes on from there.
    expect(reflection.status()).toMatchObject({ synced: true, kinds: { pods: { tag: 'live' } } });
    expect(Object.keys(reflection.resumePoints()).length).toBe(BASIC.length);
    const begun = clock.monotonic();
    cluster.do(put('pods', 'unseen'));
    expect(reflection.next(700)).toEqual([]);
    expect(clock.monotonic() - begun).toBe(700);
  });

  it('reads a list to its end beyond the window, half of which never counts', () => {
    const cluster = small();
    const slow: Given['before'] = (url) => (url.pathname === '/api/v1/pods' ? [head(200), data(podPage(url), 900), end()] : undefined);
    const { run, reflection, told } = start({ cluster, before: slow, options: { windowMs: 2_000 } });
    run(2_000);
    expect(reflection.status()).toMatchObject({ synced: false, kinds: { pods: { tag: 'listing' } } });
    expect([...told.values()].filter(({ kind }) => kind === 'pods')).toEqual([]);
    expect(reflection.resumePoints()).not.toHaveProperty('pods');
    run(2_000);
    expect([...told.values()].filter(({ kind }) => kind === 'pods').map(({ name }) => name)).toEqual(['pod-0', 'pod-1', 'pod-2']);
    expect(reflection.resumePoints()).toMatchObject({ pods: '50' });
    expect(reflection.status()).toMatchObject({ synced: true, settled: true });
  });

  it('picks up a kind whose definition was added since, and drops the objects of one that was removed', () => {
    const cluster = small();
    const first = start({ cluster });
    first.run(500);
    const points = first.reflection.resumePoints();
    cluster.do(put('linkerdServers', 'web-http'));
    const second = start({ cluster, resume: points, server: { kinds: ['pods', 'services', 'deployments', 'linkerdServers'] } });
    const changes = second.reflection.next(500).concat(second.reflection.next(500), second.reflection.next(500));
    expect(changes).toContainEqual({ tag: 'replace', kind: 'httpRoutes', objects: [] });
    expect(changes).toContainEqual({ tag: 'replace', kind: 'linkerdServers', objects: [expect.objectContaining({ name: 'web-http' })] });
    expect(changes.filter(({ tag }) => tag === 'replace').length).toBe(2);
    expect(second.reflection.resumePoints()).not.toHaveProperty('httpRoutes');
    expect(second.reflection.status().kinds).toMatchObject({ httpRoutes: { tag: 'absent' }, linkerdServers: { tag: 'live' } });
  });

  it('begins from nothing by saying what there is none of', () => {
    const { reflection } = start();
    const replaced = reflection.next(100).filter(({ tag }) => tag === 'replace');
    expect(replaced.length).toBe(KEPT_KINDS.length - BASIC.length);
    // With points it does not, for that would be a change.
    const again = start({ resume: { pods: '100' } });
    expect(again.reflection.next(100).filter(({ tag }) => tag === 'replace')).toEqual([]);
  });

  it('knows a demo', () => {
    const { reflection, run } = start({ server: { demo: true } });
    run(100);
    expect(reflection.status().demo).toBe(true);
  });

  it('reads only the kinds that it is told to', () => {
    const { reflection, run, paths } = start({ cluster: small(), options: { kinds: ['pods'] } });
    run(500);
    expect(paths()).toEqual(['/api', '/apis', '/api/v1/pods', 'watch /api/v1/pods']);
    expect(Object.keys(reflection.status().kinds)).toEqual(['pods']);
  });

  it('leaves every stream when it is closed', () => {
    const { reflection, run, streams } = start({ cluster: small() });
    run(500);
    expect(streams.count).toBe(BASIC.length);
    reflection.close();
    expect(streams.count).toBe(0);
    expect(reflection.next(50)).toEqual([]);
  });
});

describe('many kinds at once', () => {
  it('have so many streams and so many lists open, and no more', () => {
    const cluster = new ModelCluster();
    for (const kind of KEPT_KINDS) for (const name of ['a', 'b', 'c', 'd', 'e']) cluster.do(put(kind, name));
    let lists = 0;
    let most = 0;
    const answer = modelServer({ cluster, kinds: KEPT_KINDS });
    const { run, told, streams, reflection } = start({
      cluster,
      server: { kinds: KEPT_KINDS },
      options: { limits: { pageSize: 2, maxLists: 3 } },
      before: (url) =>
        url.searchParams.has('limit')
          ? (function* () {
              most = Math.max(most, ++lists);
              for (const step of answer({ method: 'GET', url: url.href, headers: [], timeoutMs: 1, maxBodyBytes: 1 })) {
                if (step.tag === 'end') lists--;
                yield step.tag === 'head' ? { ...step, afterMs: 10 } : step;
              }
            })()
          : undefined,
    });
    run(1_500);
    expect(most).toBe(3);
    expect(streams.count).toBe(KEPT_KINDS.length);
    expect(reflection.status()).toMatchObject({ synced: true, settled: true });
    expect(sorted(told)).toEqual(sorted(cluster.kept(KEPT_KINDS)));
  });

  it('take turns where there are more watches than streams, each before any has a second', () => {
    const cluster = small();
    const options = { windowMs: 12_000, limits: { maxStreams: 2, maxLists: 1 } };
    const { run, paths, streams, told, urls, reflection } = start({ cluster, options });
    run(700);
    for (const kind of BASIC) cluster.do(put(kind, 'later'));
    run(12_000);
    const watches = paths().filter((path) => path.startsWith('watch '));
    expect(watches.length).toBeGreaterThan(BASIC.length);
    expect(new Set(watches.slice(0, BASIC.length)).size).toBe(BASIC.length);
    for (const { searchParams } of urls()) expect(Number(searchParams.get('timeoutSeconds') ?? 1)).toBeLessThanOrEqual(6);
    expect(streams.count).toBeLessThanOrEqual(2);
    expect(sorted(told)).toEqual(sorted(cluster.kept(BASIC)));
    expect(reflection.status()).toMatchObject({ synced: true });
  });

  it('begin elsewhere each time where they take turns, so that none is always last', () => {
    const first = (fraction: number) => {
      const points = Object.fromEntries(BASIC.map((kind) => [kind, '100']));
      const { run, paths } = start({ resume: points, fraction, options: { kinds: BASIC, limits: { maxStreams: 1 } } });
      run(100);
      return paths().at(-1);
    };
    expect(new Set([0, 0.25, 0.5, 0.75].map(first)).size).toBe(BASIC.length);
  });
});

describe('single namespaces', () => {
  it('are read each by itself, with points of their own', () => {
    const cluster = new ModelCluster();
    for (const namespace of ['shop', 'bank', 'hidden'])
      for (const kind of ['pods', 'namespaces'] as const) cluster.do(put(kind, 'a', namespace));
    const options = { namespaces: ['shop', 'bank'], kinds: ['pods', 'namespaces'] as const };
    const server = { kinds: ['pods', 'namespaces'] as const };
    const first = start({ cluster, server, options });
    first.run(500);
    expect(sorted(first.told)).toEqual(sorted(cluster.kept(options.kinds, options.namespaces)));
    expect(first.paths().slice(2, 6).sort()).toEqual([
      '/api/v1/namespaces',
      '/api/v1/namespaces',
      '/api/v1/namespaces/bank/pods',
      '/api/v1/namespaces/shop/pods',
    ]);
    expect(first.urls().flatMap(({ searchParams }) => searchParams.get('fieldSelector') ?? [])).toContain('metadata.name=shop');
    const points = first.reflection.resumePoints();
    const version = cluster.resourceVersion;
    expect(points).toEqual({ pods: `shop=${version},bank=${version}`, namespaces: `shop=${version},bank=${version}` });
    const second = start({ cluster, server, options, resume: points });
    second.run(500);
    expect(second.paths().filter((path) => !path.startsWith('watch '))).toEqual(['/api', '/apis', '/api/v1/namespaces/shop/pods']);
    // A namespace that was added is listed; points of the whole cluster are of no use here, and the other way round.
    const more = start({ cluster, server, options: { ...options, namespaces: ['shop', 'hidden'] }, resume: points });
    more.run(500);
    expect(
      more
        .paths()
        .slice(3)
        .filter((path) => path.startsWith('/api/v1/'))
        .sort(),
    ).toEqual(['/api/v1/namespaces', '/api/v1/namespaces/hidden/pods']);
    const whole = start({ cluster, server, options: { kinds: options.kinds }, resume: points });
    whole.run(500);
    expect(whole.paths()).toContain('/api/v1/pods');
  });

  it('say where something is forbidden, when it is not everywhere', () => {
    const forbidden: Given['before'] = (url) =>
      url.pathname === '/apis/apps/v1/namespaces/bank/deployments' ? [head(403), end()] : undefined;
    const { reflection, run } = start({ cluster: small(), before: forbidden, options: { namespaces: ['shop', 'bank'], kinds: BASIC } });
    run(500);
    const status = reflection.status();
    expect(status.kinds.deployments).toEqual({ tag: 'forbidden', namespaces: ['bank'] });
    expect(notesOf(status)).toEqual([
      'deployments.apps may not be read in bank (the rule {apiGroups: ["apps"], resources: ["deployments"], verbs: ["list", "watch"]} is missing): Deployments without pods are not shown.',
    ]);
    expect(status.synced).toBe(true);
  });
});

describe('malformed objects', () => {
  it('are named, once each, until they are mended or gone', () => {
    const cluster = new ModelCluster();
    cluster.do(put('pods', 'bad', 'shop', 'malformed'));
    cluster.do(put('pods', 'worse', 'shop', 'malformed'));
    const { reflection, run } = start({ cluster, options: { kinds: ['pods'] } });
    run(500);
    const of = (name: string) => `Pod shop/${name}: metadata.labels is not a map of labels`;
    expect(reflection.status().warnings).toEqual([of('bad'), of('worse')]);
    cluster.do(put('pods', 'bad'));
    cluster.do(put('pods', 'worse', 'shop', 'gone'));
    cluster.do(put('pods', 'third', 'shop', 'malformed'));
    cluster.do(put('pods', 'third', 'shop', 'malformed', 'yy'));
    run(500);
    expect(reflection.status().warnings).toEqual([of('third')]);
  });

  it('are forgotten when a list is read anew', () => {
    const cluster = new ModelCluster();
    cluster.do(put('pods', 'bad', 'shop', 'malformed'));
    let expired = false;
    // A watch that tells nothing, and then has forgotten what happened.
    const before: Given['before'] = (url) => {
      if (!url.searchParams.has('watch')) return undefined;
      return expired ? [head(410), end()] : [head(200), data('', 600), end()];
    };
    const { reflection, run } = start({ cluster, before, options: { kinds: ['pods'] } });
    run(500);
    expect(reflection.status().warnings.length).toBe(1);
    cluster.do(put('pods', 'bad'));
    run(500);
    expect(reflection.status().warnings.length).toBe(1);
    expired = true;
    run(1_000);
    expect(reflection.status().warnings).toEqual([]);
  });

  it('are counted beyond fifty', () => {
    const cluster = new ModelCluster();
    for (let count = 0; count < 60; count++) cluster.do(put('pods', `p${count}`, 'shop', 'malformed'));
    const { reflection, run } = start({ cluster, options: { kinds: ['pods'] } });
    run(500);
    expect(reflection.status().warnings.length).toBe(50);
    expect(reflection.status().omittedWarnings).toBe(10);
  });
});

describe('when something goes wrong', () => {
  const errorOf = (reflection: ReturnType<typeof start>['reflection']): MeshError => {
    const { error } = reflection.status();
    if (!(error instanceof MeshError)) throw new Error('there is no error');
    return error;
  };

  it('a kind that is forbidden does not keep the others from being read', () => {
    const { reflection, run, told } = start({ cluster: small(), server: { forbidden: ['httpRoutes'] } });
    run(500);
    const status = reflection.status();
    expect(status).toMatchObject({
      synced: true,
      settled: true,
      error: undefined,
      kinds: { httpRoutes: { tag: 'forbidden' }, pods: { tag: 'live' } },
    });
    expect([...told.values()].some(({ kind }) => kind === 'pods')).toBe(true);
    expect(notesOf(status)).toEqual([
      'httproutes.gateway.networking.k8s.io may not be read (the rule {apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: ["list", "watch"]} is missing): HTTP routes are not shown.',
    ]);
  });

  it('a required kind that is forbidden is an error that names every missing rule', () => {
    const { reflection, run } = start({ cluster: small(), server: { forbidden: ['pods', 'httpRoutes'] } });
    run(500);
    expect(reflection.status()).toMatchObject({ synced: false, settled: true });
    expect(errorOf(reflection)).toMatchObject({ code: 'denied' });
    expect(errorOf(reflection).message).toContain('{apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"]}');
    expect(errorOf(reflection).message).toContain('"httproutes"');
  });

  it('throttling is waited out, as long as the server asks, and said meanwhile', () => {
    const troubles: Trouble[] = ['none', 'none', 'throttled'];
    const { reflection, run, clock } = start({
      cluster: small(),
      options: { kinds: ['pods'] },
      server: { trouble: () => troubles.shift() ?? 'none' },
    });
    run(500);
    const status = reflection.status();
    expect(status).toMatchObject({ synced: false, kinds: { pods: { tag: 'waiting', why: 'is throttling us (429)' } } });
    expect(status.kinds.pods?.tag === 'waiting' && status.kinds.pods.untilMs - clock.now()).toBe(500);
    expect(errorOf(reflection)).toMatchObject({ code: 'unavailable' });
    run(600);
    expect(reflection.status()).toMatchObject({ synced: true, error: undefined, kinds: { pods: { tag: 'live' } } });
    expect(reflection.status().counters.errors).toBe(1);
  });

  it('synced ends while a required kind that was live waits, and comes back', () => {
    let down = false;
    const { reflection, run } = start({
      cluster: small(),
      // A watch of pods breaks off after a second.
      before: (url) => {
        if (url.pathname !== '/api/v1/pods' || !url.searchParams.has('watch')) return undefined;
        return down ? [broken()] : [head(200), broken('unreachable', 1_000)];
      },
      options: { windowMs: 60_000 },
    });
    run(2_000);
    expect(reflection.status().synced).toBe(true);
    down = true;
    run(12_000);
    expect(reflection.status()).toMatchObject({
      synced: false,
      settled: true,
      kinds: { pods: { tag: 'waiting', why: 'cannot be reached' } },
    });
    down = false;
    run(5_000);
    expect(reflection.status().synced).toBe(true);
  });

  it('an unreachable API is waited for, from discovery on', () => {
    let down = true;
    const { reflection, run, told, paths } = start({ cluster: small(), before: () => (down ? [broken()] : undefined) });
    run(1_000);
    expect(reflection.status()).toMatchObject({
      synced: false,
      settled: false,
      kinds: { pods: { tag: 'waiting' }, httpRoutes: { tag: 'waiting' } },
    });
    expect(errorOf(reflection).message).toContain('cannot be reached');
    expect(reflection.resumePoints()).toEqual({});
    expect(paths().every((path) => path === '/api' || path === '/apis')).toBe(true);
    down = false;
    run(4_000);
    expect(told.size).toBeGreaterThan(0);
    expect(reflection.status()).toMatchObject({ synced: true, error: undefined });
  });

  it('what is no Kubernetes API fails at once, in words of our own, and keeps the points', () => {
    const resume = { pods: '7' };
    const { reflection, run, paths } = start({ resume, before: () => [head(200), data('<html>secret</html>'), end()] });
    run(3_000);
    expect(paths()).toEqual(['/api', '/apis', '/api/v1/pods']);
    expect(reflection.status()).toMatchObject({
      synced: false,
      settled: true,
      kinds: { pods: { tag: 'failed', why: 'does not answer as Kubernetes does' } },
    });
    expect(JSON.stringify(reflection.status())).not.toContain('secret');
    expect(errorOf(reflection).message).not.toContain('secret');
    expect(reflection.resumePoints()).toEqual(resume);
  });

  it('a token that has expired is read again, once for all kinds, and everything goes on', () => {
    const cluster = small();
    let valid = 'first';
    let reads = 0;
    const token = () => {
      reads++;
      return valid;
    };
    // Watches take turns, so that some are opened after the token has changed.
    const options = { windowMs: 20_000, limits: { maxStreams: 2, maxLists: 1 } };
    const { reflection, run, told, streams } = start({ cluster, token, server: { token: () => valid }, options });
    run(1_000);
    expect(reads).toBe(1);
    valid = 'second';
    for (const kind of BASIC) cluster.do(put(kind, 'later'));
    run(20_000);
    expect(reads).toBe(2);
    expect(reflection.status()).toMatchObject({ synced: true, error: undefined, counters: { errors: 2 } });
    expect(sorted(told)).toEqual(sorted(cluster.kept(BASIC)));
    for (const { url } of streams.requests) expect(url).not.toMatch(/first|second/);
  });

  it('a token that changes between lists is read once, however many are refused', () => {
    const cluster = small();
    let valid = 'first';
    let reads = 0;
    const before: Given['before'] = (url) => {
      if (url.searchParams.has('limit') && valid === 'first') valid = 'second';
      return undefined;
    };
    const token = () => {
      reads++;
      return valid;
    };
    const { reflection, run } = start({ cluster, token, before, server: { token: () => valid } });
    run(1_000);
    expect(reads).toBe(2);
    expect(reflection.status().synced).toBe(true);
  });

  it('a token that has expired before the first request is read again', () => {
    const tokens = ['old', 'new'];
    const { reflection, run } = start({ cluster: small(), token: () => tokens.shift() ?? 'none left', server: { token: () => 'new' } });
    run(500);
    expect(reflection.status()).toMatchObject({ synced: true, error: undefined });
  });

  it('a line of a watch that is too long is not read', () => {
    const cluster = small();
    const flood: Given['before'] = (url) =>
      url.searchParams.has('watch') ? [head(200), data('x'.repeat(2_000), 10), data('y'.repeat(2_000), 10_000)] : undefined;
    const { reflection, run } = start({ cluster, before: flood, options: { kinds: ['pods'], limits: { maxLineBytes: 1_000 } } });
    run(100);
    expect(reflection.status().kinds).toEqual({
      pods: { tag: 'waiting', untilMs: expect.any(Number), why: 'does not answer as Kubernetes does' },
    });
  });

  it('a token that stays wrong is an error that says what to set', () => {
    const { reflection, run } = start({ token: () => 'wrong', server: { token: () => 'right' } });
    run(1_000);
    expect(reflection.status()).toMatchObject({
      settled: true,
      kinds: { pods: { tag: 'failed', why: 'does not accept the token (401)' } },
    });
    expect(errorOf(reflection)).toMatchObject({ code: 'denied' });
    expect(errorOf(reflection).message).toContain('KUBERNETES_TOKEN');
    expect(errorOf(reflection).message).not.toContain('wrong');
  });

  it('a silent socket ends by its time, and the watch goes on from its last event', () => {
    const cluster = small();
    let silent = true;
    const watches: string[] = [];
    const before: Given['before'] = (url) => {
      if (url.pathname !== '/api/v1/pods' || !url.searchParams.has('watch')) return undefined;
      watches.push(url.searchParams.get('resourceVersion') ?? '');
      return silent ? [head(200)] : undefined;
    };
    const { run, told } = start({
      cluster,
      before,
      options: { kinds: ['pods', 'services'], windowMs: 20_000, limits: { maxStreams: 1, maxLists: 1 } },
    });
    run(3_000);
    cluster.do(put('pods', 'meanwhile'));
    silent = false;
    run(25_000);
    expect(watches.length).toBeGreaterThan(1);
    expect(new Set(watches.slice(0, 2)).size).toBe(1);
    expect([...told.values()].map(({ name }) => name)).toContain('meanwhile');
  });

  it('a kind whose list fails for ever does not keep the rest from being settled', () => {
    const { reflection, run } = start({
      cluster: small(),
      before: (url) => (url.pathname.endsWith('/httproutes') ? [head(500), end()] : undefined),
    });
    run(200);
    expect(reflection.status()).toMatchObject({ synced: true, settled: false });
    run(3_000);
    expect(reflection.status()).toMatchObject({
      synced: true,
      settled: true,
      error: undefined,
      kinds: { httpRoutes: { tag: 'waiting', why: 'answers 500' } },
    });
  });

  it('the next older version is tried where discovery is forbidden', () => {
    const cluster = new ModelCluster();
    cluster.do(put('linkerdServers', 'web'));
    const { reflection, run, told, paths } = start({
      cluster,
      options: { kinds: ['linkerdServers', 'istioSidecars'] },
      server: { kinds: ['linkerdServers'] },
      before: (url) => {
        if (url.pathname === '/api' || url.pathname === '/apis') return [head(403), end()];
        if (url.pathname.includes('v1beta3')) return [head(404), end()];
        return url.pathname.includes('v1beta2')
          ? modelServer({ cluster, kinds: ['linkerdServers'] })({
              method: 'GET',
              url: url.href.replace('v1beta2', 'v1beta3'),
              headers: [],
              timeoutMs: 1,
              maxBodyBytes: 1,
            })
          : undefined;
      },
    });
    run(1_000);
    expect([...told.values()].map(({ name }) => name)).toEqual(['web']);
    expect(paths().filter((path) => path.includes('sidecars'))).toEqual([
      '/apis/networking.istio.io/v1/sidecars',
      '/apis/networking.istio.io/v1beta1/sidecars',
      '/apis/networking.istio.io/v1alpha3/sidecars',
    ]);
    expect(reflection.status().kinds).toEqual({ linkerdServers: { tag: 'live' }, istioSidecars: { tag: 'absent' } });
  });

  it('what reading the token throws goes to the caller', () => {
    const { reflection } = start({
      token: () => {
        throw new MeshError('unavailable', 'the token file cannot be read');
      },
    });
    expect(() => reflection.next(100)).toThrow('the token file cannot be read');
  });
});

/** Three pods, one a page. */
function podPage(url: URL): string {
  const at = Number(url.searchParams.get('continue') ?? 0);
  const items = [{ metadata: { namespace: 'shop', name: `pod-${at}` } }];
  return JSON.stringify({
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: { resourceVersion: '50', ...(at < 2 ? { continue: String(at + 1) } : {}) },
    items,
  });
}
