/** `npm run bench`: measures mesh-mcp beside plain MCP servers. `--help` says more. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { build, ENGINES } from '../scripts/build.ts';
import { ROOT } from '../scripts/wit.ts';
import { helpText, type Pace, parseArguments } from './arguments.ts';
import { buildGo } from './build/go.ts';
import { buildUsualComponent } from './build/usual-component.ts';
import { CONTESTANTS, NAMES, type Name, type Parts, READY } from './contestants.ts';
import { type LoadReport, measure } from './load.ts';
import { machineFacts } from './machine.ts';
import { LEVELS, OPERATIONS } from './operations.ts';
import { startServer } from './process.ts';
import { aimsSection, failureSection, figureSections, ratioSection, resultsFile } from './report.ts';
import { type Cells, cellKey, medianRound, type Outcome, type Outcomes } from './results.ts';
import { FULL_SCALE, loadBuilt, measureMatrix, measureSize, QUICK_SCALE } from './scale/measure.ts';
import { scaleSection, withScaleSection } from './scale/report.ts';
import type { ScaleFigures } from './scale/results.ts';
import { DEFINITIONS } from './servers/definitions.ts';
import { PATH } from './servers/settings.ts';
import { verify } from './verify.ts';

/** Above this much work of others the figures are doubtful. */
const QUIET_LOAD = 0.5;

const RESULTS = path.join(ROOT, 'bench/results.md');

const say = (line: string): void => console.error(line);

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  return 1;
});

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, NAMES);
  if (parsed.tag === 'help') {
    console.log(helpText(NAMES));
    return 0;
  }
  if (parsed.tag === 'wrong') {
    say(`${parsed.problem}\n\n${helpText(NAMES)}`);
    return 2;
  }
  const loadBefore = loadavg()[0] ?? 0;
  if (loadBefore > QUIET_LOAD) say(`Something else is at work here (load average ${loadBefore.toFixed(2)}): the figures will be doubtful.`);

  if (parsed.tag === 'scale') {
    const text = await scale(parsed.full, loadBefore);
    console.log(text);
    if (!parsed.full) return 0;
    await writeFile(RESULTS, withScaleSection(await readFile(RESULTS, 'utf8'), text));
    say('written to bench/results.md');
    return 0;
  }

  await build({ engines: ENGINES, typeCheck: false, say });
  await installWasmtime();
  const facts = await machineFacts(loadBefore);
  const names = NAMES.filter((name) => parsed.only.includes(name));
  const outcomes = await measureAll(names, parsed.pace);

  console.log([figureSections(outcomes), ratioSection(outcomes), failureSection(outcomes), aimsSection(outcomes)].join('\n'));
  if (parsed.full) {
    const text = await scale(true, loadBefore);
    console.log(text);
    await writeFile(RESULTS, withScaleSection(resultsFile(outcomes, facts, parsed.pace), text));
    say('written to bench/results.md');
  }
  return [...outcomes.values()].some(({ tag }) => tag === 'failed') ? 1 : 0;
}

/** Measures how cost grows with the cluster; gives the section for bench/results.md. */
async function scale(full: boolean, loadBefore: number): Promise<string> {
  const pace = full ? FULL_SCALE : QUICK_SCALE;
  await build({ engines: ['quickjs'], typeCheck: false, say });
  const component = await loadBuilt(say);
  const sizes: ScaleFigures[] = [];
  for (const namespaces of pace.sizes) sizes.push(await measureSize(component, namespaces, pace, say));
  const matrix = await measureMatrix(component, pace, say);
  return scaleSection(sizes, matrix, `Load average before the run: ${loadBefore.toFixed(2)}; 2 is both processors busy.`);
}

/** Does nothing where it is installed; the first time on a machine it takes some ten minutes. */
async function installWasmtime(): Promise<void> {
  const child = spawn(process.execPath, [path.join(ROOT, 'test/system/tools/install.ts'), 'wasmtime'], { stdio: ['ignore', 2, 2] });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error('wasmtime could not be installed; the lines above say why');
}

async function measureAll(names: readonly Name[], pace: Pace): Promise<Outcomes> {
  const load = await buildGo('load', say);
  const folder = await mkdtemp(path.join(tmpdir(), 'mesh-mcp-bench-'));
  try {
    const toolsFile = path.join(folder, 'tools.json');
    await writeFile(toolsFile, JSON.stringify(DEFINITIONS));
    const petstoreServer = { program: process.execPath, args: [path.join(ROOT, 'bench/servers/petstore.ts')], env: {} };
    const petstore = await startServer('petstore', petstoreServer, READY, folder);
    try {
      const parts: Parts = {
        petstore: petstore.url,
        toolsFile,
        goServer: () => buildGo('server', say),
        usualComponent: () => buildUsualComponent(DEFINITIONS, say),
      };
      return await measureRounds(names, pace, { parts, load, folder });
    } finally {
      await petstore.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Stage {
  readonly parts: Parts;
  /** The load tool. */
  readonly load: string;
  /** For the logs. */
  readonly folder: string;
}

type Rounds = Map<string, LoadReport[]>;

/** Round by round over all servers, so that whatever disturbs the machine for a while disturbs each of them alike. */
async function measureRounds(names: readonly Name[], pace: Pace, stage: Stage): Promise<Outcomes> {
  const measured = new Map<Name, Rounds>(names.map((name) => [name, new Map()]));
  const problems = new Map<Name, string>();
  for (let round = 1; round <= pace.rounds; round++) {
    for (const [name, rounds] of measured) {
      if (problems.has(name)) continue;
      say(`round ${round} of ${pace.rounds}: ${name}`);
      await measureOnce(name, rounds, pace, stage).catch((error: unknown) => {
        const problem = error instanceof Error ? error.message : String(error);
        say(`${name}: ${problem}`);
        problems.set(name, problem);
      });
    }
  }
  return new Map(
    [...measured].map(([name, rounds]): [Name, Outcome] => {
      const problem = problems.get(name);
      return [name, problem === undefined ? { tag: 'measured', cells: cellsOf(rounds) } : { tag: 'failed', problem }];
    }),
  );
}

async function measureOnce(name: Name, rounds: Rounds, pace: Pace, { parts, load, folder }: Stage): Promise<void> {
  const server = await startServer(name, await CONTESTANTS[name].command(parts), READY, folder);
  try {
    const url = server.url + PATH;
    await verify(url, DEFINITIONS, parts.petstore);
    for (const operation of OPERATIONS) {
      for (const level of LEVELS) {
        const key = cellKey(operation, level);
        const report = await measure({ program: load, url, tools: DEFINITIONS.length }, operation, level, pace);
        rounds.set(key, [...(rounds.get(key) ?? []), report]);
      }
    }
  } finally {
    await server.stop();
  }
}

function cellsOf(rounds: Rounds): Cells {
  return new Map([...rounds].map(([key, reports]) => [key, medianRound(reports)]));
}
