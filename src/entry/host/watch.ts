import { type ChildProcess, spawn } from 'node:child_process';
import { type FSWatcher, watch } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../../scripts/wit.ts';
import { onParentGone } from './parent.ts';

/** Editors write a file in several steps: the restart waits until they have been quiet for this long. */
const QUIET_MS = 150;

/** Runs the host in a child process and starts it again, which builds it again, whenever a source file changes. Resolves when asked to stop. */
export async function watchAndRestart(args: readonly string[]): Promise<void> {
  const start = () => spawn(process.execPath, [path.join(ROOT, 'src/entry/host.ts'), ...args], { stdio: 'inherit' });
  let child: ChildProcess = start();
  let timer: NodeJS.Timeout | undefined;
  let restarting = false;

  const restart = async () => {
    if (restarting) return;
    restarting = true;
    console.error('a source file changed, starting again');
    await end(child);
    child = start();
    restarting = false;
  };
  // A recursive watch on Linux holds on to the files that it saw first, and editors put a new file in the place of the old: so each change is watched for anew.
  let watchers: readonly FSWatcher[] = [];
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      look();
      void restart();
    }, QUIET_MS);
  };
  const look = () => {
    for (const watcher of watchers) watcher.close();
    watchers = ['src', 'wit', 'scripts'].map((folder) => watch(path.join(ROOT, folder), { recursive: true }, changed));
  };
  look();

  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
    onParentGone(resolve);
  });
  clearTimeout(timer);
  for (const watcher of watchers) watcher.close();
  await end(child);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
