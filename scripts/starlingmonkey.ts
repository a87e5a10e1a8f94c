/** Makes the StarlingMonkey component: the second build of the same bundle, which keeps us off one engine's bugs. */
import { componentize } from '@bytecodealliance/componentize-js';

/**
 * The component's bytes, from the bundled JavaScript. `wit` is a folder with the whole WIT. The engine's own fetch is left out: all HTTP goes through our
 * bridge, and the imports stay the explicit list that the test holds.
 */
export async function buildStarlingMonkey(bundle: string, world: string, wit: string): Promise<Uint8Array> {
  const { component } = await componentize(bundle, { witPath: wit, worldName: world, disableFeatures: ['fetch-event', 'http'] });
  return component;
}
