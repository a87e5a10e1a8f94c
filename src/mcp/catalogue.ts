import { VERSION } from '../generated/version.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { checkNamespace } from './prompts/check-namespace.ts';
import { listPieces } from './protocol/list-json.ts';
import type { Offer } from './protocol/offered.ts';
import { joinPieces } from './protocol/pieces.ts';
import { defineServer } from './protocol/server.ts';
import { guide } from './resources/guide.ts';
import type { Tool } from './tool.ts';
import { analyzeMeshConfig } from './tools/analyze_mesh_config.ts';
import { applyAuthorizationPolicy } from './tools/apply_authorization_policy.ts';
import { applyHttpRoute } from './tools/apply_http_route.ts';
import { elicited } from './tools/change/elicited.ts';
import { checkAccessTool } from './tools/check_access.ts';
import { getCallGraph } from './tools/get_call_graph.ts';
import { getChangeLog } from './tools/get_change_log.ts';
import { getMeshGraph } from './tools/get_mesh_graph.ts';
import { getService } from './tools/get_service.ts';
import { listPolicies } from './tools/list_policies.ts';
import { listServices } from './tools/list_services.ts';
import { petstoreTools } from './tools/petstore/tools.ts';
import { revertChange } from './tools/revert_change.ts';
import { shiftTraffic } from './tools/shift_traffic.ts';
import { simulatePolicy } from './tools/simulate_policy.ts';
import { suggestAuthorizationPolicy } from './tools/suggest_authorization_policy.ts';
import { watchMeshGraph } from './tools/watch_mesh_graph.ts';

/** Every tool of the product, in the order in which clients see them. */
export const TOOLS: readonly Tool[] = [
  getMeshGraph,
  listServices,
  getService,
  getCallGraph,
  watchMeshGraph,
  checkAccessTool,
  listPolicies,
  analyzeMeshConfig,
  suggestAuthorizationPolicy,
  simulatePolicy,
  applyAuthorizationPolicy,
  applyHttpRoute,
  shiftTraffic,
  revertChange,
  getChangeLog,
  ...petstoreTools,
];

const INSTRUCTIONS = `Sees a Kubernetes service mesh (Linkerd, Istio) and works with a Petstore API.
- Begin with get_mesh_graph for traffic, or list_services to learn what runs where and whether it is meshed; pass a namespace to keep the answer small.
- get_service is one page on a service, get_call_graph finds where latency or errors come from, watch_mesh_graph shows changes as they happen.
- check_access says whether A may call B and which policy decides, list_policies what policies mean, analyze_mesh_config what is wrong with them, simulate_policy what a new one would do.
- Tools that change the mesh change nothing in their first call: they answer a diff, the effect and a token. Show these to the user before you repeat the call with confirm.
- Petstore tools are named after their method and path. Tools that change something say so in their annotations: ask before you call them.
- The resource mesh-mcp://guide tells which tool answers which question.
- An error says who must act: "invalid" is yours to correct, "unavailable" is worth another try later, "denied" needs somebody with more rights.`;

/** The product as an MCP server, prepared at build time. */
export const SERVER = defineServer({
  name: 'mesh-mcp',
  title: 'Mesh MCP',
  version: VERSION,
  instructions: INSTRUCTIONS,
  tools: TOOLS.map((tool) => (tool.toolset === 'change' && !tool.annotations.readOnlyHint ? elicited(tool) : tool)),
  prompts: [checkNamespace],
  resources: [guide],
  resourceTemplates: [],
  logging: false,
  resourceSubscriptions: false,
});

const LINE_BREAK = encodeUtf8('\n');

/** The result of `tools/list` as plain JSON, for people with curl. */
export function renderedTools(offer: Offer): Uint8Array {
  return joinPieces([...listPieces(SERVER.lists.tools, offer, false), LINE_BREAK]);
}
