import type { Principal } from '../../../../../src/access/principal.ts';
import { collectOnce } from '../../../../../src/collector/run.ts';
import type { Tool } from '../../../../../src/mcp/tool.ts';
import { demoWorld } from '../../../../support/demo-world.ts';
import type { Answered } from '../../../../support/graph-world.ts';
import { ADMIN } from '../../../../support/principals.ts';

/** Someone who may view these namespaces and no others. */
export function viewerOf(...namespaces: readonly string[]): Principal {
  return { name: 'somebody', via: 'token', groups: [], grants: [{ role: 'viewer', namespaces }] };
}

/** The demo cluster, collected once, and its tools as somebody calls them. */
export function askingDemo() {
  const { ports, config } = demoWorld();
  collectOnce(ports, config);
  return <Structured>(tool: Tool, args: object, principal: Principal = ADMIN): Answered<Structured> => {
    const { text, structured } = tool.call(args, { ports, config, principal, progress: () => {} });
    // It fits the tool's output schema, of which this is the type.
    return { text, structured: structured as unknown as Structured };
  };
}
