import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/wit.ts';

const BIN = path.join(ROOT, 'node_modules/.bin');

/** Runs a program to its end; throws with what it printed when it fails. The project's own programs, and its Node, come first. */
export async function runProgram(program: string, args: readonly string[]): Promise<string> {
  const { PATH = '' } = process.env;
  const { stdout } = await promisify(execFile)(program, args, {
    timeout: 60_000,
    maxBuffer: 16_777_216,
    env: { ...process.env, PATH: `${BIN}${path.delimiter}${PATH}` },
  });
  return stdout;
}

/** What the demo of the Petstore MCP server does with curl: a POST with its headers, and the name that its ingress has. */
export function demoCurl(url: string, body: object): Promise<string> {
  return runProgram('curl', [
    '--silent',
    '--show-error',
    '--fail-with-body',
    '--max-time',
    '20',
    '-X',
    'POST',
    `${url}/v1/mcp`,
    '-H',
    'Host: petstore-mcp.localhost.cosmonic.sh',
    '-H',
    'Content-Type: application/json',
    '-H',
    'Accept: application/json, text/event-stream',
    '-d',
    JSON.stringify(body),
  ]);
}
