import { MeshError } from '../../lib/errors.ts';
import type { Prompt } from './prompt.ts';

// A namespace is an RFC 1123 label; anything else would be text that a caller slips into the model's instructions.
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Walks a model through the health of one namespace, with what this server can see. */
export const checkNamespace: Prompt = {
  name: 'check_namespace',
  title: 'Check a namespace',
  description: 'Look at a namespace: what runs, how its traffic does, what is in the mesh, and what is wrong.',
  toolset: 'graph',
  arguments: [{ name: 'namespace', description: 'The Kubernetes namespace to check, for example "petstore".', required: true }],
  get: ({ namespace = '' }) => {
    if (!NAMESPACE.test(namespace)) {
      throw new MeshError('invalid', 'namespace must be a Kubernetes namespace: lower-case letters, digits and hyphens, at most 63.');
    }
    return { messages: [{ role: 'user', content: { type: 'text', text: instructions(namespace) } }] };
  },
};

function instructions(namespace: string): string {
  return `Check the namespace "${namespace}" of the cluster and tell me what needs attention.

1. Call get_mesh_graph with namespace "${namespace}": its workloads with their health, and their traffic, the busiest first.
2. Call it again with onlyErrors true: what fails or is denied.
3. Call list_services with namespace "${namespace}". While the answer has a nextCursor, call again with it as cursor, until you have read every page.
4. Call get_service for the services that look worst, at most five: its problems name what is wrong with their traffic, routes and policies.
5. If you have the tool analyze_mesh_config, call it with namespace "${namespace}": mistakes in the configuration. If you have check_access, call it for services
   of which calls are denied, with the service as to ("${namespace}/NAME") and no from: a table of the callers, and the policies that decide.
6. Say first when the data is from (asOf), whether it is sample data (demo), and, if synced is false or there is a stale or any notes, what is old or missing.
7. Then report, in this order, naming services and workloads:
   - workloads that are down or degraded, and services without pods (status no-pods): nothing answers there;
   - traffic that fails, is slow or is denied, with who calls whom and, where it is denied, by which policy;
   - routes and policies that have a problem, and mistakes in the configuration (findings), the errors first;
   - services that are only partly in a mesh (partial), and services outside of every mesh (unmeshed) beside meshed ones: some of their traffic is not protected;
   - services that nothing can be said about (no-selector).
8. If a call fails, report its message and its advice, and stop. Do not guess what runs there.

Close with one line: all well, or the most urgent thing to do. Change nothing.`;
}
