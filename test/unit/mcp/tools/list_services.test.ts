import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { parseConfig } from '../../../../src/config.ts';
import { type DemoKubernetesOptions, demoKubernetes } from '../../../../src/demo/kubernetes/api.ts';
import { SAMPLE, type SampleNamespace } from '../../../../src/demo/kubernetes/sample.ts';
import { MeshError } from '../../../../src/lib/errors.ts';
import type { JsonObject } from '../../../../src/lib/json.ts';
import { listServices } from '../../../../src/mcp/tools/list_services.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../../../src/ports/http.ts';
import type { KeyValue } from '../../../../src/ports/keyvalue.ts';
import { HEAD_KEY, SHARD_PREFIX } from '../../../../src/store/topology.ts';
import { askDemo, fakeClock, fakeHttp, fixedRandom } from '../../../support/ports.ts';
import { quietPorts } from '../../../support/quiet-ports.ts';

const BASE = 'http://api.example:8001';

interface Row {
  readonly namespace: string;
  readonly name: string;
  readonly status: string;
}

interface Structured {
  readonly asOf: string;
  readonly source: string;
  readonly demo: boolean;
  readonly complete: boolean;
  readonly total: number;
  readonly summary: JsonObject;
  readonly services: readonly Row[];
  readonly nextCursor?: string;
  readonly notes: readonly string[];
}

interface World {
  readonly options?: Readonly<Record<string, string>>;
  readonly demo?: DemoKubernetesOptions;
  readonly keyvalue?: KeyValue;
  readonly answer?: (request: HttpRequest) => HttpResponse | HttpFailure;
}

/** The tool in a world of its own: each call is a fresh instance, the clock and the store go on. */
function world({ options = {}, demo, keyvalue = memoryKeyValue(), answer }: World = {}) {
  const { ports, lines } = quietPorts();
  const clock = fakeClock();
  const handler = demoKubernetes(demo);
  let kubernetes = answer ?? ((request: HttpRequest) => askDemo(handler, BASE, request));
  const http = fakeHttp((request) => kubernetes(request));
  const config = parseConfig({ get: (name) => ({ KUBERNETES_URL: BASE, ...options })[name] });
  const call = (args: object = {}) => {
    const { text, structured } = listServices.call(args, {
      ports: { ...ports, clock, http, keyvalue, random: fixedRandom() },
      config,
      progress: () => {},
    });
    // What the output schema of the tool says; a test below checks answers against it.
    return { text, structured: structured as unknown as Structured };
  };
  return {
    call,
    clock,
    http,
    keyvalue,
    lines,
    answerWith: (other: (request: HttpRequest) => HttpResponse | HttpFailure) => {
      kubernetes = other;
    },
  };
}

const unreachable = () => new HttpFailure('unreachable', 'refused');

function errorOf(run: () => unknown): MeshError {
  try {
    run();
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const keys = (rows: readonly Row[]) => rows.map(({ namespace, name }) => `${namespace}/${name}`);
const ALL = SAMPLE.flatMap(({ name, services }) => services.map((service) => `${name}/${service.name}`)).sort();

describe('list_services', () => {
  it('shows the demo mesh and its trouble', () => {
    const { text, structured } = world().call({ namespace: 'shop' });
    expect(text).toBe(
      [
        'DEMO DATA: a sample cluster, not a real one.',
        '10 services in namespace shop, 2 with pods outside every mesh; 16 of 18 pods meshed.',
        'As of 2026-11-21T10:00:00.000Z (read from Kubernetes now).',
        '',
        '  SERVICE          TYPE          MESHED PODS  PORTS               WORKLOADS',
        'shop:',
        '  cart             ClusterIP     linkerd 2/2  80 http             Deployment/cart',
        '  cart-redis       Headless      linkerd 1/1  6379 redis          StatefulSet/cart-redis',
        '  catalog          ClusterIP     linkerd 2/2  80 http             Deployment/catalog',
        '  checkout         ClusterIP     linkerd 3/3  80 http, 9090 grpc  Deployment/checkout linkerd 2/2, Deployment/checkout-canary linkerd 1/1',
        '  gift-cards       ClusterIP     no pods      80 http             Deployment/gift-cards',
        '  orders           ClusterIP     linkerd 2/2  80 http             Deployment/orders',
        '  payments         ClusterIP     linkerd 2/3  9090 grpc           Deployment/payments',
        '  recommendations  ClusterIP     linkerd 2/2  80 http             Deployment/recommendations',
        '  reports          ClusterIP     none 0/1     80 http             Deployment/reports',
        '  web              LoadBalancer  linkerd 2/2  80 http             Deployment/web',
      ].join('\n'),
    );
    expect(structured).toMatchObject({
      asOf: '2026-11-21T10:00:00.000Z',
      source: 'kubernetes',
      demo: true,
      complete: true,
      total: 10,
      summary: { namespaces: 1, services: 10, unmeshedServices: 2, pods: 18, meshedPods: 16 },
      notes: [],
    });
    expect(structured).not.toHaveProperty('nextCursor');
    expect(structured.services[6]).toEqual({
      namespace: 'shop',
      name: 'payments',
      type: 'ClusterIP',
      status: 'partial',
      pods: 3,
      meshedPods: 2,
      meshes: ['linkerd'],
      workloads: [{ kind: 'Deployment', name: 'payments', pods: 3, meshedPods: 2, meshes: ['linkerd'] }],
      ports: [{ port: 9090, protocol: 'TCP', name: 'grpc', appProtocol: 'kubernetes.io/h2c' }],
    });
  });

  it('costs a model less than 400 tokens for a namespace of ten services', () => {
    // Four characters a token is the usual estimate for English; tables of names run nearer to three.
    expect(world().call({ namespace: 'shop' }).text.length / 3).toBeLessThan(400);
  });

  it('says of each service how it stands to the meshes', () => {
    const { structured } = world().call();
    const status = Object.fromEntries(structured.services.map((row) => [`${row.namespace}/${row.name}`, row.status]));
    expect(keys(structured.services).sort()).toEqual(ALL);
    expect(status).toMatchObject({
      'shop/web': 'meshed',
      'shop/payments': 'partial',
      'shop/reports': 'unmeshed',
      'shop/gift-cards': 'no-pods',
      'legacy/fax': 'no-pods',
      'legacy/tax-office': 'no-selector',
      'default/kubernetes': 'no-selector',
      'bank/ledger': 'meshed',
      'weather/frontend': 'meshed',
    });
  });

  it.each([
    [
      'unmeshed',
      ['bank/statements', 'istio-system/istiod', 'kube-system/kube-dns', 'legacy/billing', 'legacy/crm', 'shop/payments', 'shop/reports'],
    ],
    ['istio-ambient', ['weather/forecast', 'weather/frontend']],
    ['istio-sidecar', ['bank/accounts', 'bank/ledger', 'bank/ledger-db', 'bank/portal', 'istio-system/istio-ingressgateway']],
  ])('filters %s', (filter, expected) => {
    const { text, structured } = world().call({ filter });
    expect(keys(structured.services)).toEqual(expected);
    expect(structured.total).toBe(expected.length);
    expect(structured.summary).toMatchObject({ services: ALL.length });
    expect(text).toContain(`Shown: ${expected.length} of ${expected.length} that match filter ${filter}.`);
  });

  it('answers what its output schema says', () => {
    // A schema as zod renders it is checked by hand here: members and no others, required ones present.
    for (const args of [{}, { namespace: 'legacy' }, { limit: 1 }, { filter: 'linkerd' }])
      expectShape(world().call(args).structured, listServices.outputSchema);
  });

  describe('pages', () => {
    it('through everything once, whatever the limit', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 40 }),
          fc.constantFrom('all', 'unmeshed', 'linkerd'),
          fc.constantFrom('0', '5000'),
          (limit, filter, cache) => {
            const { call } = world({ options: { LIST_CACHE_MS: cache } });
            const expected = keys(call({ filter, limit: 200 }).structured.services);
            const read: string[] = [];
            let cursor: string | undefined;
            do {
              const { structured, text } = call({ filter, limit, ...(cursor === undefined ? {} : { cursor }) });
              expect(structured.services.length).toBeLessThanOrEqual(limit);
              expect(structured.total).toBe(expected.length);
              read.push(...keys(structured.services));
              cursor = structured.nextCursor;
              if (cursor !== undefined) expect(text).toContain(`call again with the same namespace and filter and cursor "${cursor}"`);
            } while (cursor !== undefined && read.length < 100);
            expect(read).toEqual(expected);
          },
        ),
        { numRuns: 40 },
      );
    });

    it('go on when the service that a cursor names is gone', () => {
      const sample = (names: readonly string[]): SampleNamespace[] => [
        { name: 'a', workloads: [], services: names.map((name) => ({ name, ports: [] })) },
      ];
      const before = world({ demo: { sample: sample(['one', 'three', 'two']) } });
      const { nextCursor } = before.call({ limit: 2 }).structured;
      const after = world({ demo: { sample: sample(['one', 'two', 'zero']) } });
      expect(keys(after.call({ cursor: nextCursor }).structured.services)).toEqual(['a/two', 'a/zero']);
    });

    it('refuse a cursor of another query, and one that was changed', () => {
      const { call, http } = world();
      const cursor = call({ filter: 'linkerd', limit: 2 }).structured.nextCursor ?? '';
      expect(call({ filter: 'linkerd', cursor, limit: 7 }).structured.services.length).toBe(7);
      const asked = http.requests.length;
      for (const args of [
        { cursor },
        { filter: 'unmeshed', cursor },
        { filter: 'linkerd', namespace: 'shop', cursor },
        { filter: 'linkerd', cursor: `x${cursor}` },
        { filter: 'linkerd', cursor: cursor.slice(0, -1) },
        { filter: 'linkerd', cursor: '' },
        { filter: 'linkerd', cursor: 'shop/web' },
      ]) {
        expect(errorOf(() => call(args))).toMatchObject({ code: 'invalid' });
        expect(errorOf(() => call(args)).message).toContain('list_services: cursor: not one that this query gave.');
      }
      expect(http.requests.length).toBe(asked);
    });

    it('refuse any text that is not theirs', () => {
      const { call } = world();
      const cursor = call({ limit: 2 }).structured.nextCursor ?? '';
      fc.assert(
        fc.property(fc.string({ maxLength: 60 }), fc.nat(cursor.length), fc.constantFrom(...'abc019./-'), (text, at, character) => {
          expect(errorOf(() => call({ cursor: text })).code).toBe('invalid');
          const changed = cursor.slice(0, at) + character + cursor.slice(at + 1);
          if (changed !== cursor) expect(errorOf(() => call({ cursor: changed })).code).toBe('invalid');
        }),
      );
    });
  });

  describe('in its budget', () => {
    const sample: SampleNamespace[] = Array.from({ length: 30 }, (_, place) => ({
      name: `team-${place}`,
      workloads: [{ kind: 'Deployment' as const, name: 'web', replicas: 1 }],
      services: Array.from({ length: 10 }, (_, service) => ({
        name: `service-with-a-long-name-${service}`,
        selects: 'web',
        ports: [{ name: 'http', port: 80 }],
      })),
    }));

    it.each([2_000, 5_000, 40_000])('of %i characters, says how to go on, and still gives everything', (characters) => {
      const { call } = world({ demo: { sample }, options: { MAX_ANSWER_CHARACTERS: String(characters) } });
      let cursor: string | undefined;
      const read: string[] = [];
      let cut = 0;
      do {
        const { structured, text } = call({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
        expect(text.length).toBeLessThanOrEqual(characters);
        expect(JSON.stringify(structured.services).length).toBeLessThanOrEqual(characters + structured.services.length + 1);
        read.push(...keys(structured.services));
        cursor = structured.nextCursor;
        if (text.includes('The answer reached its size limit.')) cut++;
      } while (cursor !== undefined && read.length < 1_000);
      expect(read.length).toBe(300);
      expect(new Set(read).size).toBe(300);
      expect(cut).toBeGreaterThan(0);
    });

    it('one service with very many ports and workloads', () => {
      const wide: SampleNamespace[] = [
        {
          name: 'wide',
          workloads: Array.from({ length: 40 }, (_, place) => ({
            kind: 'Deployment' as const,
            name: `web-${place}`,
            replicas: 1,
            app: 'web',
          })),
          services: [{ name: 'web', ports: Array.from({ length: 60 }, (_, place) => ({ name: `p-${place}`, port: 1_000 + place })) }],
        },
      ];
      const { structured, text } = world({ demo: { sample: wide } }).call();
      expect(text).toContain('1003 p-3, 1004 p-4, +55 more');
      expect(text).toContain('Deployment/web-11 none 0/1, +36 more');
      expect(structured.services[0]).toMatchObject({ omittedPorts: 28, omittedWorkloads: 8, pods: 40 });
    });
  });

  describe('keeps its reading in the store', () => {
    it('for the next instance, until it is too old', () => {
      const { call, clock, http } = world();
      const first = call();
      expect(first.structured.source).toBe('kubernetes');
      const asked = http.requests.length;
      clock.advance(4_999);
      const second = call();
      expect(http.requests.length).toBe(asked);
      expect(second.structured).toEqual({ ...first.structured, source: 'store' });
      expect(second.text).toContain('As of 2026-11-21T10:00:00.000Z (from the store).');
      clock.advance(1);
      expect(call().structured).toMatchObject({ source: 'kubernetes', asOf: '2026-11-21T10:00:05.000Z' });
      expect(http.requests.length).toBe(2 * asked);
    });

    it('and answers for one namespace from a reading of all, reading the head and one shard', () => {
      const { call, http, keyvalue } = world();
      call();
      const asked = http.requests.length;
      const gets: string[] = [];
      const watched = world({
        keyvalue: {
          ...keyvalue,
          get: (key) => {
            gets.push(key);
            return keyvalue.get(key);
          },
          getMany: (all) => {
            gets.push(...all);
            return keyvalue.getMany(all);
          },
        },
        answer: unreachable,
      });
      expect(watched.call({ namespace: 'bank' }).structured).toMatchObject({ source: 'store', total: 5 });
      expect(gets.length).toBe(2);
      expect(gets[0]).toBe(HEAD_KEY);
      expect(gets[1]).toMatch(new RegExp(`^${SHARD_PREFIX}[0-9a-f]{16}$`));
      expect(http.requests.length).toBe(asked);
    });

    it('and looks in Kubernetes for a namespace that was made since', () => {
      const { call, answerWith } = world();
      call();
      const sample: SampleNamespace[] = [...SAMPLE, { name: 'brand-new', workloads: [], services: [{ name: 'web', ports: [] }] }];
      const later = demoKubernetes({ sample });
      answerWith((request) => askDemo(later, BASE, request));
      expect(call({ namespace: 'brand-new' }).structured).toMatchObject({ source: 'kubernetes', total: 1 });
      expect(call({ namespace: 'brand-new' }).structured).toMatchObject({ source: 'store', total: 1 });
    });

    it('and does not take a reading of one namespace for one of all', () => {
      const { call, http } = world();
      call({ namespace: 'bank' });
      expect(call({ namespace: 'bank' }).structured.source).toBe('store');
      expect(http.requests.every(({ url }) => url.includes('bank'))).toBe(true);
      const all = call();
      expect(all.structured).toMatchObject({ source: 'kubernetes', total: ALL.length });
      expect(call({ namespace: 'shop' }).structured.source).toBe('store');
    });

    it('not when that is switched off', () => {
      const { call, keyvalue } = world({ options: { LIST_CACHE_MS: '0' } });
      call();
      expect(call().structured.source).toBe('kubernetes');
      expect(keyvalue.keys()).toEqual([]);
    });

    it('not for another cluster', () => {
      const { keyvalue } = (() => {
        const one = world();
        one.call();
        return one;
      })();
      const other = world({
        keyvalue,
        options: { KUBERNETES_URL: 'http://other.example' },
        answer: (request) => askDemo(demoKubernetes(), 'http://other.example', request),
      });
      expect(other.call().structured.source).toBe('kubernetes');
    });

    it('with what there was to say about it', () => {
      const { call } = world({ demo: { forbidden: ['replicasets'] } });
      const note =
        'replicasets may not be listed (the rule {apiGroups: ["apps"], resources: ["replicasets"], verbs: ["list"]} is missing): Deployments are told from the names of their ReplicaSets.';
      const first = call();
      expect(first.structured.notes).toEqual([note]);
      expect(first.text).toContain(note);
      const second = call();
      expect(second.structured).toEqual({ ...first.structured, source: 'store' });
      expect(second.structured.services.find(({ name }) => name === 'web')).toMatchObject({
        workloads: [{ kind: 'Deployment', name: 'web' }],
      });
    });

    it('but not half a reading', () => {
      const sample = Array.from(
        { length: 3 },
        (_, place): SampleNamespace => ({ name: `n-${place}`, workloads: [], services: [{ name: 'web', ports: [] }] }),
      );
      const { call, keyvalue, answerWith, clock } = world({ demo: { sample } });
      // Services come one a page, and time runs out before the last.
      answerWith((request) => {
        if (request.url.includes('/services?')) clock.advance(16_000);
        return askDemo(demoKubernetes({ sample }), BASE, { ...request, url: request.url.replace('limit=500', 'limit=1') });
      });
      const { structured, text } = call();
      expect(structured).toMatchObject({ complete: false, source: 'kubernetes' });
      expect(structured.services.length).toBeLessThan(3);
      expect(text).toContain('The cluster is larger than one call may read (limit on time): later namespaces are missing.');
      expect(keyvalue.keys()).toEqual([]);
    });
  });

  describe('when the store', () => {
    const failing = (): never => {
      throw new MeshError('unavailable', 'no store');
    };
    const down: KeyValue = {
      get: failing,
      set: failing,
      delete: failing,
      exists: failing,
      keys: failing,
      getMany: failing,
      setMany: failing,
      deleteMany: failing,
      increment: failing,
    };

    it('does not answer, answers all the same and says so', () => {
      const { call, lines } = world({ keyvalue: down });
      const { structured, text } = call();
      const note = 'The store cannot be read, so calls are slower: each reads Kubernetes. Check the wasi:keyvalue backend.';
      expect(structured).toMatchObject({ source: 'kubernetes', total: ALL.length, notes: [note] });
      expect(text).toContain(note);
      expect(lines).toContainEqual({ level: 'warn', message: 'the store cannot be read', fields: { error: 'no store' } });
    });

    it('takes no writes, answers all the same and says so', () => {
      const { call } = world({ keyvalue: { ...memoryKeyValue(), setMany: failing } });
      expect(call().structured).toMatchObject({
        source: 'kubernetes',
        total: ALL.length,
        notes: ['The store cannot be written, so calls are slower: each reads Kubernetes. Check the wasi:keyvalue backend.'],
      });
    });

    it('fails between head and shards, reads Kubernetes instead', () => {
      const keyvalue = memoryKeyValue();
      world({ keyvalue }).call();
      expect(world({ keyvalue: { ...keyvalue, getMany: failing } }).call().structured).toMatchObject({
        source: 'kubernetes',
        total: ALL.length,
      });
    });

    it('holds nonsense, reads Kubernetes and mends it', () => {
      const { call, keyvalue } = world();
      call();
      for (const key of keyvalue.keys()) keyvalue.set(key, Uint8Array.of(0x7b, 0xff));
      expect(call().structured).toMatchObject({ source: 'kubernetes', total: ALL.length, notes: [] });
      expect(call().structured).toMatchObject({ source: 'store', total: ALL.length });
    });

    it('has lost a shard, reads Kubernetes and mends it', () => {
      const { call, keyvalue, lines } = world();
      const before = call().structured.services;
      const lost = keyvalue.keys().filter((key) => key.startsWith(SHARD_PREFIX))[3] ?? '';
      keyvalue.delete(lost);
      expect(call().structured).toMatchObject({ source: 'kubernetes', notes: [] });
      expect(lines.map(({ message }) => message)).toContain('the stored mesh lacks a shard, so Kubernetes is read again');
      expect(keyvalue.exists(lost)).toBe(true);
      const after = call().structured;
      expect(after.source).toBe('store');
      expect(after.services).toEqual(before);
    });

    it('is emptied between any two operations, is never the reason for a wrong answer', () => {
      const expected = world().call().structured.services;
      for (let at = 0; at < 20; at++) {
        const store = memoryKeyValue();
        let operation = 0;
        const wiping = <Args extends readonly unknown[], Result>(run: (...args: Args) => Result) => {
          return (...args: Args): Result => {
            if (operation++ === at) store.deleteMany(store.keys());
            return run(...args);
          };
        };
        const { call } = world({
          keyvalue: {
            ...store,
            get: wiping(store.get),
            getMany: wiping(store.getMany),
            setMany: wiping(store.setMany),
            set: wiping(store.set),
          },
        });
        for (let turn = 0; turn < 12; turn++) expect(call().structured.services).toEqual(expected);
        expect(call().structured.source).toBe('store');
      }
    });
  });

  describe('refuses', () => {
    it('a namespace that does not exist', () => {
      const { call } = world();
      const error = errorOf(() => call({ namespace: 'nowhere' }));
      expect(error).toMatchObject({ code: 'invalid' });
      expect(error.message).toContain('There is no namespace "nowhere"');
    });

    it('but takes an empty namespace for what it is', () => {
      const { call } = world({ demo: { sample: [{ name: 'empty', workloads: [], services: [] }] } });
      expect(call({ namespace: 'empty' }).text).toContain('0 services in namespace empty');
      expect(call({ namespace: 'empty' }).structured).toMatchObject({ source: 'store', total: 0, services: [] });
    });

    it.each([
      [{ namespace: 'Shop' }, 'namespace'],
      [{ namespace: '../etc' }, 'namespace'],
      [{ namespace: '' }, 'namespace'],
      [{ limit: 0 }, 'limit'],
      [{ limit: 201 }, 'limit'],
      [{ limit: '5' }, 'limit'],
      [{ filter: 'meshed' }, 'filter'],
      [{ cursor: 5 }, 'cursor'],
      [{ nonsense: 1 }, 'nonsense'],
    ])('the arguments %j', (args, name) => {
      const { call, http } = world();
      const error = errorOf(() => call(args));
      expect(error.code).toBe('invalid');
      expect(error.message).toContain(name);
      expect(http.requests).toEqual([]);
    });

    it('when Kubernetes cannot be reached', () => {
      expect(errorOf(() => world({ answer: unreachable }).call())).toMatchObject({ code: 'unavailable' });
    });
  });

  it('says nothing of a demo where there is none', () => {
    const { call } = world({
      answer: (request) => {
        const answer = askDemo(demoKubernetes(), BASE, request);
        return answer instanceof HttpFailure ? answer : { ...answer, headers: [] };
      },
    });
    const { structured, text } = call();
    expect(structured.demo).toBe(false);
    expect(text).not.toContain('DEMO');
    expect(call()).toMatchObject({ structured: { source: 'store', demo: false } });
  });

  it('only reads, and says so', () => {
    expect(listServices).toMatchObject({
      name: 'list_services',
      toolset: 'graph',
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    });
    const { call, http } = world();
    call();
    expect(new Set(http.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
  });
});

/** Holds a value against the subset of JSON Schema that our schemas use. */
function expectShape(value: unknown, schema: unknown, path = '$'): void {
  const {
    type,
    properties = {},
    required = [],
    items,
    enum: choices,
  } = schema as {
    readonly type?: string;
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly required?: readonly string[];
    readonly items?: unknown;
    readonly enum?: readonly unknown[];
  };
  if (choices !== undefined) expect(choices, path).toContain(value);
  switch (type) {
    case 'object': {
      const given = value as Record<string, unknown>;
      expect(Object.keys(properties), path).toEqual(expect.arrayContaining(Object.keys(given)));
      expect(Object.keys(given), path).toEqual(expect.arrayContaining([...required]));
      for (const [key, member] of Object.entries(given)) expectShape(member, properties[key], `${path}.${key}`);
      break;
    }
    case 'array':
      expect(Array.isArray(value), path).toBe(true);
      for (const item of value as unknown[]) expectShape(item, items, `${path}[]`);
      break;
    case 'integer':
      expect(Number.isInteger(value), path).toBe(true);
      break;
    default:
      expect(typeof value, path).toBe(type);
  }
}
