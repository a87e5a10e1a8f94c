/** What is measured: our component in its several forms, and what it is compared with. */
import path from 'node:path';
import { componentPath, type Engine } from '../scripts/build.ts';
import { ROOT } from '../scripts/wit.ts';
import { toolPath } from '../test/system/tools/cache.ts';
import type { Command } from './process.ts';
import { PETSTORE_VARIABLE, TOOLS_VARIABLE } from './servers/settings.ts';

export const NAMES = [
  'quickjs',
  'quickjs-tuned',
  'starlingmonkey',
  'starlingmonkey-tuned',
  'host-quickjs',
  'host-starlingmonkey',
  'usual-component',
  'usual-component-tuned',
  'node-sdk-v1',
  'node-sdk-v2',
  'node-sdk-v2-low-level',
  'go-sdk',
] as const;
export type Name = (typeof NAMES)[number];

/** What a contestant's command is made from. */
export interface Parts {
  /** Base URL of the Petstore. */
  readonly petstore: string;
  /** The file with the tool list. */
  readonly toolsFile: string;
  readonly goServer: () => Promise<string>;
  readonly usualComponent: () => Promise<string>;
}

export interface Contestant {
  /** For the tables. */
  readonly title: string;
  readonly command: (parts: Parts) => Promise<Command>;
}

/**
 * The pool that `wasmtime serve` takes its instances from, told to keep the memory that an instance has dirtied: up to 32 MiB of heap and 1 MiB of tables
 * a slot are reset by copying instead of being given back to the kernel and faulted in again. The wasmCloud host reads the same from its environment.
 */
const TUNED = ['-O', 'pooling-allocator=y', '-O', 'pooling-memory-keep-resident=33554432', '-O', 'pooling-table-keep-resident=1048576'];

const ON_WASMTIME = 'wasmtime, fresh instance per request';

export const CONTESTANTS: Readonly<Record<Name, Contestant>> = {
  quickjs: { title: `mesh-mcp, QuickJS, ${ON_WASMTIME}`, command: ours('quickjs', []) },
  'quickjs-tuned': { title: `mesh-mcp, QuickJS, ${ON_WASMTIME}, resident memory tuned`, command: ours('quickjs', TUNED) },
  starlingmonkey: { title: `mesh-mcp, StarlingMonkey, ${ON_WASMTIME}`, command: ours('starlingmonkey', []) },
  'starlingmonkey-tuned': {
    title: `mesh-mcp, StarlingMonkey, ${ON_WASMTIME}, resident memory tuned`,
    command: ours('starlingmonkey', TUNED),
  },
  'host-quickjs': { title: 'mesh-mcp, QuickJS, local host (npm start)', command: localHost('quickjs') },
  'host-starlingmonkey': { title: 'mesh-mcp, StarlingMonkey, local host', command: localHost('starlingmonkey') },
  'usual-component': { title: `component built the usual way, ${ON_WASMTIME}`, command: usual([]) },
  'usual-component-tuned': { title: `component built the usual way, ${ON_WASMTIME}, resident memory tuned`, command: usual(TUNED) },
  'node-sdk-v1': { title: 'Node, SDK v1 (McpServer, stateless)', command: node('sdk-v1.ts') },
  'node-sdk-v2': { title: 'Node, SDK v2 (McpServer)', command: node('sdk-v2.ts') },
  'node-sdk-v2-low-level': { title: 'Node, SDK v2 (low-level Server)', command: node('sdk-v2-low-level.ts') },
  'go-sdk': {
    title: 'Go, official SDK (stateless)',
    command: async ({ petstore, toolsFile, goServer }) => ({
      program: await goServer(),
      args: ['-tools', toolsFile, '-petstore', petstore],
      env: {},
    }),
  },
};

/** The line in which a contestant or the Petstore says where it listens; all of them take a free port of 127.0.0.1. */
export const READY = /(?:listening on|Serving HTTP on|ready:) (http:\/\/127\.0\.0\.1:\d+(?:\/api\/v3)?)/;

function ours(engine: Engine, options: readonly string[]): Contestant['command'] {
  // The key-value store of `wasmtime serve` is its memory, and it knows the empty identifier alone.
  return async ({ petstore }) =>
    serve(componentPath(engine), 'cli,http,config,keyvalue', options, petstore, [
      '--env',
      'KEYVALUE_BUCKET=(empty)',
      '--env',
      'ANONYMOUS_ROLE=admin',
    ]);
}

function usual(options: readonly string[]): Contestant['command'] {
  return async ({ petstore, usualComponent }) => serve(await usualComponent(), 'cli,http', options, petstore, []);
}

function serve(component: string, interfaces: string, options: readonly string[], petstore: string, more: readonly string[]): Command {
  return {
    program: toolPath('wasmtime'),
    args: [
      ...['serve', '--addr', '127.0.0.1:0', '--no-logging-prefix', '-S', interfaces, ...options],
      ...['--env', `${PETSTORE_VARIABLE}=${petstore}`, ...more, component],
    ],
    env: {},
  };
}

function localHost(engine: Engine): Contestant['command'] {
  return async ({ petstore }) => ({
    program: process.execPath,
    args: [path.join(ROOT, 'src/entry/host.ts'), '--host', '127.0.0.1', '--port', '0', '--engine', engine],
    env: { [PETSTORE_VARIABLE]: petstore },
  });
}

function node(file: string): Contestant['command'] {
  return async ({ petstore, toolsFile }) => ({
    program: process.execPath,
    args: [path.join(ROOT, 'bench/servers', file)],
    env: { [PETSTORE_VARIABLE]: petstore, [TOOLS_VARIABLE]: toolsFile },
  });
}
