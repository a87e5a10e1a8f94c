import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { recipe, TOOLS, type Tool } from './catalog.ts';

/** No build takes as long as this. What is older was left behind by one that was killed. */
export const BUILD_LIMIT_MS = 60 * 60_000;

/** One folder for every checkout on this machine, outside of all of them: `MESH_MCP_CACHE`, else `mesh-mcp` in the user's cache. */
export function cacheFolder(): string {
  const { MESH_MCP_CACHE, XDG_CACHE_HOME } = process.env;
  return MESH_MCP_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'mesh-mcp');
}

/** Where a tool lies once it is built. Another version or another recipe is another folder, so that two checkouts never fight. */
export function toolFolder(tool: Tool): string {
  const hash = createHash('sha256').update(recipe(tool)).digest('hex').slice(0, 12);
  return join(cacheFolder(), `${tool.name}-${tool.version}-${hash}`);
}

/** The program inside a tool's folder. */
export function program(tool: Tool, folder = toolFolder(tool)): string {
  return join(folder, 'bin', tool.name);
}

/** The installed program of that name. Throws an error that says how to install it. */
export function toolPath(name: string): string {
  const tool = TOOLS.find((candidate) => candidate.name === name);
  if (tool === undefined)
    throw new Error(`no tool is called ${name}: test/system/tools/catalog.ts has ${TOOLS.map((each) => each.name).join(', ')}`);
  const path = program(tool);
  if (!existsSync(path)) throw new Error(`${name} ${tool.version} is not installed: run \`node test/system/tools/install.ts ${name}\``);
  return path;
}

/**
 * Builds into a folder beside the final one and moves it into place, so that what is in place is whole. Of two runs at once one builds and
 * the other waits; should both build after all (a lock taken for dead), the second finds the place taken and throws its own result away.
 * `build` gets the empty folder; `waiting` is called once when another process is at work.
 */
export async function buildOnce(
  folder: string,
  build: (temporary: string) => Promise<void>,
  waiting: (pid: number) => void,
): Promise<void> {
  mkdirSync(cacheFolder(), { recursive: true });
  const lock = `${folder}.lock`;
  await takeLock(lock, waiting);
  const temporary = `${folder}.building-${process.pid}`;
  try {
    if (existsSync(folder)) return;
    removeLeftovers(folder);
    mkdirSync(temporary);
    await build(temporary);
    moveIntoPlace(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    rmSync(lock, { force: true });
  }
}

/** A lock is a file with its holder's process id. It is made elsewhere and linked, so that nobody ever sees it empty. */
async function takeLock(lock: string, waiting: (pid: number) => void): Promise<void> {
  const mine = `${lock}-${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    let told = false;
    while (!tryLink(mine, lock)) {
      const holder = liveHolder(lock);
      if (holder === undefined) {
        rmSync(lock, { force: true });
        continue;
      }
      if (!told) waiting(holder);
      told = true;
      await wait(250);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The process that holds a lock, or undefined where the lock is gone or its holder is. */
function liveHolder(lock: string): number | undefined {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (Date.now() - statSync(lock).mtimeMs > BUILD_LIMIT_MS) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    // EPERM: it lives, as another user.
    if (errorCode(error) === 'EPERM') throw new Error(`another user's process holds ${lock}`);
    return undefined;
  }
}

function removeLeftovers(folder: string): void {
  for (const name of readdirSync(cacheFolder())) {
    const path = join(cacheFolder(), name);
    if (!path.startsWith(`${folder}.building-`)) continue;
    if (Date.now() - statSync(path).mtimeMs > BUILD_LIMIT_MS) rmSync(path, { recursive: true, force: true });
  }
}

function moveIntoPlace(temporary: string, folder: string): void {
  try {
    renameSync(temporary, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
