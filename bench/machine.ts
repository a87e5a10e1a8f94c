/** Describes what was measured with: no names of machines, no paths. */
import { readFileSync, statSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import path from 'node:path';
import { componentPath } from '../scripts/build.ts';
import { ROOT } from '../scripts/wit.ts';
import { run } from '../test/system/support/process.ts';
import { toolPath } from '../test/system/tools/cache.ts';

/** Name and value, for a table. */
export type Fact = readonly [name: string, value: string];

export async function machineFacts(loadBefore: number): Promise<readonly Fact[]> {
  const processors = cpus();
  const [wasmtime, go] = await Promise.all([run(toolPath('wasmtime'), ['--version']), run('go', ['env', 'GOVERSION'])]);
  return [
    ['Processor', `${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores, shared by server, Petstore and load tool`],
    ['Memory', `${(totalmem() / 2 ** 30).toFixed(1)} GiB`],
    ['System', `${type()} ${release()}`],
    ['Load average before the run', loadBefore.toFixed(2)],
    ['wasmtime', wasmtime.replace('wasmtime', '').trim()],
    ['Node', process.versions.node],
    ['Go', go.trim().replace(/^go/, '')],
    ['SDK v1, @modelcontextprotocol/sdk', packageVersion('@modelcontextprotocol/sdk')],
    ['SDK v2, @modelcontextprotocol/server', packageVersion('@modelcontextprotocol/server')],
    ['Go SDK', goModuleVersion('github.com/modelcontextprotocol/go-sdk')],
    ['componentize-js', packageVersion('@bytecodealliance/componentize-js')],
    ['componentize-qjs', packageVersion('componentize-qjs')],
    ['mesh-mcp, QuickJS', megabytes(componentPath('quickjs'))],
    ['mesh-mcp, StarlingMonkey', megabytes(componentPath('starlingmonkey'))],
  ];
}

/** A component's size, in words. */
export function megabytes(file: string): string {
  return `${(statSync(file).size / 1e6).toFixed(1)} MB`;
}

function packageVersion(name: string): string {
  // Not by require.resolve: not every package exports its package.json.
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return version;
}

function goModuleVersion(name: string): string {
  const line = readFileSync(path.join(ROOT, 'bench/go/go.mod'), 'utf8')
    .split('\n')
    .find((each) => each.includes(name));
  return line?.trim().split(' ').at(-1) ?? 'unknown';
}
