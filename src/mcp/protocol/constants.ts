/**
 * Values of the protocol. `@modelcontextprotocol/sdk` and `@modelcontextprotocol/server` export them too, but importing a value from
 * either pulls its schemas into the bundle; `test/unit/mcp/protocol/constants.test.ts` holds these against theirs.
 */

/** Error codes of JSON-RPC 2.0 (section 5.1) and of MCP (2026-07-28, basic/index, error codes). */
export const RPC_ERROR = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Until 2025-11-25 only (server/resources, error handling); later versions forbid it. */
  resourceNotFound: -32002,
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedVersion: -32022,
} as const;

/** Keys of `_meta` that the protocol reserves (2026-07-28, basic/index, `_meta`). */
export const META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const;

/** Our own key of `_meta` on a failed tool call: `{code, retryAfterMs?}`. */
export const MESH_ERROR_META = 'mesh-mcp/error';

/** Severities of log messages, least severe first (2025-11-25, server/utilities/logging; RFC 5424, section 6.2.1). */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
