/** Bundles the component's source into one JavaScript module that imports nothing but WASI. */
import path from 'node:path';
import { ROOT } from './wit.ts';

export interface Bundle {
  readonly code: string;
  /** The source files it was made of, as absolute paths. */
  readonly files: readonly string[];
  /** What it leaves to the host. */
  readonly imports: readonly string[];
}

/** Bundles an entry, relative to the project. */
export async function bundleComponent(entry: string, minify = true): Promise<Bundle> {
  // Loaded when there is something to bundle: every start of the local host passes here.
  const { rolldown } = await import('rolldown');
  const build = await rolldown({
    input: path.join(ROOT, entry),
    external: /^wasi:/,
    platform: 'neutral',
    // StarlingMonkey has it, but must not be asked for random bytes while its snapshot is taken, as @noble/curves does when it loads. Ours come from the port.
    transform: { define: { 'globalThis.crypto': 'undefined' } },
    resolve: { mainFields: ['module', 'main'], conditionNames: ['import', 'module', 'default'] },
    plugins: [
      {
        name: 'no-node-modules-in-the-component',
        resolveId: (id, importer) => {
          if (id.startsWith('node:')) throw new Error(`${importer ?? entry} imports ${id}, which no WebAssembly component has`);
          return null;
        },
      },
    ],
    onwarn: (warning) => {
      throw new Error(`bundling: ${warning.message}`);
    },
  });
  // Minified, because the engine keeps the text of every function: it is a tenth of the QuickJS component. Tests and types see the source itself.
  const { output } = await build.generate({ format: 'esm', minify });
  await build.close();
  const [chunk] = output;
  return { code: chunk.code, files: chunk.moduleIds, imports: chunk.imports };
}
