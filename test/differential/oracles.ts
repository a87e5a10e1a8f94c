import { McpServer as McpServerV1, ResourceTemplate as ResourceTemplateV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { createMcpHandler, McpServer as McpServerV2, ResourceTemplate as ResourceTemplateV2 } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** A server of the SDK that answers one HTTP request, as its documentation shows for stateless use. */
export type Oracle = (request: Request) => Promise<Response>;

const INFO = { name: 'subject', title: 'Subject', version: '1.0.0' };
const OPTIONS = { instructions: 'Use echo.' };
const ECHO = {
  title: 'Echo',
  description: 'Repeats a text.',
  inputSchema: z.object({ text: z.string() }),
  outputSchema: z.object({ said: z.string() }),
};
const COUNT = { title: 'Count', description: 'Counts to two.' };
const FAIL = { title: 'Fail', description: 'Fails.' };
const GREET = { title: 'Greet', description: 'Greets somebody.', argsSchema: z.object({ who: z.string() }) };
const NOTE = { title: 'Note', description: 'A note.', mimeType: 'text/plain' };
const ITEM = { title: 'Item', description: 'An item.', mimeType: 'text/plain' };

const echoed = (text: string) => ({ content: [{ type: 'text' as const, text }], structuredContent: { said: text } });
const said = (text: string) => ({ content: [{ type: 'text' as const, text }] });
const greeting = (who: string) => ({ messages: [{ role: 'user' as const, content: { type: 'text' as const, text: `Hello, ${who}.` } }] });
const read = (uri: URL, text: string) => ({ contents: [{ uri: uri.href, mimeType: 'text/plain', text }] });
const progress = (progressToken: string | number, step: number) => ({
  method: 'notifications/progress' as const,
  params: { progressToken, progress: step, total: 2 },
});
const failure = () => {
  throw new Error('That will not do.');
};

function serverV1(): McpServerV1 {
  const server = new McpServerV1(INFO, OPTIONS);
  server.registerTool('echo', ECHO, ({ text }) => echoed(text));
  server.registerTool('count', COUNT, async ({ _meta, sendNotification }) => {
    const token = _meta?.progressToken;
    if (token !== undefined) for (const step of [1, 2]) await sendNotification(progress(token, step));
    return said('counted');
  });
  server.registerTool('fail', FAIL, failure);
  server.registerPrompt('greet', { ...GREET, argsSchema: GREET.argsSchema.shape }, ({ who }) => greeting(who));
  server.registerResource('note', 'x://note', NOTE, (uri) => read(uri, 'a note'));
  server.registerResource('item', new ResourceTemplateV1('x://item/{id}', { list: undefined }), ITEM, (uri, { id }) =>
    read(uri, `item ${id}`),
  );
  return server;
}

function serverV2(): McpServerV2 {
  const server = new McpServerV2(INFO, OPTIONS);
  server.registerTool('echo', ECHO, ({ text }) => echoed(text));
  server.registerTool('count', COUNT, async ({ mcpReq }) => {
    const token = mcpReq._meta?.progressToken;
    if (token !== undefined) for (const step of [1, 2]) await mcpReq.notify(progress(token, step));
    return said('counted');
  });
  server.registerTool('fail', FAIL, failure);
  server.registerPrompt('greet', GREET, ({ who }) => greeting(who));
  server.registerResource('note', 'x://note', NOTE, (uri) => read(uri, 'a note'));
  server.registerResource('item', new ResourceTemplateV2('x://item/{id}', { list: undefined }), ITEM, (uri, { id }) =>
    read(uri, `item ${String(id)}`),
  );
  return server;
}

/** SDK v1: a server and a transport for each request, no sessions. */
export const v1: Oracle = async (request) => {
  const transport = new WebStandardStreamableHTTPServerTransport({});
  await serverV1().connect(transport);
  return transport.handleRequest(request);
};

const handler = createMcpHandler(serverV2, { legacy: 'stateless', keepAliveMs: 0 });

/** SDK v2: both eras on one endpoint. */
export const v2: Oracle = (request) => handler.fetch(request);
