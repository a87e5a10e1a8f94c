/**
 * `npm run build`: type check, bundle, and both components into `dist/`. What is built is named by the hash of everything it is made of, so that a
 * second run finds it and does nothing.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { bundleComponent } from './bundle.ts';
import { filesBelow, ROOT } from './wit.ts';

export const ENGINES = ['quickjs', 'starlingmonkey'] as const;
export type Engine = (typeof ENGINES)[number];

const WORLD = 'mesh-mcp';
const DIST = path.join(ROOT, 'dist');

/** What can be built: the product, and for tests other entries on the same source. */
export interface Artifact {
  /** The component's file name, without engine and ending. */
  readonly name: string;
  /** Its entry, relative to the project. */
  readonly entry: string;
}

export const PRODUCT: Artifact = { name: 'mesh-mcp', entry: 'src/entry/component.ts' };

/** Where an engine's component lies after a build. */
export function componentPath(engine: Engine, { name }: Artifact = PRODUCT): string {
  return path.join(DIST, engine === 'quickjs' ? `${name}.wasm` : `${name}.starlingmonkey.wasm`);
}

export interface BuildOptions {
  readonly artifact?: Artifact;
  readonly engines: readonly Engine[];
  /** Off where another step has checked the types already. */
  readonly typeCheck: boolean;
  /** Is told what happens, a line at a time. */
  readonly say: (line: string) => void;
}

/** Builds what is not up to date. Throws with the compiler's words when the source is wrong; `dist` then keeps the last good build. */
export async function build({ artifact = PRODUCT, engines, typeCheck, say }: BuildOptions): Promise<void> {
  await mkdir(DIST, { recursive: true });
  const source = await sourceHash(artifact);
  const stale: Engine[] = [];
  for (const engine of engines) if (!(await upToDate(componentPath(engine, artifact), source))) stale.push(engine);
  if (stale.length === 0) return;

  if (typeCheck) {
    say('checking types');
    await checkTypes();
  }
  say('bundling');
  const { code } = await bundleComponent(artifact.entry);
  for (const engine of stale) {
    const started = Date.now();
    const file = componentPath(engine, artifact);
    say(`building ${path.relative(ROOT, file)} (${engine === 'quickjs' ? 'about 2 s' : 'about 30 s'})`);
    const work = path.join(DIST, `work-${artifact.name}-${engine}-${process.pid}`);
    try {
      const component = await componentOf(engine, code, work);
      // The stamp comes last: a build that dies in between is seen as not up to date.
      await rm(stampOf(file), { force: true });
      await writeFile(`${file}.${process.pid}`, component);
      await rename(`${file}.${process.pid}`, file);
      await writeFile(stampOf(file), `${source} ${sha256(component)}\n`);
      say(
        `built ${path.relative(ROOT, file)}: ${(component.length / 1e6).toFixed(1)} MB in ${((Date.now() - started) / 1000).toFixed(1)} s`,
      );
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
}

/** The engines' tools are loaded when they are needed: they cost half a second even where nothing is to be built. */
async function componentOf(engine: Engine, code: string, work: string): Promise<Uint8Array> {
  await mkdir(work, { recursive: true });
  if (engine === 'quickjs') {
    const { buildQuickJs } = await import('./quickjs.ts');
    return buildQuickJs(code, WORLD, work);
  }
  const { buildStarlingMonkey } = await import('./starlingmonkey.ts');
  return buildStarlingMonkey(code, WORLD, work);
}

const stampOf = (file: string) => `${file}.stamp`;

async function upToDate(file: string, source: string): Promise<boolean> {
  try {
    const [stamp, component] = await Promise.all([readFile(stampOf(file), 'utf8'), readFile(file)]);
    return stamp === `${source} ${sha256(component)}\n`;
  } catch {
    return false;
  }
}

/** A hash over every file that can change the result: our source and WIT, the build itself, and the versions of all packages. */
async function sourceHash(artifact: Artifact): Promise<string> {
  const hash = createHash('sha256');
  const folders = ['src', 'wit', 'scripts'];
  const files = ['package-lock.json', 'package.json', 'tsconfig.json', artifact.entry].map((file) => path.join(ROOT, file));
  for (const folder of folders) files.push(...(await filesBelow(path.join(ROOT, folder))));
  for (const file of files) {
    hash
      .update(path.relative(ROOT, file))
      .update('\0')
      .update(await readFile(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function checkTypes(): Promise<void> {
  const compiler = path.join(ROOT, 'node_modules/.bin/tsc');
  await promisify(execFile)(compiler, ['-p', 'tsconfig.json'], { cwd: ROOT }).catch((error: { stdout?: string; message: string }) => {
    throw new Error(`the types do not fit:\n${error.stdout || error.message}`);
  });
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { engine: { type: 'string', multiple: true } } });
  const engines = ENGINES.filter((engine) => values.engine === undefined || values.engine.includes(engine));
  if (engines.length === 0) {
    console.error(`--engine is one of ${ENGINES.join(', ')}`);
    process.exit(2);
  }
  try {
    await build({ engines, typeCheck: true, say: (line) => console.error(line) });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
