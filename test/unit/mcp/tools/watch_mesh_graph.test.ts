import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { MeshError } from '../../../../src/lib/errors.ts';
import { SERVER } from '../../../../src/mcp/catalogue.ts';
import { serveMcp } from '../../../../src/mcp/http/endpoint.ts';
import { watchMeshGraph } from '../../../../src/mcp/tools/watch_mesh_graph.ts';
import type { KeptObject } from '../../../../src/mesh/kept.ts';
import { incomingRequest, messagesOf, RecordingResponder } from '../../../support/exchange.ts';
import { call, objectOf, SMALL_MESH, towns, withObjects, without, workload } from '../../../support/graph-meshes.ts';
import { GraphWorld, type Mesh, type Told } from '../../../support/graph-world.ts';
import { BOTH, config } from '../../../support/mcp.ts';
import { ADMIN } from '../../../support/principals.ts';
import { watched } from '../../store/graph/support/store.ts';

interface Change {
  readonly generation: number;
  readonly at: string;
  readonly lines: readonly string[];
  readonly omittedLines?: number;
}

interface Structured {
  readonly generation: number;
  readonly since: number;
  readonly changes: readonly Change[];
  readonly gap?: string;
  readonly namespaces?: readonly { readonly namespace: string }[];
  readonly notes: readonly string[];
}

const WEB_SERVICE = objectOf(SMALL_MESH, 'services', 'shop', 'web');

/** The small mesh with so many Services more in a namespace. */
function grown(count: number, namespace = 'shop', prefix = 'extra'): Mesh {
  const extra = Array.from({ length: count }, (_, place): KeptObject => ({ ...WEB_SERVICE, namespace, name: `${prefix}-${place + 1}` }));
  return withObjects(SMALL_MESH, ...extra);
}

const newService = (number: number, namespace = 'shop') =>
  `${namespace}: new service extra-${number} type ClusterIP, ${namespace === 'shop' ? '2 pods, 2 meshed pods, meshes linkerd' : '0 pods, 0 meshed pods'}`;

function begun(options: ConstructorParameters<typeof GraphWorld>[0] = {}) {
  const world = new GraphWorld(options);
  const generation = world.publish(SMALL_MESH);
  const told: Told[] = [];
  const watch = (args: object = {}) => world.call<Structured>(watchMeshGraph, args, (progress) => told.push(progress));
  const messages = () => told.flatMap(({ message }) => message ?? []);
  return { world, generation, told, watch, messages };
}

function errorOf(run: () => unknown): MeshError {
  try {
    run();
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a watch', () => {
  it('tells each change once, in order, within two seconds, and all at its end', () => {
    const { world, generation, told, watch } = begun();
    const published: { readonly generation: number; readonly at: number }[] = [];
    const times = [100, 1_234, 1_240, 7_000, 7_500, 19_999];
    times.forEach((at, place) => {
      world.at(at, () => published.push({ generation: world.publish(grown(place + 1)), at }));
    });
    const { text, structured } = watch({ seconds: 20 });

    expect(structured.since).toBe(generation);
    expect(structured.changes.map((change) => change.generation)).toEqual(published.map((each) => each.generation));
    expect(structured.changes.map(({ lines }) => lines)).toEqual(times.map((_, place) => [newService(place + 1)]));
    expect(structured.generation).toBe(published.at(-1)?.generation);
    expect(structured).not.toHaveProperty('gap');
    expect(world.passed).toBe(20_000);

    const changes = told.filter(({ message }) => message !== undefined);
    expect(changes.map(({ message }) => message)).toEqual(
      published.map((each, place) => `Generation ${each.generation}\n${newService(place + 1)}`),
    );
    changes.forEach(({ at }, place) => {
      const delay = at - (times[place] ?? 0);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(500);
    });

    const [first] = structured.changes;
    expect(text.split('\n').slice(0, 4)).toEqual([
      `Generation ${structured.generation}, 2026-11-21T10:00:19Z.`,
      `6 changes since generation ${generation}. To go on, pass since ${structured.generation}.`,
      `Generation ${first?.generation}, 2026-11-21T10:00:00Z:`,
      `  ${newService(1)}`,
    ]);
  });

  it('ends in time where nothing changes, after 30 seconds unless said otherwise', () => {
    for (const [args, seconds] of [
      [{}, 30],
      [{ seconds: 1 }, 1],
      [{ seconds: 60 }, 60],
    ] as const) {
      const { world, generation, watch, messages } = begun();
      const { text, structured } = watch(args);
      expect(world.passed).toBe(seconds * 1_000);
      expect(structured).toMatchObject({ generation, since: generation, changes: [] });
      expect(text).toContain(`No change since generation ${generation}. To go on, pass since ${generation}.`);
      expect(messages()).toEqual([]);
    }
  });

  it('ends in time though the store is slow', () => {
    const keyvalue = memoryKeyValue();
    const world: GraphWorld = new GraphWorld({
      keyvalue: {
        ...keyvalue,
        getMany: (keys) => {
          world.clock.advance(130);
          return keyvalue.getMany(keys);
        },
      },
    });
    world.publish(SMALL_MESH);
    const began = world.passed;
    world.call(watchMeshGraph, { seconds: 5 });
    expect(world.passed - began).toBeGreaterThanOrEqual(5_000);
    expect(world.passed - began).toBeLessThanOrEqual(5_130);
  });

  it('says at its end how the graph is by then', () => {
    const { watch } = begun();
    expect(watch({ seconds: 10 }).structured).not.toHaveProperty('stale');
    // Nobody renews the lease.
    const { structured, text } = watch({ seconds: 40 });
    expect(structured).toMatchObject({ changes: [], stale: { since: '2026-11-21T10:00:00Z' } });
    expect(text).toContain('STALE since 2026-11-21T10:00:00Z');
  });

  it('looks at the head twice a second, and at nothing else while nothing changes', () => {
    const { store, operations } = watched(memoryKeyValue());
    const { watch } = begun({ keyvalue: store });
    operations.length = 0;
    watch({ seconds: 10 });
    expect(operations.length).toBe(22);
    expect(new Set(operations.map(({ name }) => name))).toEqual(new Set(['getMany']));
  });

  it('goes on from a generation, and with seconds 0 ends at once', () => {
    const { world, generation, watch, told } = begun();
    const second = world.publish(grown(1));
    const third = world.publish(grown(2));
    const all = watch({ since: generation, seconds: 0 }).structured;
    expect(all.changes.map((change) => change.generation)).toEqual([second, third]);
    expect(all).toMatchObject({ since: generation, generation: third });
    expect(watch({ since: second, seconds: 0 }).structured.changes.map((change) => change.generation)).toEqual([third]);
    expect(watch({ since: third, seconds: 0 }).structured.changes).toEqual([]);
    expect(watch({ seconds: 0 }).structured.changes).toEqual([]);
    expect(world.passed).toBe(0);
    // Though no time passes, progress grows.
    expect(told.slice(0, 2).map(({ progress }) => progress)).toEqual([0, 0.001]);
  });

  it('hears the rest after what came before', () => {
    const { world, generation, watch } = begun();
    world.publish(grown(1));
    world.at(2_000, () => world.publish(grown(2)));
    expect(watch({ since: generation, seconds: 3 }).structured.changes.map(({ lines }) => lines[0])).toEqual([
      newService(1),
      newService(2),
    ]);
  });

  it('ends after so many changes, and loses none that came with them', () => {
    const { world, watch, messages } = begun();
    world.at(700, () => {
      world.publish(grown(1));
      world.publish(grown(2));
      world.publish(grown(3));
    });
    const first = watch({ maxChanges: 1 }).structured;
    expect(world.passed).toBe(1_000);
    expect(first.changes.map(({ lines }) => lines[0])).toEqual([newService(1)]);
    expect(first.generation).toBe(first.changes[0]?.generation);
    expect(messages()).toHaveLength(1);
    const rest = watch({ since: first.generation, maxChanges: 5, seconds: 0 }).structured;
    expect(rest.changes.map(({ lines }) => lines[0])).toEqual([newService(2), newService(3)]);
  });

  it('tells nothing where only a source changes', () => {
    const { world, watch } = begun();
    world.at(1_000, () => world.publish(SMALL_MESH, { notes: ['Pods may not be read.'] }));
    const { structured, text } = watch({ seconds: 2 });
    expect(structured.changes).toEqual([]);
    expect(structured.notes).toEqual(['Pods may not be read.']);
    expect(structured.generation).toBeGreaterThan(structured.since);
    expect(text).toContain(`To go on, pass since ${structured.generation}.`);
  });

  it('shows traffic, its rates and its denials', () => {
    const { world, watch } = begun();
    const { observation } = SMALL_MESH;
    const traffic = observation.traffic.map((row) =>
      row.source.tag === 'workload' && row.source.name === 'catalog' ? { ...row, requests: 60, failures: 6 } : row,
    );
    world.at(1_000, () => world.publish({ ...SMALL_MESH, observation: { ...observation, traffic, decisions: [] } }));
    const { lines = [] } = watch({ seconds: 2 }).structured.changes[0] ?? {};
    expect(lines).toContain('shop: edge catalog -> search:8080 30 rps -> 60 rps, 100% ok -> 90% ok');
    expect(lines.some((line) => line.startsWith('shop: edge unmeshed -> orders:8080') && line.endsWith('gone'))).toBe(true);
  });
});

describe('the filters', () => {
  it('of a namespace keep what is in it, and traffic into and out of it', () => {
    const { world, generation, watch } = begun();
    world.publish(grown(1, 'legacy'));
    world.publish(grown(1, 'bank'));
    const { observation } = SMALL_MESH;
    const traffic = [...observation.traffic, call({ from: workload('legacy', 'crm'), to: workload('bank', 'portal'), rps: 1 })];
    world.publish({ ...grown(1, 'bank'), observation: { ...observation, traffic } });
    const linesFor = (namespace: string) =>
      watch({ since: generation, seconds: 0, namespace }).structured.changes.flatMap(({ lines }) => lines);
    expect(linesFor('legacy')).toEqual([
      newService(1, 'legacy'),
      'legacy: service extra-1 gone',
      'legacy: new edge crm -> bank/portal:8080 1 rps, 100% ok, 100% TLS',
    ]);
    expect(linesFor('bank')[0]).toBe(newService(1, 'bank'));
    expect(linesFor('bank').at(-1)).toContain('edge crm -> bank/portal');
    expect(linesFor('shop')).toEqual([]);
  });

  it('of a namespace hear that it is gone', () => {
    const { world, watch } = begun();
    world.at(1_000, () => world.publish(without(SMALL_MESH, ({ namespace }) => namespace === 'legacy')));
    expect(watch({ seconds: 2, namespace: 'legacy' }).structured.changes.map(({ lines }) => lines)).toEqual([['namespace legacy gone']]);
  });

  it('of a workload keep it, its traffic, and what selects it', () => {
    const { world, generation, watch } = begun();
    const pods = (name: string) => without(SMALL_MESH, (object) => object.kind === 'pods' && object.name === `${name}-abc-0`);
    world.publish(pods('web'));
    world.publish(pods('cart'));
    world.publish(SMALL_MESH);
    const lines = watch({ since: generation, seconds: 0, namespace: 'shop', workload: 'cart' }).structured.changes.map(
      (change) => change.lines,
    );
    expect(lines).toEqual([
      ['shop: workload Deployment/cart 2 meshed pods -> 1 meshed pod, 2 pods -> 1 pod'],
      ['shop: workload Deployment/cart 1 meshed pod -> 2 meshed pods, 1 pod -> 2 pods'],
    ]);
  });

  it('say that there was no such change', () => {
    const { world, watch } = begun();
    world.at(500, () => world.publish(grown(1)));
    const { text, structured } = watch({ seconds: 1, namespace: 'bank' });
    expect(text).toContain(`No such change since generation ${structured.since}. To go on, pass since ${structured.generation}.`);
    expect(structured.generation).toBeGreaterThan(structured.since);
  });
});

describe('a gap', () => {
  const OVERVIEW = ['bank', 'legacy', 'shop'];

  it('where too much came after: gives the graph, and says so', () => {
    const { world, generation, watch } = begun({ ring: 16 });
    for (let count = 1; count <= 20; count++) world.publish(grown(count));
    const { text, structured } = watch({ since: generation });
    expect(structured).toMatchObject({ gap: 'too-old', since: generation, changes: [] });
    expect(structured.namespaces?.map(({ namespace }) => namespace)).toEqual(OVERVIEW);
    expect(text).toContain(
      `The changes since generation ${generation} are not known (they are kept no longer); this is the graph as it is now. To go on, pass since ${structured.generation}.`,
    );
    expect(text).toMatch(/\nNAMESPACE .*\nbank /);
    expect(world.passed).toBe(0);
    // And that is a place to go on from.
    expect(watch({ since: structured.generation, seconds: 0 }).structured).not.toHaveProperty('gap');
  });

  it('where there never was such a generation', () => {
    const { generation, watch } = begun();
    for (const since of [0, generation - 100, generation + 1]) {
      expect(['unknown-generation', 'too-old']).toContain(watch({ since, seconds: 0 }).structured.gap);
    }
    expect(watch({ since: generation + 1, seconds: 0 }).text).toContain('this graph never had that generation');
  });

  it('where a change was too large to keep', () => {
    const { world, generation, watch } = begun();
    world.at(1_000, () => world.publish(withObjects(SMALL_MESH, ...towns({ namespaces: 60, pods: 1 }).objects)));
    const { structured, text } = watch({ since: generation, seconds: 5 });
    expect(structured.gap).toBe('too-large');
    expect(structured.namespaces).toHaveLength(40);
    expect(text).toContain('are not known (one of them was too large to keep)');
    expect(world.passed).toBe(1_000);
  });

  it('in the middle, as the store comes back empty: after what was told before', () => {
    const { world, watch, messages } = begun();
    world.at(1_000, () => world.publish(grown(1)));
    world.at(3_000, () => world.wipe());
    world.at(8_000, () => world.publish(grown(2)));
    const { text, structured } = watch({ seconds: 30 });
    expect(world.passed).toBeLessThanOrEqual(8_500);
    expect(['too-old', 'unknown-generation']).toContain(structured.gap);
    expect(structured.changes.map(({ lines }) => lines)).toEqual([[newService(1)]]);
    expect(structured.namespaces?.map(({ namespace }) => namespace)).toEqual(OVERVIEW);
    expect(text).toContain(newService(1));
    expect(text).toContain('this is the graph as it is now');
    expect(messages()).toHaveLength(1);
  });

  it('of one namespace gives that one', () => {
    const { world, generation, watch } = begun({ ring: 16 });
    for (let count = 1; count <= 20; count++) world.publish(grown(count));
    const { structured, text } = watch({ since: generation, namespace: 'bank' });
    expect(structured.namespaces?.map(({ namespace }) => namespace)).toEqual(['bank']);
    expect(text).toContain('1 namespace, 3 services, 5 of 5 pods meshed; 12 rps, 100% ok.');
  });

  it('of very many namespaces gives some, and says where the others are', () => {
    const world = new GraphWorld();
    world.publish(towns({ namespaces: 100, pods: 1, calls: 1 }));
    const { structured, text } = world.call<Structured>(watchMeshGraph, { since: 1 });
    expect(structured.namespaces).toHaveLength(40);
    expect(structured.notes).toEqual(['60 more namespaces: get_mesh_graph has them.']);
    expect(text).toContain('60 more namespaces: get_mesh_graph has them.');
  });
});

describe('while the store does not answer', () => {
  it('waits, and loses nothing', () => {
    const keyvalue = memoryKeyValue();
    let isDown = false;
    const world = new GraphWorld({
      keyvalue: {
        ...keyvalue,
        getMany: (keys) => {
          if (isDown) throw new MeshError('unavailable', 'The store does not answer.');
          return keyvalue.getMany(keys);
        },
      },
    });
    world.publish(SMALL_MESH);
    world.at(1_000, () => {
      isDown = true;
    });
    world.at(4_000, () => {
      isDown = false;
      world.publish(grown(1));
    });
    const { structured } = world.call<Structured>(watchMeshGraph, { seconds: 10 });
    expect(structured.changes.map(({ lines }) => lines)).toEqual([[newService(1)]]);
  });

  it('to its end, says so to who was told nothing, and gives the others what they were told', () => {
    const { world, watch } = begun();
    world.at(1_000, () => world.wipe());
    expect(errorOf(() => watch({ seconds: 5 }))).toMatchObject({ code: 'unavailable', retryAfterMs: 5_000 });
    expect(world.passed).toBe(5_000);

    const other = begun();
    other.world.at(1_000, () => other.world.publish(grown(1)));
    other.world.at(2_000, () => other.world.wipe());
    const { structured } = other.watch({ seconds: 5 });
    expect(structured.changes).toHaveLength(1);
    expect(structured.generation).toBe(structured.changes[0]?.generation);
    expect(structured.notes.join()).toContain('At the end the graph could not be read: There is no mesh graph in the store yet.');
  });
});

describe('the client', () => {
  it('is told that the watch goes on, in seconds', () => {
    const { world, watch, told } = begun();
    world.at(7_000, () => world.publish(grown(1)));
    watch({ seconds: 20 });
    expect(told.map(({ progress, total, message }) => [progress, total, message === undefined])).toEqual([
      [5, 20, true],
      [7, 20, false],
      [12, 20, true],
      [17, 20, true],
    ]);
  });

  it('hears progress that always grows', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(12_000), { maxLength: 20 }), (times) => {
        const { world, watch, told } = begun({ ring: 64 });
        let count = 0;
        for (const at of times) world.at(at, () => world.publish(grown(++count)));
        const { changes } = watch({ seconds: 10 }).structured;
        const due = times.filter((at) => at <= 10_000).length;
        expect(changes.map(({ lines }) => lines[0])).toEqual(Array.from({ length: due }, (_, place) => newService(place + 1)));
        expect(told.filter(({ message }) => message !== undefined)).toHaveLength(due);
        for (const [place, { progress, total = 0 }] of told.entries()) {
          expect(progress).toBeGreaterThan(told[place - 1]?.progress ?? -1);
          expect(total).toBeGreaterThanOrEqual(progress);
        }
      }),
      { numRuns: 25 },
    );
  });

  const ask = (world: GraphWorld, accept: string, meta: object, leavesAfter?: number) => {
    const responder = new RecordingResponder(leavesAfter);
    const message = {
      ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
      params: { name: 'watch_mesh_graph', arguments: { seconds: 30 }, _meta: meta },
    };
    const headers = [
      ['content-type', 'application/json'],
      ['accept', accept],
    ] as const;
    serveMcp(incomingRequest({ headers, body: JSON.stringify(message) }), responder, SERVER, {
      ports: world.ports,
      config: config(),
      principal: ADMIN,
      requestId: 'r-1',
    });
    return {
      response: responder.response,
      messages: messagesOf(responder.response) as { readonly method?: string; readonly result?: unknown }[],
    };
  };

  it('with a progress token hears each change as a notification, then the result', () => {
    const { world } = begun();
    world.at(1_000, () => world.publish(grown(1)));
    world.at(2_000, () => world.publish(grown(2)));
    const { response, messages } = ask(world, BOTH, { progressToken: 'p' });
    expect(response.streamed).toBe(true);
    expect(messages.map(({ method }) => method ?? 'result')).toEqual([...Array(7).fill('notifications/progress'), 'result']);
    expect(messages.slice(0, 2)).toMatchObject([
      { params: { progressToken: 'p', progress: 1, total: 30, message: expect.stringContaining(newService(1)) } },
      { params: { progressToken: 'p', progress: 2, total: 30, message: expect.stringContaining(newService(2)) } },
    ]);
    expect(messages.at(-1)).toMatchObject({
      result: { structuredContent: { changes: [{ lines: [newService(1)] }, { lines: [newService(2)] }] } },
    });
  });

  it.each([
    ['without a token', BOTH, {}],
    ['that takes no stream', 'application/json', { progressToken: 'p' }],
  ])('%s gets all changes with the result', (_who, accept, meta) => {
    const { world } = begun();
    world.at(1_000, () => world.publish(grown(1)));
    const { response, messages } = ask(world, accept, meta);
    expect(response.streamed).toBe(false);
    expect(messages).toMatchObject([{ result: { structuredContent: { changes: [{ lines: [newService(1)] }] } } }]);
  });

  it('that leaves ends the watch: at the next change, or within five seconds', () => {
    const busy = begun();
    for (let at = 1; at < 30; at++) busy.world.at(at * 1_000, () => busy.world.publish(grown(at)));
    ask(busy.world, BOTH, { progressToken: 'p' }, 2);
    expect(busy.world.passed).toBe(3_000);

    const quiet = begun();
    ask(quiet.world, BOTH, { progressToken: 'p' }, 0);
    expect(quiet.world.passed).toBe(5_000);
  });
});

describe('the budget', () => {
  // GraphWorld refuses an answer that is longer than the option allows.
  it.each([2_000, 4_000])('of %i characters ends a watch early, and loses nothing', (characters) => {
    const { world, generation, watch } = begun({ ring: 64, options: { MAX_ANSWER_CHARACTERS: String(characters) } });
    for (let count = 1; count <= 40; count++) world.publish(grown(count));
    const lines: string[] = [];
    let since = generation;
    let answers = 0;
    for (;;) {
      const { structured, text } = watch({ since, seconds: 0 });
      lines.push(...structured.changes.flatMap((change) => change.lines));
      since = structured.generation;
      answers++;
      if (!text.includes('this answer is full, and there is more')) break;
    }
    expect(lines).toEqual(Array.from({ length: 40 }, (_, place) => newService(place + 1)));
    expect(answers).toBeGreaterThan(1);
  });

  it('ends a watch that waits, once the answer is full', () => {
    const { world, watch } = begun({ options: { MAX_ANSWER_CHARACTERS: '2000' } });
    for (let at = 1; at < 30; at++) world.at(at * 1_000, () => world.publish(grown(at)));
    const { text, structured } = watch({ seconds: 30 });
    expect(text).toContain('this answer is full');
    expect(world.passed).toBe((structured.changes.length + 1) * 1_000);
  });

  it('gives twenty lines of a change, and counts the rest', () => {
    const { world, generation, watch, messages } = begun();
    world.publish(grown(50));
    const { structured, text } = watch({ since: generation, seconds: 0 });
    expect(structured.changes).toHaveLength(1);
    expect(structured.changes[0]).toMatchObject({ omittedLines: 30 });
    expect(structured.changes[0]?.lines).toHaveLength(20);
    expect(text).toContain('  and 30 more lines');
    expect(messages()[0]).toContain('\nand 30 more lines');
  });

  it('shortens a change that is too long for an answer of its own', () => {
    const { world, generation, watch, messages } = begun({ options: { MAX_ANSWER_CHARACTERS: '2000' } });
    world.publish(grown(50, 'shop', `a${'-long'.repeat(11)}`));
    const { changes } = watch({ since: generation, seconds: 0 }).structured;
    expect(changes).toHaveLength(1);
    const [{ lines, omittedLines = 0 } = { lines: [] }] = changes;
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.length).toBeLessThan(20);
    expect(lines.length + omittedLines).toBe(50);
    expect(messages()[0]?.split('\n')).toHaveLength(lines.length + 2);
  });
});

it.each([
  [{ since: -1 }, 'since'],
  [{ since: 1.5 }, 'since'],
  [{ seconds: 61 }, 'seconds'],
  [{ seconds: -1 }, 'seconds'],
  [{ maxChanges: 0 }, 'maxChanges'],
  [{ maxChanges: 1001 }, 'maxChanges'],
  [{ workload: 'web' }, 'workload'],
])('refuses %j', (args, name) => {
  const { world, watch } = begun();
  expect(errorOf(() => watch(args))).toMatchObject({ code: 'invalid', message: expect.stringContaining(`${name}: `) });
  expect(world.passed).toBe(0);
});
