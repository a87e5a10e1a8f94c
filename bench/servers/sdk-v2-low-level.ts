/** The fastest that `@modelcontextprotocol/server` documents: its low-level Server with the list ready made and the tools called by hand. */
import { serve } from '@hono/node-server';
import { createMcpHandler, Server } from '@modelcontextprotocol/server';
import { announce, givenDefinitions, givenTools, HOST, PATH } from './settings.ts';

const definitions = givenDefinitions().map((definition) => ({ ...definition }));
const tools = new Map(givenTools().map((tool) => [tool.name, tool]));

const handler = createMcpHandler(() => {
  const server = new Server({ name: 'bench-sdk-v2-low-level', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', () => ({ tools: definitions }));
  server.setRequestHandler('tools/call', async ({ params }) => {
    const tool = tools.get(params.name);
    if (tool === undefined) return refusal(`there is no tool ${params.name}`);
    const args = tool.config.inputSchema.safeParse(params.arguments ?? {});
    return args.success ? tool.run(args.data) : refusal(args.error.message);
  });
  return server;
});

function refusal(text: string) {
  return { isError: true, content: [{ type: 'text' as const, text }] };
}

serve(
  {
    fetch: (request) => (new URL(request.url).pathname === PATH ? handler.fetch(request) : new Response(null, { status: 404 })),
    hostname: HOST,
    port: 0,
  },
  ({ port }) => announce(port),
);
