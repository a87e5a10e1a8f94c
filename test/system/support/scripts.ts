import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toolPath } from '../tools/cache.ts';

export const DEPLOY = fileURLToPath(new URL('../../../deploy/istio', import.meta.url));

/** No script of ours may take longer, slow machine or not. */
const LIMIT_MS = 240_000;

export interface ScriptResult {
  readonly status: number | null;
  /** Standard output and standard error together, as one reads them. */
  readonly output: string;
}

/** Runs a script of ours as a user would. */
export type Script = (name: string, ...args: readonly string[]) => Promise<ScriptResult>;

/**
 * Scripts that reach the cluster of that kubeconfig. Their PATH has the kubectl of the tests and what the system has; an istioctl or helm of this machine is not
 * on it unless it lies in /usr/bin.
 */
export function scriptsFor(kubeconfig: string, folder: string): Script {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(toolPath('kubectl'), join(bin, 'kubectl'));
  return scriptsIn(join(DEPLOY, 'scripts'), { PATH: `${bin}:/usr/bin:/bin`, HOME: folder, TMPDIR: folder, KUBECONFIG: kubeconfig });
}

/** Scripts of a folder, with that environment and no other. */
export function scriptsIn(scripts: string, env: Readonly<Record<string, string>>): Script {
  return (name, ...args) =>
    new Promise((resolve, reject) => {
      const child = spawn(join(scripts, name), args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          output += chunk;
        });
      }
      child.once('error', reject).once('close', (status) => resolve({ status, output }));
    });
}
