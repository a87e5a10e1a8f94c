/** `@modelcontextprotocol/server` on Node as its guide to serving over HTTP shows it: a factory, whose server answers one request. */
import { serve } from '@hono/node-server';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { announce, givenTools, HOST, PATH } from './settings.ts';

const tools = givenTools();

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'bench-sdk-v2', version: '1.0.0' });
  for (const { name, config, run } of tools) server.registerTool(name, config, run);
  return server;
});

// The package @modelcontextprotocol/node wraps this same listener of @hono/node-server.
serve(
  {
    fetch: (request) => (new URL(request.url).pathname === PATH ? handler.fetch(request) : new Response(null, { status: 404 })),
    hostname: HOST,
    port: 0,
  },
  ({ port }) => announce(port),
);
