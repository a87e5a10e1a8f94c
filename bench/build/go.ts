/** Builds the Go commands of the benchmark: the load tool and the plain Go server. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../scripts/wit.ts';
import { buildCached } from './cached.ts';

const MODULE = path.join(ROOT, 'bench/go');

/** Where the command lies. Needs Go on the PATH, and the module proxy the first time. */
export async function buildGo(name: 'load' | 'server', say: (line: string) => void): Promise<string> {
  const go = promisify(execFile);
  const { stdout: version } = await go('go', ['env', 'GOVERSION']).catch(() => {
    throw new Error('There is no go on the PATH, which the load tool is built with: install Go 1.26 or newer, from https://go.dev/dl');
  });
  return buildCached({ name, inputs: [MODULE], extra: version.trim() }, say, async (folder) => {
    await go('go', ['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-o', path.join(folder, 'bin', name), `./${name}`], {
      cwd: MODULE,
      env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
    });
  });
}
