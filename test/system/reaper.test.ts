import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { expect, it } from 'vitest';

const REAPER = JSON.stringify(new URL('./support/reaper.ts', import.meta.url).href);

/** Starts two long-lived processes that hold a pipe each, 1 and 3, remembers both, forgets the second, and dies without a word. */
const PROGRAM = `
  import { spawn } from 'node:child_process';
  import { writeSync } from 'node:fs';
  import { forget, remember } from ${REAPER};
  const [kept, forgotten] = [1, 3].map((pipe) => spawn('sleep', ['600'], { stdio: ['ignore', pipe, 'ignore'], detached: true }));
  remember(kept.pid);
  remember(forgotten.pid);
  forget(forgotten.pid);
  writeSync(1, String(forgotten.pid));
  setImmediate(() => process.kill(process.pid, 'SIGKILL'));
`;

it('kills what a killed test process leaves behind, and nothing that was seen to end', async () => {
  const program = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  // Both are pipes, see `stdio` above, so there are streams for them, and we only read from these.
  const [keptPipe, forgottenPipe] = [program.stdio[1], program.stdio[3]] as [Readable, Readable];
  let forgottenEnded = false;
  const forgottenEnd = new Promise<void>((resolve) => {
    forgottenPipe.resume().once('end', () => {
      forgottenEnded = true;
      resolve();
    });
  });
  let output = '';
  keptPipe.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const keptEnd = new Promise((resolve) => keptPipe.once('end', resolve));
  const signal = await new Promise((resolve) => program.once('exit', (_, by) => resolve(by)));
  expect(signal).toBe('SIGKILL');

  await keptEnd;
  expect(forgottenEnded).toBe(false);
  process.kill(Number(output), 'SIGTERM');
  await forgottenEnd;
}, 10_000);
