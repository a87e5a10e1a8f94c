import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';

/** What a tool call came to, as a client sees it. */
export interface ToolResult {
  readonly isError: boolean;
  /** All text of the answer. */
  readonly text: string;
  /** Checked by the SDK against the tool's output schema. */
  readonly structured: Record<string, unknown> | undefined;
  /** The code of a failed call. */
  readonly code: unknown;
}

/** Calls one tool of the server at `url`, which ends before its path, with the official client. */
export async function callTool(url: string, name: string, args: Record<string, unknown> = {}): Promise<ToolResult> {
  const client = new Client({ name: 'mesh-mcp-system-test', version: '0' });
  // The SDK's own transport class does not fit its own interface under exactOptionalPropertyTypes (`sessionId`).
  await client.connect(new StreamableHTTPClientTransport(new URL('/v1/mcp', url)) as Parameters<Client['connect']>[0]);
  try {
    // The client learns the output schemas from the list, and holds the answers to them.
    await client.listTools();
    // Parsed once more because the method's type also has the shape of protocol 2024-10-07.
    const result = CallToolResultSchema.parse(await client.callTool({ name, arguments: args }));
    const error = result._meta?.['mesh-mcp/error'];
    return {
      isError: result.isError ?? false,
      text: result.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n'),
      structured: result.structuredContent,
      code: typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined,
    };
  } finally {
    await client.close();
  }
}
