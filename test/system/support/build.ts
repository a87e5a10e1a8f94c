import { build, ENGINES } from '../../../scripts/build.ts';

/** Before all system tests: both components, as they are shipped. Costs nothing where they are up to date. */
export default async function setup(): Promise<void> {
  await build({ engines: ENGINES, typeCheck: false, say: (line) => console.log(line) });
}
