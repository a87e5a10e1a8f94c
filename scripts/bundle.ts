/** Bundles the component's source into one JavaScript module that imports nothing but WASI. */
import path from 'node:path';
import { rolldown } from 'rolldown';
import { ROOT } from './wit.ts';

/** zod carries 260 kB of translations of its messages that tree shaking does not see through; English is the one in use. */
const ZOD_LOCALES = /zod\/v4\/locales\/index\.js$/;

/** The module's text, and the source files it was made of. */
export async function bundleComponent(
  entry = 'src/entry/component.ts',
): Promise<{ readonly code: string; readonly files: readonly string[] }> {
  const build = await rolldown({
    input: path.join(ROOT, entry),
    external: /^wasi:/,
    platform: 'neutral',
    resolve: { mainFields: ['module', 'main'], conditionNames: ['import', 'module', 'default'] },
    plugins: [
      {
        name: 'zod-english-only',
        load: (id) => (ZOD_LOCALES.test(id) ? "export { default as en } from './en.js';" : null),
      },
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
  const { output } = await build.generate({ format: 'esm', minify: false });
  await build.close();
  const [chunk] = output;
  return { code: chunk.code, files: chunk.moduleIds };
}
