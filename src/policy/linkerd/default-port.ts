import type { AccessStep, Callee } from '../access/model.ts';
import { finderOf } from './asked.ts';
import { LOCALHOST } from './authorization.ts';
import { defaultAuthorizations, parseDefaultPolicy, withIdentity } from './default-policy.ts';
import { defaultRoute, probesOf, withProbes } from './default-routes.ts';
import type { PortPolicy } from './port-policy.ts';
import { listsPort } from './port-set.ts';
import type { Protocol } from './servers.ts';
import { called } from './wording.ts';
import type { LinkerdWorld } from './world.ts';

const OPAQUE_PORTS = 'config.linkerd.io/opaque-ports';
const DEFAULT_POLICY = 'config.linkerd.io/default-inbound-policy';
const REQUIRE_IDENTITY = 'config.linkerd.io/proxy-require-identity-inbound-ports';

/** Where no Server selects the port: routes and authorizations do not count, not even those for the namespace (linkerd2, …: `default_inbound_server`). */
export function defaultPortPolicy(callee: Callee, port: number, world: LinkerdWorld): PortPolicy | undefined {
  const { settings } = world;
  const annotated = parseDefaultPolicy(annotation(callee, DEFAULT_POLICY));
  const stated = annotated ?? parseDefaultPolicy(settings.defaultInboundPolicy);
  if (stated === undefined) return undefined;
  const identityRequired = listsPort(annotation(callee, REQUIRE_IDENTITY), port);
  const policy = identityRequired ? withIdentity(stated) : stated;
  const source = annotated === undefined ? "Linkerd's default inbound policy is" : `${DEFAULT_POLICY} says`;
  const steps: AccessStep[] = [
    { says: `No Server selects port ${port} of ${called(callee)}.` },
    { says: `${source} ${stated}.` },
    ...(policy === stated ? [] : [{ says: `${REQUIRE_IDENTITY} has port ${port}, so clients need an identity: ${policy}.` }]),
  ];
  const protocol: Protocol = listsPort(annotation(callee, OPAQUE_PORTS), port) ? 'opaque' : 'detect';
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

function annotation({ annotations }: Callee, name: string): string | undefined {
  return Object.hasOwn(annotations, name) ? annotations[name] : undefined;
}
