/** Plays the main thread for the test of the worker's side of wasi:keyvalue: a worker of its own, since that side blocks the thread it runs in. */
import { type MessagePort, workerData } from 'node:worker_threads';
import { memoryStore } from '../../../../src/adapters/node/memory-store.ts';
import { type GuestCommand, SIGNAL_EVENTS } from '../../../../src/adapters/node/protocol.ts';
import { perform } from '../../../../src/adapters/node/store.ts';

const { port, signal }: { readonly port: MessagePort; readonly signal: Int32Array } = workerData;
const store = memoryStore();

port.on('message', async (command: GuestCommand) => {
  if (command.tag !== 'store') return;
  port.postMessage({ tag: 'stored', call: command.call, result: await perform(store, command.bucket, command.operation) });
  Atomics.add(signal, SIGNAL_EVENTS, 1);
  Atomics.notify(signal, SIGNAL_EVENTS);
});
