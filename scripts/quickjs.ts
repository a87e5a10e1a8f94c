/**
 * Makes the QuickJS component. componentize-qjs 0.4.5 cannot build a world that uses wasi:http as it is: its engine is a component that imports
 * wasi:io, wasi:clocks and so on itself, and while it runs our module once to take the snapshot it defines stand-ins for our imports *before* the real
 * WASI. Where both have the same name (wasi:io/streams), the engine's own resources get the stand-in's types and the build ends with "mismatched resource types".
 *
 * So our imports get names of their own for the time of the build, and their real names back in the finished binary:
 *  1. in a copy of the WIT and in the bundled JavaScript, `wasi:http/types@0.2.12` becomes `wasx:http/types@0.2.11`, for all WASI packages of 0.2;
 *  2. componentize-qjs builds that;
 *  3. in the binary `wasx:` becomes `wasi:` again. The name has the same length, so no offset in the binary changes.
 * The patch version stays 0.2.11, because the engine's own imports stay in the component under 0.2.12 and a component may not import one name twice.
 * Hosts match WASI imports by their compatible version (0.2), so both meet the same implementation; the test on the component's imports and the
 * end-to-end tests on wasmtime and Node hold this.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { componentize } from 'componentize-qjs';
import { assembleWit, filesBelow, WASI_PACKAGES, WASI_VERSION } from './wit.ts';

/** The patch version under which our imports appear in the QuickJS component. */
export const ALIAS_VERSION = '0.2.11';

const packages = WASI_PACKAGES.join('|');
const real = new RegExp(`wasi:(${packages})((?:/[a-z0-9-]+)?)@${WASI_VERSION.replaceAll('.', '\\.')}`, 'g');
const alias = new RegExp(`wasx:(${packages})((?:/[a-z0-9-]+)?)@${ALIAS_VERSION.replaceAll('.', '\\.')}`, 'g');

/** The component's bytes, from the bundled JavaScript. `work` is a folder that may be overwritten. */
export async function buildQuickJs(bundle: string, world: string, work: string): Promise<Uint8Array> {
  const wit = path.join(work, 'wit-alias');
  await assembleWit(wit);
  for (const file of await filesBelow(wit)) {
    await writeFile(file, rename(await readFile(file, 'utf8')));
  }
  const jsPath = path.join(work, 'bundle.js');
  const jsSource = rename(bundle);
  await writeFile(jsPath, jsSource);
  const { component } = await componentize({ witPath: wit, jsSource, jsPath, world, sync: true });
  // latin1 maps each byte to one character and back, so the replacement leaves every other byte as it is.
  const restored = Buffer.from(component.toString('latin1').replace(alias, `wasi:$1$2@${ALIAS_VERSION}`), 'latin1');
  if (restored.length !== component.length) throw new Error('giving the imports their names back changed the length of the component');
  return restored;
}

function rename(text: string): string {
  return text.replace(real, `wasx:$1$2@${ALIAS_VERSION}`);
}
