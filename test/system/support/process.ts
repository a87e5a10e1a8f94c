import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { forget, remember } from './reaper.ts';
import type { Server, Servers } from './servers.ts';
import { GiveUp, PATIENCE_MS, until } from './wait.ts';

/** A process that is asked to end gets this long before it is killed. */
const GRACE_MS = 10_000;
/** More output than this is not kept: the beginning stays, which tells how the start went. */
const MAX_LOG_CHARACTERS = 4_000_000;
/** How much of the log an error carries. */
const SHOWN_CHARACTERS = 4_000;

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Beside the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  readonly name?: string;
}

/** A program under test, alone in a process of its own. */
export interface Process extends Server {
  readonly pid: number;
  /** Throws `GiveUp` with the end of the log when the process has ended. */
  readonly check: () => void;
  /** The first match of the pattern in the output. Throws when the process ends without it or `PATIENCE_MS` is over. */
  readonly output: (pattern: RegExp) => Promise<RegExpMatchArray>;
}

/** Starts a program and has it ended with the tests. That it runs does not mean that it is ready. */
export async function startProcess(servers: Servers, { command, args, env, name = basename(command) }: ProcessOptions): Promise<Process> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  let ended: string | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      if (log.length < MAX_LOG_CHARACTERS) log += chunk;
    });
  }
  const end = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      ended = signal ?? `status ${code}`;
      if (child.pid !== undefined) forget(child.pid);
      resolve();
    });
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${name} did not start: ${error.message}`, { cause: error })));
    child.once('spawn', () => (child.pid === undefined ? reject(new Error(`${name} has no process id`)) : resolve(child.pid)));
  });
  remember(pid);

  const check = (): void => {
    if (ended !== undefined) throw new GiveUp(`${name} ended (${ended}); its last output:\n${log.slice(-SHOWN_CHARACTERS)}`);
  };
  return servers.add({
    name,
    pid,
    log: () => log,
    check,
    output: (pattern) =>
      until(`${pattern} in the output of ${name}`, async () => {
        const match = log.match(pattern);
        if (match === null) check();
        return match ?? undefined;
      }).catch((error) => {
        throw error instanceof GiveUp ? error : new Error(`${error.message}; its output:\n${log.slice(-SHOWN_CHARACTERS)}`);
      }),
    stop: async () => {
      if (ended !== undefined) return;
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await end;
      clearTimeout(killer);
    },
  });
}

/** Runs a program to its end. Resolves to its standard output; rejects with its standard error when its status is not 0. */
export function run(command: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: PATIENCE_MS });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  // A program that does not read its input closes the pipe: its status says the rest.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${basename(command)} ${args.join(' ')}: ${signal ?? `status ${code}`}\n${errors}`));
    });
  });
}
