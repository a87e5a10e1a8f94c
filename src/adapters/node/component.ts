import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** A component that Node can run. */
export interface CompiledComponent {
  /** The JavaScript that jco wrote, as a file URL. */
  readonly module: string;
  readonly cores: ReadonlyMap<string, WebAssembly.Module>;
}

/** How many transpiled components are kept, by their last use: a host that runs must find its own again when it starts another worker. */
const KEPT = 8;

/** To be raised when what is written into the cache changes. */
const CACHE_FORMAT = '1';

const MODULE = 'component.js';

/**
 * Transpiles a component into a folder below `cache`, named by its content, and compiles its core modules. What is in the cache already is taken from there.
 * `toolchain` stands for the version of jco.
 */
export async function loadComponent(
  component: Uint8Array,
  cache: string,
  toolchain: string,
  say: (line: string) => void,
): Promise<CompiledComponent> {
  const hash = createHash('sha256').update(CACHE_FORMAT).update('\0').update(toolchain).update('\0').update(component).digest('hex');
  const folder = path.join(cache, hash.slice(0, 32));
  if (!(await exists(path.join(folder, MODULE)))) {
    say('translating the component for Node (a few seconds, once)');
    await transpileInto(component, folder);
    await forgetOthers(cache, folder);
  }
  const now = new Date();
  await utimes(folder, now, now);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.wasm'));
  const cores = await Promise.all(
    names.map(async (name) => [name, await WebAssembly.compile(new Uint8Array(await readFile(path.join(folder, name))))] as const),
  );
  return { module: pathToFileURL(path.join(folder, MODULE)).href, cores: new Map(cores) };
}

async function transpileInto(component: Uint8Array, folder: string): Promise<void> {
  // jco takes half a second to load: only where there is something to do.
  const { transpile } = await import('@bytecodealliance/jco');
  const { files } = await transpile(component, {
    name: 'component',
    instantiation: 'sync',
    noTypescript: true,
    nodejsCompat: false,
  });
  // Written beside and renamed, so that a start that is interrupted, or two at once, leave nothing half done.
  await mkdir(path.dirname(folder), { recursive: true });
  const draft = await mkdtemp(`${folder}.`);
  for (const [name, bytes] of Object.entries(files)) {
    if (name === MODULE || name.endsWith('.wasm')) await writeFile(path.join(draft, name), bytes);
  }
  await rename(draft, folder).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(path.join(folder, MODULE)))) throw error;
  });
}

async function forgetOthers(cache: string, latest: string): Promise<void> {
  const folders = await Promise.all(
    (await readdir(cache)).map(async (name) => {
      const place = path.join(cache, name);
      return { place, at: (await stat(place)).mtimeMs };
    }),
  );
  const old = folders
    .filter(({ place }) => place !== latest)
    .sort((a, b) => b.at - a.at)
    .slice(KEPT - 1);
  for (const { place } of old) await rm(place, { recursive: true, force: true });
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
