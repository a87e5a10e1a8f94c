import { readFileSync } from 'node:fs';
import { type PeerTool, peerTools, type ToolDefinition } from './peer.ts';

/** The only address that a server of the benchmark listens on. */
export const HOST = '127.0.0.1';

/** The path that every server answers on, the product's. */
export const PATH = '/v1/mcp';

/** The variables that bench/run.ts sets for a server. */
export const TOOLS_VARIABLE = 'BENCH_TOOLS';
export const PETSTORE_VARIABLE = 'PETSTORE_URL';

/** The tool list from the file that the environment names. */
export function givenDefinitions(): readonly ToolDefinition[] {
  // Written by bench/run.ts from the product's own list.
  return JSON.parse(readFileSync(setting(TOOLS_VARIABLE), 'utf8')) as readonly ToolDefinition[];
}

export function givenTools(): readonly PeerTool[] {
  const petstore = setting(PETSTORE_VARIABLE);
  return peerTools(givenDefinitions(), () => petstore);
}

/** The line that says where the server listens. */
export function announce(port: number): void {
  console.log(`listening on http://${HOST}:${port}`);
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: this server is started by bench/run.ts`);
  return value;
}
