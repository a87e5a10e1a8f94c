import { defined } from '../graph/defined.ts';
import { namespaceOf } from '../graph/ids.ts';
import type { NodeId } from '../graph/model.ts';
import { compareText } from '../lib/order.ts';
import { identityWord, namespaceWord, nameWord } from '../mesh/words.ts';
import type { AccessCall } from '../policy/access/model.ts';
import { accountIdentity } from '../policy/linkerd/identities.ts';
import type { Field } from '../policy/objects/field.ts';
import type { KubeObject } from '../policy/objects/kube-object.ts';
import { decide } from './decide.ts';
import { callerSorts, targetsOf } from './ends.ts';
import { accountOf, spiffeId, strangerTo } from './identities.ts';
import { linkerdSettings } from './settings.ts';
import type { AccessWorld } from './world.ts';

/** More clients than these are not judged. */
const MAX_CLIENTS = 200;

/**
 * The clients that policies name, one by one, and let in, though none of the callers seen is one of them: by identity, in order. Who is let in as one of many (all of a
 * namespace, anybody) is not among them. Throws what the reader throws.
 */
export function unseenClients(
  world: AccessWorld,
  to: NodeId,
  port: number | undefined,
  sources: readonly NodeId[],
  call: AccessCall,
): readonly string[] {
  const namespace = world.namespace(namespaceOf(to) ?? '');
  const found = namespace && targetsOf(namespace, to, port);
  if (namespace === undefined || found?.tag !== 'found') return [];
  const seen = new Set<string>();
  for (const source of sources) {
    for (const sort of callerSorts(world, { tag: 'node', id: source })) {
      for (const target of found.targets) {
        for (const { callee } of namespace.called(target.workload)) {
          const { identity } = sort.seen(callee, target).peer;
          if (identity.tag === 'mutual-tls') seen.add(identity.name);
        }
      }
    }
  }
  const named = new Set(world.policies(namespace.view.namespace).flatMap((object) => clientsIn(world, object)));
  return [...named]
    .filter((name) => !seen.has(name))
    .sort(compareText)
    .slice(0, MAX_CLIENTS)
    .filter((name) => {
      const letsIn = (who: string) => {
        const callers = callerSorts(world, {
          tag: 'peer',
          identity: { tag: 'mutual-tls', name: who },
          ...defined({ workload: accountOf(who) }),
        });
        return decide(world, namespace, callers, found.targets, call).answer.verdict === 'allowed';
      };
      const stranger = strangerTo(name);
      return letsIn(name) && (stranger === undefined || !letsIn(stranger));
    });
}

function clientsIn(world: AccessWorld, { kind, group, namespace, spec }: KubeObject): readonly string[] {
  const account = (ref: Field): readonly string[] => {
    const [name, from] = [nameWord(ref.at('name').value), namespaceWord(ref.at('namespace').text ?? namespace)];
    return name === undefined || from === undefined ? [] : [accountIdentity(linkerdSettings(world.config), from, name)];
  };
  const accounts = (refs: readonly Field[]) =>
    refs.filter((ref) => ref.at('kind').text?.toLowerCase() === 'serviceaccount').flatMap(account);
  const exact = (list: Field) => list.texts.filter((text) => !text.includes('*')).flatMap((text) => identityWord(text) ?? []);
  if (group === 'policy.linkerd.io') {
    if (kind === 'MeshTLSAuthentication') return [...exact(spec.at('identities')), ...accounts(spec.at('identityRefs').items)];
    if (kind === 'AuthorizationPolicy') return accounts(spec.at('requiredAuthenticationRefs').items);
    if (kind !== 'ServerAuthorization') return [];
    const meshTls = spec.at('client', 'meshTLS');
    return [...exact(meshTls.at('identities')), ...meshTls.at('serviceAccounts').items.flatMap(account)];
  }
  if (group !== 'security.istio.io' || kind !== 'AuthorizationPolicy') return [];
  return spec
    .at('rules')
    .items.flatMap((rule) => rule.at('from').items.flatMap((from) => exact(from.at('source', 'principals'))))
    .map(spiffeId);
}
