import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/build.ts';
import { ROOT } from '../../scripts/wit.ts';
import { listen, startLocalHost } from '../../src/entry/host/local-host.ts';
import { TOOLS } from '../../src/mcp/catalogue.ts';
import { runProgram } from './support/programs.ts';
import { callRpc } from './support/wire.ts';

const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
const ADDRESS = 'http://127.0.0.1:8000';

/** Commands for a terminal, and the lines that they are said to print. */
interface Step {
  readonly commands: string;
  readonly lines: readonly string[];
}

/** The blocks of a section, each for a terminal with the text after it; the text may be missing. */
function stepsOf(heading: string): readonly Step[] {
  const [, after = ''] = README.split(`\n## ${heading}\n`);
  const [section = ''] = after.split('\n## ');
  return [...section.matchAll(/```console\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g)].map(([, commands = '', text = '']) => ({
    commands,
    lines: text.split('\n').filter((line) => line !== '' && line !== '…'),
  }));
}

/** Rates move, and with them how wide a column is. */
const level = (text: string) => text.replace(/\d*\.\d+/g, 'N').replace(/ {2,}/g, '  ');

/** How a line has to look in what `level` makes of an answer: `…` stands for anything. */
function pattern(line: string): RegExp {
  const literal = (text: string) => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
  return new RegExp(`^${level(line).split('…').map(literal).join('.*')}$`, 'm');
}

/** What a question prints once it has one of these lines: the graph shows a change a moment after it was made. */
async function showing(lines: readonly string[], run: () => Promise<string>): Promise<string> {
  let printed = '';
  const shown = async () => {
    printed = await run();
    return lines.some((line) => pattern(line).test(level(printed))) ? 'shown' : printed;
  };
  await expect.poll(shown, { timeout: 20_000 }).toBe('shown');
  return printed;
}

describe('README.md', { timeout: 120_000 }, () => {
  let url = '';
  let close = () => Promise.resolve();

  beforeAll(async () => {
    await build({ engines: ['quickjs'], typeCheck: false, say: () => {} });
    const host = await startLocalHost({ engine: 'quickjs', env: {}, collect: true, print: () => {}, say: () => {} });
    const server = await listen(host, { host: '127.0.0.1', port: 0 });
    url = server.url;
    close = () => server.close(1000);
  }, 300_000);

  afterAll(() => close());

  it('shows what the demo really answers, from the first question to the change that is taken back', async () => {
    const call = { name: 'get_mesh_graph', arguments: { namespace: 'bank', onlyErrors: true } };
    await expect.poll(async () => (await callRpc(url, 'tools/call', call)).text, { timeout: 30_000 }).toContain('rps denied');

    const steps = stepsOf('Ask, try, change, take back');
    expect(steps).toHaveLength(6);
    // What one block defines, the next ones use; a token is that of the answer before.
    let script = '';
    let token = '';
    for (const { commands, lines } of steps) {
      let printed = '';
      for (const command of commands.replaceAll(ADDRESS, url).split(/^(?=ask |ask\(|policy=)/m)) {
        if (!command.startsWith('ask ')) {
          script += command;
          continue;
        }
        const run = () => runProgram('sh', ['-c', script + command.replace('TOKEN', token)]);
        const answer = command.startsWith('ask check_access') ? await showing(lines, run) : await run();
        token = /confirm: "([^"]+)"/.exec(answer)?.[1] ?? '';
        printed += answer;
      }
      for (const line of lines) expect(level(printed)).toMatch(pattern(line));
    }
  });

  it('names every tool, in its group', () => {
    const [, section = ''] = README.split('\n## What it can do\n');
    const [table = ''] = section.split('\nEach answer');
    const rows = [...table.matchAll(/^\|([^|]*)\|([^|]*)\|/gm)].map(([, group = '', tools = '']) => ({ group: group.trim(), tools }));
    const named = new Map<string, string>();
    let group = '';
    for (const row of rows) {
      if (row.group !== '') group = row.group;
      for (const [, name = ''] of row.tools.matchAll(/`([a-z_]+)`/g)) named.set(name, group);
    }
    for (const { name, toolset } of TOOLS) {
      if (toolset !== 'petstore') expect(named.get(name), name).toBe(`\`${toolset}\``);
    }
    for (const name of named.keys()) expect(TOOLS.map((tool) => tool.name)).toContain(name);
    expect(table).toContain(`… (${TOOLS.filter(({ toolset }) => toolset === 'petstore').length}) |`);
  });
});
