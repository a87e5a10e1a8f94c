import { serverId } from '../../graph/ids.ts';
import type { NodeId, PolicyNode } from '../../graph/model.ts';
import { counted, listed } from '../../lib/wording.ts';
import { compareAge } from '../../policy/objects/age.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import { DEFAULT_POLICIES, PROXY_PROTOCOLS, SKIP_INBOUND_PORTS } from '../../policy/objects/linkerd-words.ts';
import { lists } from '../../policy/objects/port-list.ts';
import { skippedPorts } from '../inbound-ports.ts';
import type { NamespaceView } from '../namespace-view.ts';
import { workloadIds } from '../namespace-view.ts';
import { readLabelSelector } from '../selector.ts';
import { Problems } from '../wording.ts';
import { portNameWord, portWord } from '../words.ts';
import type { Member, WorkloadFacts } from '../workload-facts.ts';
import { policyNode } from './policy-node.ts';

/** A Linkerd Server as routes and authorizations need to know it. */
export interface ServerFacts {
  readonly id: NodeId;
  readonly name: string;
  readonly object: KubeObject;
  /** By number, or by the name of a container's port; undefined where it cannot be read. */
  readonly port: number | string | undefined;
  /** Undefined where it is none that Linkerd knows. */
  readonly protocol: (typeof PROXY_PROTOCOLS)[number] | undefined;
  /** What happens to clients that nothing authorizes; undefined where Linkerd does not know the word, which then counts as `deny`. */
  readonly accessPolicy: (typeof DEFAULT_POLICIES)[number] | undefined;
  /** Whether it selects pods, or machines outside the cluster, of which nothing is kept here. */
  readonly selects: 'pods' | 'machines' | 'nothing';
  readonly members: readonly Member[];
}

/** The Servers of a namespace. */
export interface Servers {
  readonly byName: ReadonlyMap<string, ServerFacts>;
  /** The oldest first, in which order they claim ports. */
  readonly byAge: readonly ServerFacts[];
}

export function findServers(view: NamespaceView): Servers {
  const all = view.of('linkerdServers').map((object): ServerFacts => {
    const { spec, name } = object;
    const podSelector = spec.at('podSelector');
    const protocol = spec.at('proxyProtocol').text ?? 'unknown';
    const accessPolicy = spec.at('accessPolicy').text ?? 'deny';
    return {
      id: serverId(view.namespace, name),
      name,
      object,
      port: portWord(spec.at('port').value) ?? portNameWord(spec.at('port').value),
      protocol: PROXY_PROTOCOLS.find((known) => known === protocol),
      accessPolicy: DEFAULT_POLICIES.find((known) => known === accessPolicy),
      selects: podSelector.isObject ? 'pods' : spec.at('externalWorkloadSelector').isObject ? 'machines' : 'nothing',
      members: podSelector.isObject ? view.select(readLabelSelector(podSelector)) : [],
    };
  });
  return {
    byName: new Map(all.map((server) => [server.name, server])),
    byAge: [...all].sort((a, b) => compareAge(a.object, b.object)),
  };
}

/** The ports of a pod that a Server means; a name may be that of several (linkerd2, policy-controller/k8s/index/src/inbound/index.rs: `select_ports`). */
export function portsOf(server: ServerFacts, { template }: WorkloadFacts): readonly number[] {
  const { port } = server;
  if (typeof port === 'number') return [port];
  const declared = template.containers?.ports ?? [];
  return declared.filter(({ name, protocol }) => name !== undefined && name === port && protocol === 'TCP').map((each) => each.port);
}

/** How many authorizations hold for a Server as a whole, and how many for single routes of it. */
export interface AuthorizationCounts {
  readonly whole: (server: ServerFacts) => number;
  readonly routes: (server: ServerFacts) => number;
}

export function serverPolicies(view: NamespaceView, servers: Servers, authorizations: AuthorizationCounts): readonly PolicyNode[] {
  const losses = findLosses(servers);
  return [...servers.byName.values()].map((server) => {
    const { object, port, protocol, accessPolicy, members, name } = server;
    const problems = new Problems();
    checkFields(server, problems);
    if (server.selects === 'pods') checkSelection(view, server, problems);
    for (const [winner, lost] of losses.get(name) ?? []) {
      problems.add(`Server ${winner} is older, so that this one does not decide on ${listed([...lost])}.`);
    }
    const [whole, routes] = [authorizations.whole(server), authorizations.routes(server)];
    return policyNode(object, {
      action: accessPolicy ?? 'deny',
      selects: workloadIds(members),
      summary: [
        `port ${port ?? 'unknown'}`,
        protocol === undefined || protocol === 'unknown' ? 'protocol detected' : protocol,
        whole + routes === 0 ? 'no authorization' : undefined,
        whole === 0 ? undefined : counted(whole, 'authorization'),
        routes === 0 ? undefined : `${counted(routes, 'authorization')} of routes`,
        `otherwise ${accessPolicy ?? 'deny'}`,
      ],
      problems,
    });
  });
}

function checkFields({ port, protocol, accessPolicy, selects }: ServerFacts, problems: Problems): void {
  if (selects === 'nothing') problems.add('It has neither a podSelector nor an externalWorkloadSelector, so it selects nothing.');
  if (port === undefined) problems.add('Its port is neither a number nor the name of a port, so it selects nothing.');
  if (protocol === undefined) problems.add('Its proxyProtocol is none that Linkerd knows.');
  if (accessPolicy === undefined) problems.add('Its accessPolicy is none that Linkerd knows, so it counts as deny.');
}

function checkSelection(view: NamespaceView, { members, port }: ServerFacts, problems: Problems): void {
  if (members.length === 0) {
    if (view.knows('pods')) problems.add('No pod of this namespace matches its podSelector.');
    return;
  }
  const pods = members.filter(({ pod }) => pod !== undefined);
  if (pods.length > 0 && pods.every(({ mesh }) => mesh !== 'linkerd')) {
    problems.add("None of the pods that it selects is in Linkerd's mesh, so nothing enforces it.");
  }
  const templates = members.map(({ workload }) => workload.template.containers);
  const declares = (takes: (declared: { readonly port: number; readonly name?: string }) => boolean) =>
    templates.some((containers) => containers === undefined || containers.ports.some(takes));
  if (typeof port === 'string' && !declares(({ name }) => name === port)) {
    problems.add(`No container of the pods that it selects has a port called ${port}.`);
  }
  if (typeof port !== 'number') return;
  // A container need not declare its ports: where one declares none, nothing can be said.
  if (templates.every((containers) => containers === undefined || containers.ports.length > 0) && !declares((each) => each.port === port)) {
    problems.add(`No container of the pods that it selects declares port ${port}.`);
  }
  if (members.every(({ workload }) => lists(skippedPorts(view, workload), port))) {
    problems.add(`The pods that it selects skip the proxy on port ${port} (${SKIP_INBOUND_PORTS}), so nothing enforces it.`);
  }
}

/** The losing Server's name, then the winning one's, then what it lost. */
type Losses = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

/**
 * Several Servers may select the same port of a pod: the oldest has it, of two of the same age the first by name (linkerd2,
 * policy-controller/k8s/index/src/inbound/index.rs: `reindex_servers`).
 */
function findLosses({ byAge }: Servers): Losses {
  const owners = new Map<string, string>();
  const losses = new Map<string, Map<string, Set<string>>>();
  for (const server of byAge) {
    for (const { workload, pod } of server.members) {
      for (const port of portsOf(server, workload)) {
        const key = `${workload.id} ${pod ?? ''} ${port}`;
        const owner = owners.get(key);
        if (owner === undefined) owners.set(key, server.name);
        else if (owner !== server.name) {
          const own = losses.get(server.name) ?? new Map<string, Set<string>>();
          losses.set(server.name, own);
          own.set(owner, (own.get(owner) ?? new Set()).add(`port ${port} of ${workload.kind} ${workload.name}`));
        }
      }
    }
  }
  return losses;
}
