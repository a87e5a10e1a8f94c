import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../../../src/access/principal.ts';
import { MeshError } from '../../../../../src/lib/errors.ts';
import type { Tool } from '../../../../../src/mcp/tool.ts';
import { getCallGraph } from '../../../../../src/mcp/tools/get_call_graph.ts';
import { getMeshGraph } from '../../../../../src/mcp/tools/get_mesh_graph.ts';
import { getService } from '../../../../../src/mcp/tools/get_service.ts';
import { listServices } from '../../../../../src/mcp/tools/list_services.ts';
import { watchMeshGraph } from '../../../../../src/mcp/tools/watch_mesh_graph.ts';
import { SMALL_MESH } from '../../../../support/graph-meshes.ts';
import { GraphWorld } from '../../../../support/graph-world.ts';

const world = new GraphWorld();
world.publish(SMALL_MESH);

const SHOPKEEPER: Principal = { name: 'bob', via: 'token', groups: [], grants: [{ role: 'operator', namespaces: ['shop'] }] };

interface Calls {
  readonly callees: { readonly calls: readonly { readonly source: string; readonly destination: string }[] };
}

/** What a tool does: `ok`, or the code of its refusal. */
function ask(tool: Tool, args: object, principal?: Principal): string {
  try {
    world.call(tool, args, () => {}, principal);
    return 'ok';
  } catch (error) {
    if (error instanceof MeshError) return error.code;
    throw error;
  }
}

describe('whoever may view some namespaces', () => {
  it.each([
    [getMeshGraph, { namespace: 'shop' }, { namespace: 'bank' }],
    [getMeshGraph, { namespace: 'shop', format: 'simple' }, {}],
    [listServices, { namespace: 'shop' }, { namespace: 'bank' }],
    [listServices, { namespace: 'shop', limit: 1 }, {}],
    [getService, { namespace: 'shop', service: 'web' }, { namespace: 'bank', service: 'ledger' }],
    [watchMeshGraph, { namespace: 'shop', seconds: 0 }, { namespace: 'bank', seconds: 0 }],
    [watchMeshGraph, { namespace: 'shop', seconds: 0 }, { seconds: 0 }],
  ] as const)('$name answers about them, and not about others or all', (tool, own, others) => {
    expect(ask(tool, own, SHOPKEEPER)).toBe('ok');
    expect(ask(tool, others, SHOPKEEPER)).toBe('denied');
    expect(ask(tool, others)).toBe('ok');
  });

  it('sees whom their workloads call elsewhere, and not what happens behind', () => {
    const args = { namespace: 'shop', workload: 'checkout', direction: 'callees', depth: 5 };
    const calls = (principal?: Principal) =>
      world
        .call<Calls>(getCallGraph, args, () => {}, principal)
        .structured.callees.calls.map(({ source, destination }) => `${source} ${destination}`)
        .join('\n');
    expect(calls()).toContain('ledger-db');
    expect(calls(SHOPKEEPER)).toContain('bank/Deployment/ledger');
    expect(calls(SHOPKEEPER)).not.toContain('ledger-db');
    expect(ask(getCallGraph, { namespace: 'bank', workload: 'ledger' }, SHOPKEEPER)).toBe('denied');
  });
});
