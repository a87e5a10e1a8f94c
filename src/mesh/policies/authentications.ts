import type { PolicyNode } from '../../graph/model.ts';
import { listed } from '../../lib/wording.ts';
import type { NamespaceView } from '../namespace-view.ts';
import { Problems } from '../wording.ts';
import { meshTlsClients, networkClients } from './clients.ts';
import { policyNode } from './policy-node.ts';

/** Linkerd's MeshTLSAuthentications and NetworkAuthentications: lists of clients, which AuthorizationPolicies of any namespace refer to. */
export function authenticationPolicies(view: NamespaceView): readonly PolicyNode[] {
  const kinds = [
    ['linkerdMeshTlsAuthentications', meshTlsClients] as const,
    ['linkerdNetworkAuthentications', (_: NamespaceView, ...rest: Parameters<typeof networkClients>) => networkClients(...rest)] as const,
  ];
  return kinds.flatMap(([kind, read]) =>
    view.of(kind).map((object) => {
      const problems = new Problems();
      const { words, refused } = read(view, object.spec, problems);
      if (refused !== undefined) problems.add(`Linkerd ignores it, and every AuthorizationPolicy that refers to it: ${refused}.`);
      return policyNode(object, { selects: [], summary: [words.length === 0 ? 'nobody' : listed(words)], problems });
    }),
  );
}
