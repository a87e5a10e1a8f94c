import type { Toolset } from '../config.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { HEADINGS } from '../mcp/resources/guide.ts';
import type { Tool } from '../mcp/tool.ts';

const STYLE = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881}
body{font:16px/1.55 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1.25rem}
h1{margin-bottom:.2rem}h2{margin-top:2.2rem;font-size:1.1rem}
pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.8rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem}
code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}h3{margin:1.6rem 0 .4rem;font-size:1rem}
table{border-collapse:collapse;width:100%}td{border-top:1px solid var(--line);padding:.35rem .6rem .35rem 0;vertical-align:top;font-size:.9rem}
td:first-child{width:19rem}
@media(max-width:36rem){body{margin-top:1.5rem}td{display:block;padding:0}td:first-child{width:auto;border-top:1px solid var(--line);padding-top:.35rem}td+td{border:0;padding-bottom:.35rem}}
footer{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:.8rem;font-size:.85rem}`;

/** Stands in the rendered page where the server's address belongs. */
const ADDRESS = '{{address}}';

/**
 * The page at `/`: what this is, how to connect, what to ask, which tools there are. Self-contained: no script, nothing loaded. Rendered once, at build time;
 * what comes back puts the address in (`http://host:port`), as the reader's browser called it, so that its lines can be copied.
 */
export function homePage(version: string, tools: readonly Tool[]): (address: string) => Uint8Array {
  const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>mesh-mcp</title><style>${STYLE}</style></head><body>
<h1>mesh-mcp</h1>
<p>A Model Context Protocol server for service meshes. An AI agent that connects here sees who calls whom in a Linkerd or Istio mesh, says who
may call whom and which policy decides it, changes policies and routes in two calls that can be taken back, and works with a Petstore.</p>
<h2>Connect</h2>
<p>The MCP endpoint is <code>${ADDRESS}/v1/mcp</code>: Streamable HTTP, no session, no handshake needed.</p>
<pre><code>npx @modelcontextprotocol/inspector --cli ${ADDRESS}/v1/mcp --transport http --method tools/list</code></pre>
<pre><code>curl -s ${ADDRESS}/v1/mcp \\
  -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' \\
  -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_mesh_graph","arguments":{}}}'</code></pre>
<p>In the configuration of an editor or agent:</p>
<pre><code>{ "mcpServers": { "mesh": { "type": "http", "url": "${ADDRESS}/v1/mcp" } } }</code></pre>
<h2>Then ask</h2>
<ul>
<li>Who talks to whom in the mesh, and what is wrong there?</li>
<li>May A call B? Which policy says so?</li>
<li>What would it cut off if only the callers that were seen might call B?</li>
<li>Let A call B: show me the change and its effect first.</li>
</ul>
<h2>Tools</h2>
<p>All there are. Groups can be switched off (<code>TOOLSETS</code>; changing the mesh is, unless it is named there), and tools have roles:
<a href="/v1/mcp/tools"><code>/v1/mcp/tools</code></a> has those that are yours.</p>
${TOOLSETS.map((toolset) => section(toolset, tools)).join('\n')}
<h2>Other addresses</h2>
<table>
<tr><td><a href="/v1/mcp/tools"><code>/v1/mcp/tools</code></a></td><td>Your tools with their schemas, as plain JSON</td></tr>
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

/** The order in which the page has the groups. */
const TOOLSETS: readonly Toolset[] = ['graph', 'policy', 'change', 'petstore'];

function section(toolset: Toolset, tools: readonly Tool[]): string {
  const rows = tools
    .filter((tool) => tool.toolset === toolset)
    .map((tool) => `<tr><td><code>${escapeHtml(tool.name)}</code></td><td>${escapeHtml(tool.title)}</td></tr>`);
  return `<h3>${HEADINGS[toolset]}</h3>\n<table>\n${rows.join('\n')}\n</table>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
