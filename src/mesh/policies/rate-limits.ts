import type { PolicyNode } from '../../graph/model.ts';
import { counted } from '../../lib/wording.ts';
import { compareAge } from '../../policy/objects/age.ts';
import type { Field } from '../../policy/objects/field.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import { HTTP_PROTOCOLS } from '../../policy/objects/linkerd-words.ts';
import { statusOf } from '../kube-object.ts';
import type { NamespaceView } from '../namespace-view.ts';
import { groupOf } from '../routes/parent-refs.ts';
import { condition } from '../routes/route-status.ts';
import { Problems } from '../wording.ts';
import { countWord, nameWord } from '../words.ts';
import { readAccount } from './clients.ts';
import { policyNode } from './policy-node.ts';
import type { Servers } from './servers.ts';

/** Linkerd's HTTPLocalRateLimitPolicies: requests a second that one proxy lets in. */
export function rateLimitPolicies(view: NamespaceView, servers: Servers): readonly PolicyNode[] {
  const all = [...view.of('linkerdRateLimitPolicies')].sort(compareAge);
  // The oldest on a Server holds (linkerd2, policy-controller/k8s/status/src/index.rs: `target_ref_status`).
  const first = new Map<string, KubeObject>();
  for (const object of all) {
    const server = targetOf(object);
    if (server !== undefined && !first.has(server)) first.set(server, object);
  }
  return all.map((object) => {
    const problems = new Problems();
    const name = targetOf(object);
    const server = name === undefined ? undefined : servers.byName.get(name);
    if (name === undefined) {
      problems.add('Linkerd ignores it: its targetRef is no Server of group policy.linkerd.io.');
    } else {
      const holder = first.get(name);
      if (server === undefined && view.knows('linkerdServers')) problems.add(`There is no Server ${name}, which its targetRef names.`);
      if (holder !== undefined && holder !== object) problems.add(`${holder.kind} ${holder.name} is older and holds for Server ${name}.`);
      if (server !== undefined && server.protocol !== undefined && !HTTP_PROTOCOLS.includes(server.protocol)) {
        problems.add(`Server ${name} has proxyProtocol ${server.protocol}, with which requests are not counted.`);
      }
    }
    const { spec } = object;
    const total = readLimit(spec.at('total'), problems);
    const identity = readLimit(spec.at('identity'), problems);
    const overrides = spec.at('overrides').items;
    for (const override of overrides) {
      readLimit(override, problems);
      for (const field of override.at('clientRefs').items) readAccount(view, field, problems);
    }
    if (!problems.any) checkStatus(object, problems);
    return policyNode(object, {
      selects: server === undefined ? [] : [server.id],
      summary: [
        total === undefined ? undefined : `at most ${total} requests a second`,
        identity === undefined ? undefined : `${identity} of each client`,
        overrides.length === 0 ? undefined : counted(overrides.length, 'override'),
        total === undefined && identity === undefined && overrides.length === 0 ? 'no limit' : undefined,
      ],
      problems,
    });
  });
}

function targetOf({ spec }: KubeObject): string | undefined {
  const field = spec.at('targetRef');
  const isServer = groupOf(field, '') === 'policy.linkerd.io' && (field.at('kind').text ?? '').toLowerCase() === 'server';
  return isServer ? nameWord(field.at('name').value) : undefined;
}

function readLimit(field: Field, problems: Problems): number | undefined {
  if (!field.exists) return undefined;
  const limit = countWord(field.at('requestsPerSecond').value);
  if (limit === undefined || limit === 0) problems.add(`${field.path} has no requestsPerSecond above 0.`);
  return limit;
}

/** The proxy gets a policy only when the controller has accepted it (linkerd2, policy-controller/k8s/index/src/inbound/index.rs: `client_ratelimit`). */
function checkStatus(object: KubeObject, problems: Problems): void {
  const accepted = condition(statusOf(object), 'Accepted');
  if (accepted === undefined) problems.add('No controller has accepted it yet.');
  else if (!accepted.holds) problems.add(`It is not accepted: ${accepted.reason}.`);
}
