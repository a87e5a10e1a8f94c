import type { AccessStep, Callee } from '../access/model.ts';
import { named } from '../access/steps.ts';
import { DEFAULT_INBOUND_POLICY, OPAQUE_PORTS, REQUIRE_IDENTITY_PORTS } from '../objects/linkerd-words.ts';
import { finderOf } from './asked.ts';
import { LOCALHOST } from './authorization.ts';
import { defaultAuthorizations, parseDefaultPolicy, withIdentity } from './default-policy.ts';
import { defaultRoute, probesOf, withProbes } from './default-routes.ts';
import type { PortPolicy } from './port-policy.ts';
import { listsPort } from './port-set.ts';
import type { Protocol } from './servers.ts';
import type { LinkerdWorld } from './world.ts';

/** Where no Server selects the port: routes and authorizations do not count, not even those for the namespace (linkerd2, …: `default_inbound_server`). */
export function defaultPortPolicy(callee: Callee, port: number, world: LinkerdWorld): PortPolicy | undefined {
  const { settings } = world;
  const { annotations } = callee;
  const annotated = parseDefaultPolicy(annotations[DEFAULT_INBOUND_POLICY]);
  const stated = annotated ?? parseDefaultPolicy(settings.defaultInboundPolicy);
  if (stated === undefined) return undefined;
  const identityRequired = listsPort(annotations[REQUIRE_IDENTITY_PORTS], port);
  const policy = identityRequired ? withIdentity(stated) : stated;
  const source = annotated === undefined ? "Linkerd's default inbound policy is" : `${DEFAULT_INBOUND_POLICY} says`;
  const steps: AccessStep[] = [
    { says: `No Server selects port ${port} of ${named(callee)}.` },
    { says: `${source} ${stated}.` },
    ...(policy === stated ? [] : [{ says: `${REQUIRE_IDENTITY_PORTS} has port ${port}, so clients need an identity: ${policy}.` }]),
  ];
  const protocol: Protocol = listsPort(annotations[OPAQUE_PORTS], port) ? 'opaque' : 'detect';
  if (protocol === 'opaque') steps.push({ says: `${OPAQUE_PORTS} has port ${port}, so connections are decided on as a whole.` });
  const probes = probesOf(callee, port, settings);
  return {
    title: `the policy ${policy}`,
    steps,
    assumed: annotated === undefined ? settings.assumed : [],
    protocol,
    authorizations: [...defaultAuthorizations(policy, settings), LOCALHOST],
    find: finderOf(withProbes([defaultRoute('http')], probes)),
    probes,
    broken: undefined,
    rateLimit: undefined,
  };
}
