/** Makes the StarlingMonkey component: the second build of the same bundle, which keeps us off one engine's bugs. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { componentize } from '@bytecodealliance/componentize-js';
import { assembleWit } from './wit.ts';

/**
 * The component's bytes, from the bundled JavaScript. `work` is a folder that may be overwritten. The engine's own fetch is left out: all HTTP goes through
 * our bridge, and the imports stay the explicit list that the test holds.
 */
export async function buildStarlingMonkey(bundle: string, world: string, work: string): Promise<Uint8Array> {
  const wit = path.join(work, 'wit');
  await assembleWit(wit);
  const sourcePath = path.join(work, 'bundle.js');
  await writeFile(sourcePath, bundle);
  const { component } = await componentize({ sourcePath, witPath: wit, worldName: world, disableFeatures: ['fetch-event', 'http'] });
  return component;
}
