import { encodeUtf8 } from '../lib/utf8.ts';
import type { Tool } from '../mcp/tool.ts';

const STYLE = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881}
body{font:16px/1.55 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1.25rem}
h1{margin-bottom:.2rem}h2{margin-top:2.2rem;font-size:1.1rem}
pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.8rem 1rem;overflow-x:auto;font-size:.85rem}
code{font-family:ui-monospace,monospace}
table{border-collapse:collapse;width:100%}td{border-top:1px solid var(--line);padding:.35rem .6rem .35rem 0;vertical-align:top;font-size:.9rem}
td:first-child{white-space:nowrap}footer{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:.8rem;font-size:.85rem}`;

/**
 * The page at `/`: what this is, how to connect, which tools there are. Self-contained (no script, nothing loaded) and the same for every
 * reader, so its bytes are made once, at build time.
 */
export function homePage(version: string, tools: readonly Tool[]): Uint8Array {
  const rows = tools.map((tool) => `<tr><td><code>${escapeHtml(tool.name)}</code></td><td>${escapeHtml(tool.title)}</td></tr>`).join('\n');
  return encodeUtf8(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>mesh-mcp</title><style>${STYLE}</style></head><body>
<h1>mesh-mcp</h1>
<p>A Model Context Protocol server for service meshes. An AI agent that connects here can see the mesh and call the Petstore.</p>
<h2>Connect</h2>
<p>The MCP endpoint is <code>/v1/mcp</code> on this address: Streamable HTTP, no session, no handshake needed.</p>
<pre><code>npx @modelcontextprotocol/inspector --cli http://127.0.0.1:8000/v1/mcp --transport http --method tools/list</code></pre>
<pre><code>curl -s http://127.0.0.1:8000/v1/mcp \\
  -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' \\
  -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_pet_find_by_status","arguments":{"status":"available"}}}'</code></pre>
<p>In a client's configuration: <code>{"mcpServers":{"mesh":{"type":"http","url":"http://127.0.0.1:8000/v1/mcp"}}}</code></p>
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
`);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
