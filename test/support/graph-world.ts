import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import type { Principal } from '../../src/access/principal.ts';
import { memoryKeyValue } from '../../src/adapters/memory/keyvalue.ts';
import { trafficOf } from '../../src/collector/traffic.ts';
import { parseConfig } from '../../src/config.ts';
import type { NamespaceTopology } from '../../src/graph/model.ts';
import type { Observation } from '../../src/graph/observed.ts';
import { groupBy } from '../../src/lib/group.ts';
import type { Tool } from '../../src/mcp/tool.ts';
import type { KeptObject } from '../../src/mesh/kept.ts';
import { buildNamespace } from '../../src/mesh/namespace.ts';
import { type SharedOptions, sharedContextOf } from '../../src/mesh/shared.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../src/ports/http.ts';
import type { KeyValue } from '../../src/ports/keyvalue.ts';
import type { Ports } from '../../src/ports/ports.ts';
import type { Circumstances } from '../../src/store/graph/head.ts';
import { takeLease } from '../../src/store/graph/lease.ts';
import type { NamespaceUpdate } from '../../src/store/graph/publication.ts';
import { type GraphWriter, openWriter } from '../../src/store/graph/writer.ts';
import { type FakeClock, fakeClock, fakeHttp, fixedRandom } from './ports.ts';
import { ADMIN } from './principals.ts';
import { type LogLine, quietPorts } from './quiet-ports.ts';
import { answeredStreams } from './streams.ts';

// Judges as the SDK's client does. A schema is compiled once.
const validator = new AjvJsonSchemaValidator();
const verdicts = new Map<string, ReturnType<typeof validator.getValidator>>();

function verdictOf({ name, outputSchema }: Tool, value: unknown) {
  const judge = verdicts.get(name) ?? validator.getValidator(outputSchema);
  verdicts.set(name, judge);
  return judge(value);
}

const SHARED: SharedOptions = {
  linkerdNamespace: 'linkerd',
  linkerdTrustDomain: 'cluster.local',
  istioRootNamespace: 'istio-system',
  istioTrustDomain: 'cluster.local',
};

/** A mesh as its sources tell it: what is kept of the cluster's objects, and one reading of Prometheus; without one, the traffic is not known. */
export interface Mesh {
  readonly objects: readonly KeptObject[];
  readonly observation?: Observation;
}

export const HEALTHY: Circumstances = {
  demo: false,
  sources: { kubernetes: { state: 'synced' }, prometheus: { state: 'synced' } },
  notes: [],
  trafficNotes: [],
  unread: [],
};

export interface WorldOptions {
  readonly keyvalue?: KeyValue;
  /** Options of the product, by their environment names. */
  readonly options?: Readonly<Record<string, string>>;
  /** How many changes the store keeps. */
  readonly ring?: number;
  /** What the upstreams answer; without it nothing is there. */
  readonly answer?: (request: HttpRequest) => HttpResponse | HttpFailure;
}

const unreachable = () => new HttpFailure('unreachable', 'no network in this test');

/** What a tool answered; `structured` is what its output schema says. */
export interface Answered<Structured> {
  readonly text: string;
  readonly structured: Structured;
}

/** What a call of `progress` told. */
export interface Told {
  readonly progress: number;
  readonly total: number | undefined;
  readonly message: string | undefined;
  /** Milliseconds since the world began. */
  readonly at: number;
}

/** Something that happens at a time, in milliseconds since the world began. */
interface Happening {
  readonly at: number;
  readonly act: () => void;
}

/**
 * A store that a collector fills through the real pieces, from the kept objects to the publication, and tools that read it. Time stands still until somebody sleeps; what
 * was planned for the time of a sleep happens during it.
 */
export class GraphWorld {
  readonly clock: FakeClock;
  readonly keyvalue: KeyValue;
  readonly ports: Ports;
  readonly log: readonly LogLine[];
  readonly #base: FakeClock;
  readonly #options: Readonly<Record<string, string>>;
  readonly #ring: number;
  readonly #began: number;
  readonly #plan: Happening[] = [];
  #writer: GraphWriter | undefined;
  #built = new Map<string, { readonly text: string; readonly topology: NamespaceTopology }>();

  constructor({ keyvalue = memoryKeyValue(), options = {}, ring = 16, answer = unreachable }: WorldOptions = {}) {
    const { ports, lines } = quietPorts();
    this.#base = fakeClock();
    const { now, monotonic } = this.#base;
    const pass = (ms: number) => this.#pass(ms);
    this.clock = { now, monotonic, sleep: pass, advance: pass, slept: 0 };
    this.keyvalue = keyvalue;
    const http = fakeHttp(answer, () => answeredStreams(this.clock, answer));
    this.ports = { ...ports, clock: this.clock, keyvalue, http, random: fixedRandom() };
    this.log = lines;
    this.#began = monotonic();
    this.#options = options;
    this.#ring = ring;
  }

  /** Milliseconds since the world began. */
  get passed(): number {
    return this.clock.monotonic() - this.#began;
  }

  /** Plans something. */
  at(ms: number, act: () => void): void {
    this.#plan.push({ at: ms, act });
    this.#plan.sort((a, b) => a.at - b.at);
  }

  /** Publishes the mesh as it is now; answers the generation. A collector that holds the lease does it. */
  publish({ objects, observation }: Mesh, circumstances: Partial<Circumstances> = {}): number {
    takeLease(this.ports, { holder: 'collector' });
    this.#writer ??= this.#open();
    const outcome = this.#writer.publish({
      ...HEALTHY,
      ...circumstances,
      updates: this.#updates(objects),
      resume: {},
    });
    if (outcome.tag === 'restart') {
      this.#writer = undefined;
      return this.publish(observation === undefined ? { objects } : { objects, observation }, circumstances);
    }
    // As the collector does: the traffic after the topology in which its names are looked up.
    if (observation !== undefined) {
      this.#writer.publish({
        ...HEALTHY,
        ...circumstances,
        updates: [],
        traffic: trafficOf(observation, this.#writer),
        trafficAt: this.clock.now(),
        resume: {},
      });
    }
    return this.#writer.head?.generation ?? 0;
  }

  /** Empties the store, as a restart of Redis without a disk does. */
  wipe(): void {
    this.keyvalue.deleteMany(this.keyvalue.keys());
  }

  /** Calls a tool as a fresh instance would. `told` hears its progress, and may throw. Throws where the answer breaks a rule that holds for all of them. */
  call<Structured>(
    tool: Tool,
    args: object = {},
    told: (progress: Told) => void = () => {},
    principal: Principal = ADMIN,
  ): Answered<Structured> {
    const config = parseConfig({ get: (name) => this.#options[name] });
    const { text, structured } = tool.call(args, {
      ports: this.ports,
      config,
      principal,
      progress: (progress, total, message) => told({ progress, total, message, at: this.passed }),
    });
    const json = JSON.stringify(structured);
    const verdict = verdictOf(tool, JSON.parse(json));
    if (!verdict.valid) throw new Error(`${tool.name} does not answer what its schema says: ${verdict.errorMessage}`);
    const longest = Math.max(text.length, json.length);
    if (longest > config.maxAnswerCharacters)
      throw new Error(`${tool.name} answers with ${longest} of ${config.maxAnswerCharacters} characters`);
    // It fits the tool's output schema, of which this is the type.
    return { text, structured: structured as unknown as Structured };
  }

  #open(): GraphWriter {
    const writer = openWriter(this.ports, { collector: 'collector', source: 'cluster', ring: this.#ring, sweep: false });
    if (writer.start.tag === 'nothing') this.#built.clear();
    return writer;
  }

  #pass(ms: number): void {
    const until = this.passed + ms;
    for (let next = this.#plan[0]; next !== undefined && next.at <= until; next = this.#plan[0]) {
      this.#plan.shift();
      this.#base.advance(Math.max(0, next.at - this.passed));
      next.act();
    }
    this.#base.advance(Math.max(0, until - this.passed));
  }

  #updates(objects: readonly KeptObject[]): readonly NamespaceUpdate[] {
    const shared = sharedContextOf(SHARED, objects);
    const byNamespace = groupBy(objects, ({ namespace }) => namespace);
    const names = [...new Set([...this.#built.keys(), ...byNamespace.keys()])].sort();
    return names.flatMap((namespace): NamespaceUpdate[] => {
      const own = byNamespace.get(namespace);
      if (own === undefined) {
        this.#built.delete(namespace);
        return [{ tag: 'removed', namespace }];
      }
      const text = JSON.stringify([own, shared.fingerprint]);
      if (this.#built.get(namespace)?.text === text) return [];
      const topology = buildNamespace(namespace, own, shared);
      this.#built.set(namespace, { text, topology });
      return [{ tag: 'changed', namespace, objects: own, topology }];
    });
  }
}

/** A world in whose store the graph of a mesh lies. */
export function worldOf(mesh: Mesh, options: WorldOptions = {}): GraphWorld {
  const world = new GraphWorld(options);
  world.publish(mesh);
  return world;
}
