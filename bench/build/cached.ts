/** Builds of the benchmark in the cache folder that the system tests use too, each named by the hash of what it is made of. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { filesBelow, ROOT } from '../../scripts/wit.ts';
import { buildOnce, cacheFolder } from '../../test/system/tools/cache.ts';

export interface CachedBuild {
  /** The file that comes of it. */
  readonly name: string;
  /** Files and folders that it is made of. */
  readonly inputs: readonly string[];
  /** What else it depends on. */
  readonly extra: string;
}

/** The path of what `build` leaves as `bin/<name>` in the folder that it is given; built only where nothing in it has changed. */
export async function buildCached(
  { name, inputs, extra }: CachedBuild,
  say: (line: string) => void,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = path.join(cacheFolder(), `bench-${name}-${await hashOf(inputs, extra)}`);
  const result = path.join(folder, 'bin', name);
  if (existsSync(result)) return result;
  say(`building ${name}`);
  await buildOnce(folder, build, (pid) => say(`${name}: process ${pid} is building it, waiting`));
  if (!existsSync(result)) throw new Error(`the build of ${name} left no ${result}: remove ${folder} and try again`);
  return result;
}

async function hashOf(inputs: readonly string[], extra: string): Promise<string> {
  const hash = createHash('sha256').update(extra).update('\0');
  for (const input of inputs) {
    const files = (await stat(input)).isDirectory() ? await filesBelow(input) : [input];
    for (const file of files) {
      hash
        .update(path.relative(ROOT, file))
        .update('\0')
        .update(await readFile(file))
        .update('\0');
    }
  }
  return hash.digest('hex').slice(0, 12);
}
