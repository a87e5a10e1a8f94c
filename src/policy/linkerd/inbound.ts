import type { AccessAnswer, AccessCall, AccessStep, Callee, InboundPolicy, Peer } from '../access/model.ts';
import { named, nameText } from '../access/steps.ts';
import { Authentications } from './authentications.ts';
import { clientOf } from './authorization.ts';
import { authorizationPolicies } from './authorization-policies.ts';
import { decideOn } from './decide.ts';
import { defaultPortPolicy } from './default-port.ts';
import { answerOf, type Outcomes, onlyIf } from './outcome.ts';
import type { PortPolicy } from './port-policy.ts';
import { serverAuthorizations } from './server-authorizations.ts';
import { type NamespaceRules, serverPortPolicy } from './server-port.ts';
import { selectServer, serversOf } from './servers.ts';
import { skipsPort } from './skipped-ports.ts';
import type { LinkerdWorld } from './world.ts';

/**
 * What Linkerd's proxies let in on a port of some pods: prepared once, then asked for each caller. It is the chain of linkerd2's policy controller
 * (policy-controller/k8s/index/src/inbound/index.rs) and of the proxy that asks it (linkerd2-proxy, linkerd/app/inbound/src/policy.rs): is there a proxy, does
 * the port pass by it, which Server selects the port or else which default policy holds, which route takes the request, which authorization admits the client.
 * Nothing here throws, whatever the objects hold; what the controller could not read counts as not being there.
 */
export function linkerdInbound(callee: Callee, port: number, world: LinkerdWorld): InboundPolicy {
  if (callee.mesh !== 'linkerd') {
    return always('allowed', `${named(callee)} is not in Linkerd's mesh, so no proxy of Linkerd enforces any policy for it.`);
  }
  const skipped = skipsPort(callee, port);
  if (skipped !== undefined) return always('allowed', skipped.says, skipped.assumed);
  const policies = portPolicies(callee, port, world);
  if (policies === undefined) {
    const says = `No Server selects port ${port} of ${named(callee)}, and what Linkerd's default inbound policy is, is not known.`;
    return always('unknown', says, [], ["Linkerd's default inbound policy"]);
  }
  const { usual, perhaps } = policies;
  return {
    decide: (peer: Peer, call: AccessCall): AccessAnswer => {
      const client = clientOf(peer);
      const decided = decideOn(usual, client, call);
      const others = perhaps.flatMap(({ policy, on }) => onlyIf([on], decideOn(policy, client, call)));
      const outcomes: Outcomes = { usual: decided.usual, others: [...decided.others, ...others] };
      return answerOf(usual.steps, [...usual.assumed, ...perhaps.flatMap(({ policy }) => policy.assumed)], outcomes);
    },
  };
}

function always(
  verdict: AccessAnswer['verdict'],
  says: string,
  assumed: readonly string[] = [],
  dependsOn: readonly string[] = [],
): InboundPolicy {
  const step: AccessStep = { says };
  const answer: AccessAnswer = { verdict, decidedBy: step, chain: [step], dependsOn, assumed, remarks: [] };
  return { decide: () => answer };
}

interface PortPolicies {
  readonly usual: PortPolicy;
  /** Those that hold instead if the phrase in `on` is so. */
  readonly perhaps: readonly { readonly policy: PortPolicy; readonly on: string }[];
}

/** Undefined where the default policy would have to decide and is not known. */
function portPolicies(callee: Callee, port: number, world: LinkerdWorld): PortPolicies | undefined {
  const { server, perhaps, shadowed } = selectServer(serversOf(world, callee.namespace), callee, port);
  const rules: NamespaceRules = {
    policies: authorizationPolicies(world, callee.namespace, new Authentications(world)),
    serverAuthorizations: serverAuthorizations(world, callee.namespace),
  };
  const usual =
    server === undefined ? defaultPortPolicy(callee, port, world) : serverPortPolicy(server, shadowed, rules, callee, port, world);
  if (usual === undefined) return undefined;
  return {
    usual,
    perhaps: perhaps.map((each) => ({
      policy: serverPortPolicy(each, [], rules, callee, port, world),
      on: `whether port ${port} is called ${nameText(String(each.port))}`,
    })),
  };
}
