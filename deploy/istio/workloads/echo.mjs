// Stands in for a service of the system: answers every request with who it is and what arrived, so that one can see where a route leads. `POST /v1/mcp` answers
// initialize, ping and tools/list of MCP, enough for a client to connect.
import { createServer } from 'node:http';

const { PORT = '8080', SERVICE = 'echo', VERSION = 'v1', VARIANT = '' } = process.env;
/** More of a body is not looked at. */
const MAX_BODY_BYTES = 64 * 1024;
/** What tells how a request came here. Never all headers: some are credentials. */
const SHOWN_HEADERS = [
  'host',
  'user-agent',
  'x-request-id',
  'x-organization-id',
  'x-user-id',
  'x-deployment-stage',
  'mcp-session-id',
  'traceparent',
];
const PROTOCOL_VERSION = '2025-11-25';

const json = (response, status, body) => {
  const text = `${JSON.stringify(body)}\n`;
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'x-served-by': SERVICE })
    .end(text);
};

function mcp({ id, method }) {
  const results = {
    initialize: { protocolVersion: PROTOCOL_VERSION, capabilities: { tools: {} }, serverInfo: { name: SERVICE, version: VERSION } },
    ping: {},
    'tools/list': { tools: [] },
  };
  if (Object.hasOwn(results, method)) return { jsonrpc: '2.0', id, result: results[method] };
  return { jsonrpc: '2.0', id: id ?? null, error: { code: -32601, message: 'an echo service has no such method' } };
}

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (chunk) => {
    if (text.length < MAX_BODY_BYTES) text += chunk;
  });
  request.once('end', () => {
    const { pathname } = new URL(request.url, 'http://echo');
    if (pathname === '/healthz') return json(response, 200, { status: 'ok' });
    if (pathname === '/v1/mcp' && request.method === 'POST') {
      try {
        const message = JSON.parse(text);
        // A notification is answered with nothing.
        return message?.id === undefined ? response.writeHead(202).end() : json(response, 200, mcp(message));
      } catch {
        return json(response, 400, { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'the body is not JSON' } });
      }
    }
    const headers = Object.fromEntries(
      SHOWN_HEADERS.filter((name) => name in request.headers).map((name) => [name, request.headers[name]]),
    );
    return json(response, 200, { service: SERVICE, version: VERSION, variant: VARIANT, method: request.method, path: pathname, headers });
  });
});
server.listen(Number(PORT), () => {
  process.stdout.write(
    `${JSON.stringify({ level: 'info', message: 'listening', service: SERVICE, version: VERSION, port: server.address().port })}\n`,
  );
});
// The proxy drains first; then what is under way may end.
process.once('SIGTERM', () => server.close());
