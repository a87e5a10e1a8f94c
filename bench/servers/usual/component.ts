/**
 * A component built the usual way, as the published Petstore component of the demo is: Hono, the SDK's McpServer made for each request, fetch. Its parts
 * are today's: the SDK's own web-standard transport, and jco-std's Hono adapter in the place of Hono's service worker.
 */

import { definitions } from 'bench:tools';
import { getEnvironment } from 'wasi:cli/environment@0.2.12';
import { fire } from '@bytecodealliance/jco-std/wasi/0.2.12/http/adapters/hono/server';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { Hono } from 'hono';
import { peerTools } from '../peer.ts';

const PETSTORE_VARIABLE = 'PETSTORE_URL';

const tools = peerTools(definitions, () => {
  const entry = getEnvironment().find(([name]) => name === PETSTORE_VARIABLE);
  if (entry === undefined) throw new Error(`${PETSTORE_VARIABLE} is not set`);
  return entry[1];
});

const app = new Hono();
app.post('/v1/mcp', async (context) => {
  const server = new McpServer({ name: 'bench-usual', version: '1.0.0' });
  for (const { name, config, run } of tools) server.registerTool(name, config, run);
  const transport = new WebStandardStreamableHTTPServerTransport();
  await server.connect(transport);
  return transport.handleRequest(context.req.raw);
});

fire(app);

export { incomingHandler } from '@bytecodealliance/jco-std/wasi/0.2.12/http/adapters/hono/server';
