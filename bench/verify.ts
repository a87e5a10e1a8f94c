/** Reads the answers of a server once, in full, before anything is timed. */
import { isDeepStrictEqual } from 'node:util';
import { bodyOf, headersOf, type OperationName, PETSTORE_PATH, PROTOCOL_VERSION, STATUSES } from './operations.ts';
import type { Schema, ToolDefinition } from './servers/peer.ts';

interface ListedTool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema: Schema;
  readonly outputSchema?: Schema;
}

interface Result {
  readonly protocolVersion?: string;
  readonly serverInfo?: { readonly name?: string };
  readonly tools?: readonly ListedTool[];
  readonly isError?: boolean;
  readonly content?: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: { readonly pets?: unknown };
}

/** Throws an error that says which answer is wrong and how. */
export async function verify(url: string, definitions: readonly ToolDefinition[], petstore: string): Promise<void> {
  const hello = await ask(url, 'initialize');
  expect(hello.protocolVersion === PROTOCOL_VERSION, 'initialize', `protocol version ${hello.protocolVersion}`);
  expect(typeof hello.serverInfo?.name === 'string', 'initialize', 'no serverInfo');

  const { tools = [] } = await ask(url, 'tools/list');
  expect(tools.length === definitions.length, 'tools/list', `${tools.length} tools, not ${definitions.length}`);
  for (const definition of definitions) {
    const tool = tools.find(({ name }) => name === definition.name);
    expect(tool !== undefined && sameTool(tool, definition), 'tools/list', `${definition.name} is missing or another`);
  }

  const local = await ask(url, 'tools/call, local');
  const text = local.content?.map((part) => part.text ?? '').join('\n') ?? '';
  expect(
    local.isError === true && STATUSES.every((status) => text.includes(status)),
    'tools/call, local',
    `answered ${text.slice(0, 200)}`,
  );

  const pets: unknown = await (await fetch(petstore + PETSTORE_PATH)).json();
  expect(Array.isArray(pets) && pets.length > 0, 'tools/call, Petstore', 'the Petstore itself has no pets');
  const found = await ask(url, 'tools/call, Petstore');
  expect(
    found.isError !== true && isDeepStrictEqual(found.structuredContent?.pets, pets),
    'tools/call, Petstore',
    `the pets are not the Petstore's: ${JSON.stringify(found).slice(0, 200)}`,
  );
}

async function ask(url: string, operation: OperationName): Promise<Result> {
  const response = await fetch(url, {
    method: 'POST',
    headers: headersOf(operation).map(([name, value]): [string, string] => [name, value]),
    body: bodyOf(operation),
  });
  const text = await response.text();
  expect(response.status === 200, operation, `status ${response.status}: ${text.slice(0, 200)}`);
  // Everything that is used of it is checked above.
  const { result } = JSON.parse(messageText(text)) as { readonly result?: Result };
  if (result === undefined) throw new Error(`${operation}: no result: ${text.slice(0, 200)}`);
  return result;
}

/** The data of the last event that has any, or the whole where it is no event stream. */
export function messageText(body: string): string {
  if (body.startsWith('{')) return body;
  const events = body
    .replaceAll('\r\n', '\n')
    .split('\n\n')
    .map((event) =>
      event
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice('data:'.length).trimStart())
        .join('\n'),
    )
    .filter((data) => data !== '');
  return events.at(-1) ?? '';
}

/** The SDKs print schemas each in their own way; words and members must be the same. */
function sameTool(tool: ListedTool, definition: ToolDefinition): boolean {
  return (
    tool.title === definition.title &&
    tool.description === definition.description &&
    isDeepStrictEqual(members(tool.inputSchema), members(definition.inputSchema)) &&
    isDeepStrictEqual(members(tool.outputSchema), members(definition.outputSchema))
  );
}

function members(schema: Schema | undefined): readonly string[] {
  const properties = schema?.properties;
  return typeof properties === 'object' && properties !== null ? Object.keys(properties).toSorted() : [];
}

function expect(right: boolean, operation: OperationName, problem: string): asserts right {
  if (!right) throw new Error(`${operation}: ${problem}`);
}
