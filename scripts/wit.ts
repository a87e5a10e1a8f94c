/**
 * Puts the whole WIT of our world into one folder: our own files from `wit/`, and the WASI packages out of the jco package, so that the versions of the
 * interfaces and of the tools that read them cannot drift apart.
 */
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '..');

/** The WASI release whose packages jco ships and `wit/world.wit` names. */
export const WASI_VERSION = '0.2.12';

/** The WASI packages that the world reaches, directly or through another. */
export const WASI_PACKAGES = ['cli', 'clocks', 'filesystem', 'http', 'io', 'random', 'sockets'] as const;

/** Fills `into` anew. */
export async function assembleWit(into: string): Promise<void> {
  await rm(into, { recursive: true, force: true });
  await mkdir(into, { recursive: true });
  await cp(path.join(ROOT, 'wit'), into, { recursive: true });
  const jco = path.dirname(path.dirname(createRequire(import.meta.url).resolve('@bytecodealliance/jco')));
  const builtin = path.join(jco, 'lib/wit/builtin', WASI_VERSION);
  for (const name of WASI_PACKAGES) {
    await cp(path.join(builtin, `wasi-${name}`), path.join(into, 'deps', `wasi-${name}`), { recursive: true });
  }
}

/** Every file below a folder, as absolute paths in a fixed order. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
