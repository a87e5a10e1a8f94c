/** Builds the component that stands for the usual way to make one; bench/servers/usual/ holds its source. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { componentize } from '@bytecodealliance/componentize-js';
import { rolldown } from 'rolldown';
import { assembleWit, ROOT } from '../../scripts/wit.ts';
import type { ToolDefinition } from '../servers/peer.ts';
import { buildCached } from './cached.ts';

const SOURCE = path.join(ROOT, 'bench/servers/usual');
const INPUTS = [SOURCE, path.join(ROOT, 'bench/servers/peer.ts'), path.join(ROOT, 'package-lock.json'), import.meta.filename];

/** Where the component lies. The first time takes half a minute. */
export async function buildUsualComponent(definitions: readonly ToolDefinition[], say: (line: string) => void): Promise<string> {
  return buildCached({ name: 'usual.wasm', inputs: INPUTS, extra: JSON.stringify(definitions) }, say, async (folder) => {
    const wit = path.join(folder, 'wit');
    await assembleWit(wit);
    // The WASI packages stay, the world is another.
    await rm(path.join(wit, 'world.wit'));
    await cp(path.join(SOURCE, 'wit'), wit, { recursive: true });
    await mkdir(path.join(folder, 'bin'));
    const sourcePath = path.join(folder, 'usual.js');
    await writeFile(sourcePath, await bundle(definitions));
    const { component } = await componentize({ sourcePath, witPath: wit, worldName: 'usual' });
    await writeFile(path.join(folder, 'bin', 'usual.wasm'), component);
  });
}

async function bundle(definitions: readonly ToolDefinition[]): Promise<string> {
  const build = await rolldown({
    input: path.join(SOURCE, 'component.ts'),
    external: /^wasi:/,
    platform: 'neutral',
    resolve: { mainFields: ['module', 'main'], conditionNames: ['import', 'module', 'default'] },
    plugins: [
      {
        name: 'tool-list',
        resolveId: (id) => (id === 'bench:tools' ? id : null),
        load: (id) => (id === 'bench:tools' ? `export const definitions = ${JSON.stringify(definitions)};` : null),
      },
      {
        // Two things without which the SDK does not become a component at all, or becomes a needlessly large one.
        name: 'what-the-engine-takes',
        load: async (id) => {
          if (/zod\/v4\/locales\/index\.js$/.test(id)) return "export { default as en } from './en.js';";
          // The engine has no \P{..}; this class is the same set.
          if (/fast-uri\/index\.js$/.test(id)) return (await readFile(id, 'utf8')).replaceAll('\\P{ASCII}', '[^\\0-\\x7f]');
          return null;
        },
      },
    ],
    onwarn: (warning) => {
      throw new Error(`bundling the usual component: ${warning.message}`);
    },
  });
  const { output } = await build.generate({ format: 'esm' });
  await build.close();
  return output[0].code;
}
