/** The worker thread: one component instance at a time, a fresh one for every request, as on the hosts in production. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { GuestRequest } from '../protocol.ts';
import { guestImports } from './imports.ts';
import { IncomingRequest, ResponseOutparam } from './incoming.ts';
import { Mailbox } from './mailbox.ts';

/** What the pool gives a new worker. */
export interface WorkerSetup {
  /** The module that jco wrote, as a file URL. */
  readonly module: string;
  /** The core modules, compiled once for all workers, by the name that module asks for. */
  readonly cores: ReadonlyMap<string, WebAssembly.Module>;
  readonly options: ReadonlyMap<string, string>;
}

/** One request to run. */
export interface Assignment {
  readonly request: GuestRequest;
  readonly port: MessagePort;
  readonly signal: Int32Array;
  /** What the component reads from wasi:config from now on; undefined where that is what it was. */
  readonly options: ReadonlyMap<string, string> | undefined;
}

/** What the worker says outside of a run. */
export type WorkerNotice = { readonly tag: 'ready' } | { readonly tag: 'idle' };

interface Component {
  readonly incomingHandler: { handle(request: IncomingRequest, out: ResponseOutparam): void };
}

/** The module that jco writes for `instantiation: sync`. */
interface Transpiled {
  instantiate(core: (name: string) => WebAssembly.Module, imports: object): Component;
}

if (parentPort === null) throw new Error('this file is the start of a worker thread');
const parent = parentPort;
// The pool makes workers with these data and no others.
const { module, cores, options } = workerData as WorkerSetup;

// Node's own object for it is slow to read, and jco's glue code reads it at every call for a debugging switch.
process.env = {};

const mailbox = new Mailbox();
const currentOptions = new Map(options);
const imports = guestImports(mailbox, currentOptions);
const { instantiate } = (await import(module)) as Transpiled;

function newInstance(): Component {
  return instantiate((name) => {
    const core = cores.get(name);
    if (core === undefined) throw new Error(`the component has no core module ${name}`);
    return core;
  }, imports);
}

// The next instance is made while the worker is idle, so that no request waits for it.
let next: Component | undefined = newInstance();

function run({ request, port, signal, options: changed }: Assignment): void {
  mailbox.begin({ port, signal });
  if (changed !== undefined) {
    currentOptions.clear();
    for (const [name, value] of changed) currentOptions.set(name, value);
  }
  try {
    const instance = next ?? newInstance();
    next = undefined;
    instance.incomingHandler.handle(new IncomingRequest(request, mailbox), new ResponseOutparam(mailbox));
    mailbox.send({ tag: 'done' });
  } catch (error) {
    mailbox.send({ tag: 'trap', message: error instanceof Error ? error.message : String(error) });
  }
  mailbox.end();
  next ??= newInstance();
  say({ tag: 'idle' });
}

function say(notice: WorkerNotice): void {
  parent.postMessage(notice);
}

parent.on('message', run);
say({ tag: 'ready' });
