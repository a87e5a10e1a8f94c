/** Plays the local host's main thread: a worker of its own, since the component's side of wasi:keyvalue blocks the thread it runs in. */
import { type MessagePort, workerData } from 'node:worker_threads';
import { type GuestCommand, SIGNAL_EVENTS } from '../../src/adapters/node/protocol.ts';
import { perform } from '../../src/adapters/node/store.ts';
import { openStore, parseStore } from '../../src/entry/host/store-choice.ts';

const { port, signal, name }: { readonly port: MessagePort; readonly signal: Int32Array; readonly name: string } = workerData;
const choice = parseStore(name);
if (choice === undefined) throw new Error('that is no store');
const store = openStore(choice, () => {});

port.on('message', async (command: GuestCommand) => {
  if (command.tag !== 'store') return;
  port.postMessage({ tag: 'stored', call: command.call, result: await perform(store, command.bucket, command.operation) });
  Atomics.add(signal, SIGNAL_EVENTS, 1);
  Atomics.notify(signal, SIGNAL_EVENTS);
});
