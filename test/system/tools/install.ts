/**
 * Installs what the system tests start: `node test/system/tools/install.ts [name...]`, all of it without a name.
 * Builds from package registries into one cache folder outside the checkout (see cache.ts), each tool once.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BUILD_LIMIT_MS, buildOnce, cacheFolder, program, toolFolder } from './cache.ts';
import { TOOLS, type Tool } from './catalog.ts';

/** How often a long build says that it is still at work. */
const PROGRESS_MS = 15_000;
/** How much of a failed build's output is shown. */
const SHOWN_LINES = 40;

process.exitCode = await main(process.argv.slice(2));

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !TOOLS.some((tool) => tool.name === name));
  if (unknown.length > 0) {
    console.error(`unknown: ${unknown.join(', ')}; known: ${TOOLS.map((tool) => tool.name).join(', ')}`);
    return 2;
  }
  const wanted = TOOLS.filter((tool) => names.length === 0 || names.includes(tool.name));
  const absent = wanted.filter((tool) => !existsSync(program(tool)));
  const missing = absent.flatMap((tool) => tool.needs.filter((need) => !onPath(need.command)).map((need) => ({ tool, need })));
  for (const { tool, need } of missing) {
    console.error(`${tool.name} ${tool.version} cannot be built: there is no \`${need.command}\` on the PATH. Install ${need.advice}.`);
  }
  if (missing.length > 0) return 1;

  try {
    for (const tool of wanted) await install(tool);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
  console.log(`${wanted.map((tool) => `${tool.name} ${tool.version}`).join(', ')}: ready in ${cacheFolder()}`);
  return 0;
}

async function install(tool: Tool): Promise<void> {
  const folder = toolFolder(tool);
  if (existsSync(program(tool, folder))) return;
  // A folder without its program is none of ours: somebody emptied it.
  rmSync(folder, { recursive: true, force: true });
  const title = `${tool.name} ${tool.version}`;
  const waiting = (pid: number): void => console.log(`${title}: process ${pid} is building it, waiting`);
  await buildOnce(folder, (temporary) => build(tool, title, temporary), waiting);
}

/** Runs the one command of a tool. Rejects with the end of its output. */
async function build(tool: Tool, title: string, folder: string): Promise<void> {
  console.log(`${title}: building, about ${tool.minutes} min the first time on this machine`);
  const start = Date.now();
  const seconds = (): number => Math.round((Date.now() - start) / 1000);
  const [command, ...args] = tool.command(folder);
  const child = spawn(command, args, {
    cwd: tool.module ?? folder,
    env: { ...process.env, ...tool.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: BUILD_LIMIT_MS,
  });

  let lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      lines = [...lines, ...chunk.split(/[\r\n]+/).filter((line) => line.trim() !== '')].slice(-SHOWN_LINES);
    });
  }
  const progress = setInterval(() => {
    const last = lines.at(-1)?.trim().slice(0, 100);
    console.log(`${title}: ${seconds()} s${last === undefined ? '' : `, ${last}`}`);
  }, PROGRESS_MS);
  try {
    const status = await new Promise<number | string>((resolve, reject) => {
      child.once('error', reject).once('close', (code, signal) => resolve(code ?? String(signal)));
    });
    if (status !== 0 || !existsSync(program(tool, folder))) {
      throw new Error(
        [...lines, `${title} was not built: \`${command} ${args.join(' ')}\` ended with ${status}; its last lines stand above.`].join('\n'),
      );
    }
  } finally {
    clearInterval(progress);
  }
  console.log(`${title}: built in ${seconds()} s`);
}

function onPath(command: string): boolean {
  const { PATH = '' } = process.env;
  return PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
