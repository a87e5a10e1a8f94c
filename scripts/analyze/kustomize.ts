import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { Unreadable } from './documents.ts';

/** Names under which kustomize looks for its file. */
export const KUSTOMIZATION_FILES: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** Programs that render a kustomization, and how. */
const RENDERERS = [
  { name: 'kustomize', command: 'build' },
  { name: 'kubectl', command: 'kustomize' },
] as const;

/** Longer output, or a longer wait, is a mistake: remote resources that do not answer, for instance. */
const MOST_BYTES = 256 * 1024 * 1024;
const TIME_LIMIT_MS = 120_000;

/** The objects of a kustomization, as YAML. */
export function render(folder: string): string {
  const [program, command] = findRenderer(folder);
  try {
    return execFileSync(program, [command, folder], {
      encoding: 'utf8',
      maxBuffer: MOST_BYTES,
      timeout: TIME_LIMIT_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Unreadable(`${folder} cannot be rendered: ${said}`, error);
  }
}

/** One on the PATH, else one that the system tests have installed. */
function findRenderer(folder: string): readonly [program: string, command: string] {
  const { PATH = '', MESH_MCP_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = MESH_MCP_CACHE || path.join(XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'mesh-mcp');
  for (const { name, command } of RENDERERS) {
    const onPath = PATH.split(path.delimiter)
      .filter((part) => part !== '')
      .map((part) => path.join(part, name));
    const found = [...onPath, ...cached(cache, name)].find((file) => existsSync(file));
    if (found !== undefined) return [found, command];
  }
  throw new Unreadable(
    `${folder} is a kustomization, and neither kustomize nor kubectl is on the PATH. Install one, or pass the output of \`kubectl kustomize\` to \`-\`.`,
  );
}

/** The newest first. */
function cached(cache: string, name: string): readonly string[] {
  const folders = existsSync(cache) ? readdirSync(cache) : [];
  const own = folders.filter((folder) => folder.startsWith(`${name}-`));
  return own
    .sort()
    .reverse()
    .map((folder) => path.join(cache, folder, 'bin', name));
}
