/** `@modelcontextprotocol/sdk` on Node, stateless as its example simpleStatelessStreamableHttp shows it: a server and a transport for each request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { announce, givenTools, HOST, PATH } from './settings.ts';

const tools = givenTools();

function createServer(): McpServer {
  const server = new McpServer({ name: 'bench-sdk-v1', version: '1.0.0' });
  for (const { name, config, run } of tools) server.registerTool(name, config, run);
  return server;
}

const app = createMcpExpressApp();
app.post(PATH, async (request: IncomingMessage & { readonly body: unknown }, response: ServerResponse) => {
  const server = createServer();
  const transport = new StreamableHTTPServerTransport({});
  // The SDK's own class leaves members undefined that its interface wants absent (exactOptionalPropertyTypes).
  await server.connect(transport as Transport);
  response.on('close', () => {
    transport.close();
    server.close();
  });
  await transport.handleRequest(request, response, request.body);
});

const listening = app.listen(0, HOST, () => {
  // Listening on TCP, so the address is an object with a port.
  announce((listening.address() as AddressInfo).port);
});
