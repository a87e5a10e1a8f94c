/** Starts the servers that are measured, one process each. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { forget, remember } from '../test/system/support/reaper.ts';
import { GiveUp, until } from '../test/system/support/wait.ts';

/** A process that is asked to end gets this long before it is killed. */
const GRACE_MS = 10_000;
/** The engines may compile 14 MB on a busy machine first. */
const START_LIMIT_MS = 180_000;
/** How much of a log an error carries. */
const SHOWN_CHARACTERS = 2_000;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Beside the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Running {
  /** What the server says it listens on. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a server and waits for the line that names its address. What it writes goes to a file: a pipe would make this process read along while the
 * server is being measured.
 */
export async function startServer(name: string, { program, args, env }: Command, ready: RegExp, logFolder: string): Promise<Running> {
  const log = path.join(logFolder, `${name}.log`);
  const output = openSync(log, 'w');
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', output, output] });
  closeSync(output);
  let ended: string | undefined;
  const end = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      ended ??= error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      ended ??= signal ?? `status ${code}`;
      if (child.pid !== undefined) forget(child.pid);
      resolve();
    });
  });
  if (child.pid !== undefined) remember(child.pid);
  const stop = async (): Promise<void> => {
    if (ended !== undefined) return;
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await end;
    clearTimeout(killer);
  };
  const look = async (): Promise<string | undefined> => {
    if (ended !== undefined) throw new GiveUp(`${name} ended (${ended}): ${readFileSync(log, 'utf8').slice(-SHOWN_CHARACTERS)}`);
    return ready.exec(readFileSync(log, 'utf8'))?.[1];
  };
  try {
    return { url: await until(`the address of ${name}`, look, START_LIMIT_MS), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
