import { encodeUtf8 } from '../lib/utf8.ts';
import type { Tool } from '../mcp/tool.ts';

const STYLE = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881}
body{font:16px/1.55 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1.25rem}
h1{margin-bottom:.2rem}h2{margin-top:2.2rem;font-size:1.1rem}
pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.8rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem}
code{font-family:ui-monospace,monospace}
table{border-collapse:collapse;width:100%}td{border-top:1px solid var(--line);padding:.35rem .6rem .35rem 0;vertical-align:top;font-size:.9rem}
td:first-child{white-space:nowrap}footer{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:.8rem;font-size:.85rem}`;

/** Stands in the rendered page where the server's address belongs. */
const ADDRESS = '{{address}}';

/**
 * The page at `/`: what this is, how to connect, which tools there are. Self-contained: no script, nothing loaded. Rendered once, at build time; what comes
 * back puts the address in (`http://host:port`), as the reader's browser called it, so that its lines can be copied.
 */
export function homePage(version: string, tools: readonly Tool[]): (address: string) => Uint8Array {
  const rows = tools.map((tool) => `<tr><td><code>${escapeHtml(tool.name)}</code></td><td>${escapeHtml(tool.title)}</td></tr>`).join('\n');
  const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>mesh-mcp</title><style>${STYLE}</style></head><body>
<h1>mesh-mcp</h1>
<p>A Model Context Protocol server for service meshes. An AI agent that connects here can see the mesh and call the Petstore.</p>
<h2>Connect</h2>
<p>The MCP endpoint is <code>${ADDRESS}/v1/mcp</code>: Streamable HTTP, no session, no handshake needed.</p>
<pre><code>npx @modelcontextprotocol/inspector --cli ${ADDRESS}/v1/mcp --transport http --method tools/list</code></pre>
<pre><code>curl -s ${ADDRESS}/v1/mcp \\
  -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' \\
  -d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'</code></pre>
<p>In a client's configuration: <code>{"mcpServers":{"mesh":{"type":"http","url":"${ADDRESS}/v1/mcp"}}}</code></p>
<h2>Tools</h2>
<table>
${rows}
</table>
<h2>Other addresses</h2>
<table>
<tr><td><a href="/v1/mcp/tools"><code>/v1/mcp/tools</code></a></td><td>The tools with their schemas, as plain JSON</td></tr>
<tr><td><a href="/ready"><code>/ready</code></a></td><td>Whether the store and the upstreams answer, and if not, why</td></tr>
<tr><td><a href="/healthz"><code>/healthz</code></a></td><td>Whether this server runs</td></tr>
<tr><td><a href="/metrics"><code>/metrics</code></a></td><td>Counters for Prometheus</td></tr>
</table>
<footer>mesh-mcp ${escapeHtml(version)}</footer>
</body></html>
`;
  const parts = page.split(ADDRESS);
  return (address) => encodeUtf8(parts.join(escapeHtml(address)));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
