import { MeshError } from '../../lib/errors.ts';
import type { Prompt } from './prompt.ts';

// A namespace is an RFC 1123 label; anything else would be text that a caller slips into the model's instructions.
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Walks a model through the health of one namespace, with what this server can see. */
export const checkNamespace: Prompt = {
  name: 'check_namespace',
  title: 'Check a namespace',
  description: 'Look at the services of a namespace: what runs, what is in the mesh, and what looks wrong.',
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

1. Call list_services with namespace "${namespace}". While the answer has a nextCursor, call again with it as cursor, until you have read every page.
2. Say first when the data was read (asOf), whether it is sample data (demo), and, if complete is false or there are notes, what is missing.
3. Then report, in this order, naming services and workloads:
   - services without pods (status no-pods): nothing answers there;
   - services that are only partly in a mesh (partial): some of their traffic is protected, some is not;
   - services outside of every mesh (unmeshed) beside meshed ones;
   - services that nothing can be said about (no-selector).
4. If the call fails, report its message and its advice, and stop. Do not guess what runs there.

Close with one line: all well, or the most urgent thing to do. Change nothing.`;
}
