/**
 * A worker thread that runs the component as the local host's does, and says what that took: processor time of its thread and linear memory, both where the component
 * turned from one thing to the next.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { guestImports } from '../../src/adapters/node/guest/imports.ts';
import { IncomingRequest, ResponseOutparam } from '../../src/adapters/node/guest/incoming.ts';
import { Mailbox } from '../../src/adapters/node/guest/mailbox.ts';
import type { GuestCommand, GuestRequest } from '../../src/adapters/node/protocol.ts';

export interface Setup {
  /** The module that jco wrote, as a file URL. */
  readonly module: string;
  readonly cores: ReadonlyMap<string, WebAssembly.Module>;
  readonly options: ReadonlyMap<string, string>;
  /** `host:port` of the fake Prometheus. */
  readonly prometheus: string;
}

export interface Order {
  readonly request: GuestRequest;
  readonly port: MessagePort;
  readonly signal: Int32Array;
  readonly options: ReadonlyMap<string, string>;
  /** How many times slower than ours the component's monotonic clock runs. */
  readonly slowness: number;
}

/** What the component turned to. */
export type Doing = 'begin' | 'kubernetes' | 'prometheus' | 'store' | 'end';

/** How much had been used when it did. */
export interface Mark {
  readonly doing: Doing;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

interface Component {
  readonly incomingHandler: { handle(request: IncomingRequest, out: ResponseOutparam): void };
}

type InstantiateCore = (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance;

/** The module that jco writes for `instantiation: sync`. */
interface Transpiled {
  instantiate(core: (name: string) => WebAssembly.Module, imports: object, instantiateCore: InstantiateCore): Component;
}

if (parentPort === null) throw new Error('this file is the start of a worker thread');
const parent = parentPort;
// bench/scale/instance.ts makes workers with these data and no others.
const { module, cores, options, prometheus } = workerData as Setup;
process.env = {};

const memories = new Set<WebAssembly.Memory>();
let marks: Mark[] = [];

function mark(doing: Doing): void {
  const { user, system } = process.threadCpuUsage();
  const memoryBytes = [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  const before = marks.at(-1);
  if (before?.doing !== doing) marks.push({ doing, cpuMs: (user + system) / 1000, memoryBytes });
}

class MarkingMailbox extends Mailbox {
  override send(command: GuestCommand): void {
    if (command.tag === 'store') mark('store');
    if (command.tag === 'send') mark(command.request.authority === prometheus ? 'prometheus' : 'kubernetes');
    super.send(command);
  }
}

const mailbox = new MarkingMailbox();
const current = new Map(options);
let slowness = 1;
const standard = guestImports(mailbox, current);
const clock = standard['wasi:clocks/monotonic-clock'];
const imports = {
  ...standard,
  'wasi:clocks/monotonic-clock': {
    now: () => clock.now() / BigInt(slowness),
    resolution: () => clock.resolution(),
    subscribeInstant: (when: bigint) => clock.subscribeInstant(when * BigInt(slowness)),
    subscribeDuration: (duration: bigint) => clock.subscribeDuration(duration * BigInt(slowness)),
  },
};
const { instantiate } = (await import(module)) as Transpiled;

function newInstance(): Component {
  memories.clear();
  const core = (name: string): WebAssembly.Module => {
    const found = cores.get(name);
    if (found === undefined) throw new Error(`the component has no core module ${name}`);
    return found;
  };
  return instantiate(core, imports, (compiled, given) => {
    const instance = new WebAssembly.Instance(compiled, given);
    for (const exported of Object.values(instance.exports)) if (exported instanceof WebAssembly.Memory) memories.add(exported);
    return instance;
  });
}

parent.on('message', ({ request, port, signal, options: changed, slowness: wanted }: Order) => {
  slowness = wanted;
  const instance = newInstance();
  marks = [];
  current.clear();
  for (const [name, value] of changed) current.set(name, value);
  mailbox.begin({ port, signal });
  mark('begin');
  try {
    instance.incomingHandler.handle(new IncomingRequest(request, mailbox), new ResponseOutparam(mailbox));
    mailbox.send({ tag: 'done' });
  } catch (error) {
    mailbox.send({ tag: 'trap', message: error instanceof Error ? error.message : String(error) });
  }
  mark('end');
  mailbox.end();
  parent.postMessage(marks);
});
parent.postMessage('ready');
