import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../../../scripts/wit.ts';
import { at, list, map } from '../istio/manifests.ts';

/** The documents that a reader follows, from the README on. */
const DOCUMENTS = [
  'README.md',
  'docs/deploy.md',
  'deploy/petstore-demo/README.md',
  'deploy/petstore-demo/policies/README.md',
  'deploy/petstore-demo/NETWORK.md',
];
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** The commands in a document's code blocks for a terminal, continued lines joined. */
function commands(file: string): readonly string[] {
  const blocks = [...read(file).matchAll(/^ *```(?:console|sh)\n([\s\S]*?)^ *```$/gm)].map(([, block = '']) => block);
  return blocks
    .flatMap((block) =>
      block
        .replace(/\\\n */g, ' ')
        .split('\n')
        .map((line) => line.trim()),
    )
    .filter((line) => line !== '');
}

describe.each(DOCUMENTS)('%s', (file) => {
  it('runs scripts that there are, with options that they have', () => {
    for (const command of commands(file)) {
      const [, script, args = ''] = /^(deploy\/\S+\.sh)(.*)$/.exec(command) ?? [];
      if (script === undefined) continue;
      const text = read(script);
      const help = text.slice(0, text.indexOf('set -euo'));
      for (const [option] of args.matchAll(/--[a-z-]+/g)) expect(help, command).toContain(option);
    }
  });

  it('names folders and files that there are', () => {
    for (const command of commands(file)) {
      for (const [, found = ''] of command.matchAll(/(?:^|\s)((?:deploy|charts|docs)\/[\w./-]+)/g)) {
        expect(existsSync(path.join(ROOT, found)), command).toBe(true);
      }
    }
  });
});

describe('README.md', () => {
  it('leads to docs/deploy.md, and that to every other way', () => {
    expect(read('README.md')).toContain('](docs/deploy.md)');
    const deploy = read('docs/deploy.md');
    for (const target of [
      'hosts.md',
      'access.md',
      'configuration.md',
      '../charts/http-trigger/README.md',
      '../deploy/wasmcloud/README.md',
      '../deploy/istio/README.md',
    ]) {
      expect(deploy).toContain(`](${target}`);
    }
    for (const word of ['wadm.yaml', 'wash dev', 'doctor.sh', 'test-mcp.sh', 'uninstall']) expect(deploy).toContain(word);
  });
});

describe('deploy/petstore-demo/README.md', () => {
  it('has every file and folder there, and no other', () => {
    const folder = path.join(ROOT, 'deploy/petstore-demo');
    const there = readdirSync(folder, { withFileTypes: true }).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    const rows = [...read('deploy/petstore-demo/README.md').matchAll(/^\| ((?:`|\[)[^|]*) \|/gm)].map(([, cell = '']) => cell);
    const named = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`|\[([^\]]+)\]/g)].map(([, code, link]) => code ?? link));
    expect(named.sort()).toEqual(there.filter((name) => name !== 'README.md').sort());
  });
});

describe('docs/deploy.md', () => {
  const deploy = read('docs/deploy.md');

  it('shows the steps and checks that the scripts have', () => {
    const [, steps = ''] = /readonly STEPS='(.*)'/.exec(read('deploy/petstore-demo/deploy.sh')) ?? [];
    expect(steps.split(' ')).toHaveLength(7);
    expect(deploy).toContain('Seven steps:');
    const [, checks = ''] = /readonly CHECKS='(.*)'/.exec(read('deploy/petstore-demo/doctor.sh')) ?? [];
    const shown = [...deploy.matchAll(/doctor\.sh --only ([a-z-]+)/g)].map(([, check]) => check);
    expect(shown).toEqual(checks.split(' '));
  });

  it('names values that the chart has', () => {
    const values = parse(read('charts/mesh-mcp/values.yaml')) as unknown;
    const [, rows = ''] = deploy.split('| question | values | more |');
    const named = [...(rows.split('\n\n')[0] ?? '').matchAll(/^\|[^|]*\|([^|]*)\|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([a-zA-Z.]+)`/g)].map(([, value = '']) => value),
    );
    expect(named.length).toBeGreaterThan(8);
    // `change` is a toolset, not a value.
    for (const value of named.filter((each) => each !== 'change')) expect(at(values, ...value.split('.')), value).toBeDefined();
  });

  it('has values for the chart whose keys it knows', () => {
    const [, block = ''] = /```yaml\n(# production\.yaml[\s\S]*?)```/.exec(deploy) ?? [];
    const given = parse(block) as unknown;
    const known = parse(read('charts/mesh-mcp/values.yaml')) as unknown;
    const strays = (value: unknown, node: unknown, prefix: string): readonly string[] =>
      Array.isArray(value) || typeof value !== 'object'
        ? []
        : Object.entries(map(value)).flatMap(([key, below]) =>
            at(node, key) === undefined ? [`${prefix}${key}`] : strays(below, at(node, key), `${prefix}${key}.`),
          );
    expect(Object.keys(map(given)).length).toBeGreaterThan(5);
    expect(strays(given, known, '')).toEqual([]);
    expect(list(given, 'mcp', 'toolsets')).toEqual(['petstore', 'graph', 'policy']);
  });
});
