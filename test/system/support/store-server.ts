import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { onFreePort } from './ports.ts';
import { type Process, startProcess } from './process.ts';
import type { Server, Servers } from './servers.ts';
import { until } from './wait.ts';

/** A server of a key-value store, on the loopback interface alone, at one address for as long as the tests run. */
export interface StoreServer extends Server {
  /** As `--store` takes it. */
  readonly url: string;
  /** Stops it, and starts it with what it had. */
  readonly restart: () => Promise<void>;
  /** Stops it, and starts it with nothing in it. */
  readonly restartEmpty: () => Promise<void>;
  /** Starts it again after `stop`, with what it had. */
  readonly start: () => Promise<void>;
  /** Resolves once it keeps its connections and says nothing any more, until `resume`. */
  readonly pause: () => Promise<void>;
  readonly resume: () => void;
}

/** How one kind of server is started. */
export interface StoreProgram {
  readonly command: string;
  /** The arguments that make it listen on this port of 127.0.0.1 and keep its data in this folder. */
  readonly args: (port: number, folder: string) => readonly string[];
  /** What it prints once it answers. */
  readonly ready: RegExp;
  readonly url: (port: number) => string;
}

export async function startStoreServer(servers: Servers, { command, args, ready, url }: StoreProgram): Promise<StoreServer> {
  let folder = servers.folder();
  const launch = async (port: number) => {
    const started = await startProcess(servers, { command, args: args(port, folder) });
    await started.output(ready);
    return { port, process: started };
  };
  const first = await onFreePort(launch);
  const { port } = first;
  let running: Process = first.process;

  const resume = () => signal(running, 'SIGCONT');
  const stop = async () => {
    // A process that is paused does not end when it is asked to.
    resume();
    await running.stop();
  };
  const start = async () => {
    running = (await launch(port)).process;
  };
  return servers.add({
    name: first.process.name,
    // Each process tells its own.
    log: () => '',
    url: url(port),
    stop,
    start,
    restart: async () => {
      await stop();
      await start();
    },
    restartEmpty: async () => {
      await stop();
      folder = servers.folder();
      await start();
    },
    pause: async () => {
      signal(running, 'SIGSTOP');
      await until(`${first.process.name} is paused`, async () => isStopped(running.pid) || undefined);
    },
    resume,
  });
}

/** One that has ended is nobody to send a signal to. */
function signal(to: Process, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    to.check();
  } catch {
    return;
  }
  process.kill(to.pid, name);
}

/** Whether all threads stand still: the signal reaches one after the other (proc_pid_stat(5), the state follows the name in brackets). Believed where there is no /proc. */
function isStopped(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  return !existsSync(tasks) || readdirSync(tasks).every((task) => /\) [Tt] /.test(readFileSync(`${tasks}/${task}/stat`, 'utf8')));
}
