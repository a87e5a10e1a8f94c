import type { RouteBackend, RouteNode } from '../../graph/model.ts';
import type { Field } from '../../policy/objects/field.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import { HTTP_PROTOCOLS } from '../../policy/objects/linkerd-words.ts';
import type { KeptKind } from '../kept.ts';
import type { NamespaceView } from '../namespace-view.ts';
import type { ServerFacts, Servers } from '../policies/servers.ts';
import { lacksPort } from '../service-facts.ts';
import { Problems } from '../wording.ts';
import { hostWord, portWord } from '../words.ts';
import { type ObjectRef, readBackend, readParent } from './parent-refs.ts';
import { routeNode } from './route-node.ts';
import { parentStatus } from './route-status.ts';
import { overridingProfiles } from './service-profiles.ts';

/** The kinds of routes that have `parentRefs` and `rules[].backendRefs`. */
export const PARENTED_ROUTES = [
  'httpRoutes',
  'grpcRoutes',
  'tcpRoutes',
  'tlsRoutes',
  'linkerdHttpRoutes',
] as const satisfies readonly KeptKind[];

/** The routes of the Gateway API, and Linkerd's HTTPRoute, which is made like them. */
export function gatewayApiRoutes(view: NamespaceView, servers: Servers): readonly RouteNode[] {
  const profiles = overridingProfiles(view);
  return PARENTED_ROUTES.flatMap((kind) => view.of(kind)).map((route) => {
    const problems = new Problems();
    const parents = parentsOf(route, problems);
    const backends = checkBackends(view, route, parents, problems);
    const sound = !problems.any;
    for (const parent of parents) checkParent({ view, route, servers, profiles, problems, sound }, parent);
    const hosts = readHosts(route, problems);
    return routeNode(route, { attachedTo: parents.map(({ id }) => id), hosts, backends, problems });
  });
}

function parentsOf(route: KubeObject, problems: Problems): readonly ObjectRef[] {
  const fields = route.spec.at('parentRefs').items;
  // Instead of naming parents a route may ask for the default Gateways (Gateway API, `CommonRouteSpec.UseDefaultGateways`).
  if (fields.length === 0 && !route.spec.at('useDefaultGateways').exists) problems.add('It names no parent, so it hangs on nothing.');
  return fields.flatMap((field) => {
    const parent = readParent(field, route);
    if (parent === undefined) problems.add(`${field.path} is no reference that can be read.`);
    return parent ?? [];
  });
}

function readHosts(route: KubeObject, problems: Problems): readonly string[] {
  return route.spec.at('hostnames').items.flatMap((field) => {
    const host = hostWord(field.value);
    if (host === undefined) problems.add(`${field.path} is no host name.`);
    return host ?? [];
  });
}

/** What the checks of one parent need. */
interface Checking {
  readonly view: NamespaceView;
  readonly route: KubeObject;
  readonly servers: Servers;
  /** Names of Services of this namespace whose ServiceProfile takes the place of routes. */
  readonly profiles: ReadonlySet<string>;
  readonly problems: Problems;
  /** Nothing was found that would explain what a controller says. */
  readonly sound: boolean;
}

function checkParent(checking: Checking, parent: ObjectRef): void {
  const problem = problemOf(checking, parent);
  if (problem === undefined) checkStatus(checking, parent);
  else checking.problems.add(problem);
}

/** Why the route cannot have an effect on a parent, as far as this namespace tells. */
function problemOf(checking: Checking, parent: ObjectRef): string | undefined {
  switch (parent.tag) {
    case 'server':
      return serverProblem(checking, parent);
    case 'service':
      return serviceProblem(checking, parent);
    case 'egress-network':
      return egressProblem(checking, parent);
    case 'gateway':
      return lacks(checking.view, 'gateways', parent) ? `There is no Gateway ${parent.name}.` : undefined;
    case 'service-entry':
      return lacks(checking.view, 'istioServiceEntries', parent) ? `There is no ServiceEntry ${parent.name}.` : undefined;
    case 'other':
      // The CRD fills in the wrong group where a route leaves it out.
      return /^(?:Server|EgressNetwork)$/.test(parent.kind)
        ? `${parent.kind} ${parent.name} is named without its group, policy.linkerd.io.`
        : undefined;
  }
}

function lacks(view: NamespaceView, kind: KeptKind, { namespace, name }: ObjectRef): boolean {
  return namespace === view.namespace && view.lacks(kind, name);
}

/**
 * Routes on a Server decide on incoming requests. Linkerd ignores the whole route there when one of its Servers is of another namespace, or is named with a port
 * or a section (linkerd2, policy-controller/k8s/index/src/inbound/routes.rs: `InvalidParentRef`).
 */
function serverProblem({ view, route, servers }: Checking, parent: ObjectRef): string | undefined {
  const what = `Server ${parent.name}`;
  if (route.kind === 'TCPRoute' || route.kind === 'TLSRoute')
    return `A ${route.kind} has no effect on ${what}: only HTTP and gRPC routes do.`;
  const ignored = 'so Linkerd ignores the route for incoming requests';
  if (parent.namespace !== view.namespace) return `${what} is of another namespace, ${ignored}.`;
  if (parent.field.at('port').exists) return `${what} is named with a port, ${ignored}.`;
  if (parent.field.at('sectionName').exists) return `${what} is named with a section, ${ignored}.`;
  if (lacks(view, 'linkerdServers', parent)) return `There is no ${what}.`;
  const server = servers.byName.get(parent.name);
  return server === undefined ? undefined : protocolProblem(route, server);
}

function protocolProblem(route: KubeObject, { name, protocol }: ServerFacts): string | undefined {
  if (route.kind === 'GRPCRoute') {
    return protocol === 'gRPC'
      ? undefined
      : `Server ${name} has proxyProtocol ${protocol ?? 'unknown'}, and a GRPCRoute counts with gRPC only.`;
  }
  return protocol === undefined || HTTP_PROTOCOLS.includes(protocol)
    ? undefined
    : `Server ${name} has proxyProtocol ${protocol}, with which an ${route.kind} does not count.`;
}

/** Routes on a Service decide on what clients send. */
function serviceProblem({ view, route, profiles, problems }: Checking, parent: ObjectRef): string | undefined {
  if (parent.namespace !== view.namespace) return undefined;
  const { name } = parent;
  if (lacks(view, 'services', parent)) return `There is no Service ${name}.`;
  const service = view.services.get(name);
  const port = parent.field.at('port');
  if (port.exists && service !== undefined && lacksPort(service, port.value)) {
    return `Service ${name} has no port ${portWord(port.value) ?? 'such as the parent names'}.`;
  }
  const accepted = parentStatus(route, parent).tag === 'accepted';
  // linkerd2, policy-controller/k8s/status/src/service.rs: `valid_parent_service`
  if (!accepted && (service?.type === 'Headless' || service?.type === 'ExternalName')) {
    return `Service ${name} has no cluster IP, without which Linkerd takes no routes for it.`;
  }
  if (profiles.has(name) && (route.kind === 'HTTPRoute' || route.kind === 'GRPCRoute')) {
    problems.add(`Service ${name} has a ServiceProfile with routes, which Linkerd's proxies follow instead.`);
  }
  return undefined;
}

function egressProblem({ view }: Checking, parent: ObjectRef): string | undefined {
  if (lacks(view, 'linkerdEgressNetworks', parent)) return `There is no EgressNetwork ${parent.name}.`;
  // linkerd2, policy-controller/runtime/src/admission.rs
  return parent.field.at('port').exists ? undefined : `EgressNetwork ${parent.name} is named without a port, which Linkerd refuses.`;
}

function checkStatus({ route, problems, sound }: Checking, parent: ObjectRef): void {
  const status = parentStatus(route, parent);
  const what = `${parent.kind} ${parent.name}`;
  if (status.tag === 'refused') problems.add(`It is not accepted on ${what}: ${status.reason}.`);
  else if (status.tag === 'unanswered') problems.add(`No controller has accepted it on ${what} yet.`);
  else if (status.unresolved !== undefined && sound) problems.add(`On ${what} a backend could not be resolved: ${status.unresolved}.`);
}

function checkBackends(view: NamespaceView, route: KubeObject, parents: readonly ObjectRef[], problems: Problems): readonly RouteBackend[] {
  const rules = route.spec.at('rules').items;
  // linkerd2, policy-controller/runtime/src/admission.rs; the Gateway API asks for at least one.
  if ((route.kind === 'TCPRoute' || route.kind === 'TLSRoute') && rules.length > 1 && parents.some(({ tag }) => tag !== 'gateway')) {
    problems.add(`It has ${rules.length} rules, and Linkerd takes a ${route.kind} with one rule only.`);
  }
  return rules.flatMap((rule) => {
    const fields = rule.at('backendRefs').items;
    const backends = fields.flatMap((field) => readRuleBackend(view, route, parents, field, problems) ?? []);
    if (fields.length > 0 && backends.length === fields.length && backends.every(({ weight }) => weight === 0)) {
      problems.add(`All backends of ${rule.path} have weight 0, so its requests fail.`);
    }
    return backends;
  });
}

function readRuleBackend(
  view: NamespaceView,
  route: KubeObject,
  parents: readonly ObjectRef[],
  field: Field,
  problems: Problems,
): RouteBackend | undefined {
  const weight = readWeight(field.at('weight'), problems);
  const host = field.at('kind').value === 'Hostname' ? hostWord(field.at('name').value) : undefined;
  // Istio's way to name a host that is no Service (istio, pilot/pkg/config/kube/gateway: `Hostname`).
  if (host !== undefined) return { to: host, weight };
  const backend = readBackend(field, route);
  if (backend === undefined) {
    problems.add(`${field.path} is no reference that can be read.`);
    return undefined;
  }
  if (backend.tag === 'service') checkService(view, backend, problems);
  if (backend.tag === 'egress-network') {
    if (lacks(view, 'linkerdEgressNetworks', backend))
      problems.add(`There is no EgressNetwork ${backend.name}, to which ${field.path} sends.`);
    // linkerd2, policy-controller/k8s/status/src/index.rs: `backend_condition`
    else if (!parents.some(({ id }) => id === backend.id))
      problems.add(`EgressNetwork ${backend.name} is a backend of ${field.path} without being the parent.`);
  }
  return { to: backend.id, weight };
}

function checkService(view: NamespaceView, backend: ObjectRef, problems: Problems): void {
  const { name, field } = backend;
  if (backend.namespace !== view.namespace) return;
  if (lacks(view, 'services', backend)) {
    problems.add(`There is no Service ${name}, to which ${field.path} sends.`);
    return;
  }
  const service = view.services.get(name);
  const port = portWord(field.at('port').value);
  if (port === undefined) {
    problems.add(`${field.path} does not say which port of Service ${name} it means.`);
  } else if (service !== undefined && lacksPort(service, port)) {
    problems.add(`Service ${name} has no port ${port}, to which ${field.path} sends.`);
  }
}

function readWeight(field: Field, problems: Problems): number {
  if (!field.exists) return 1;
  const { number } = field;
  if (number !== undefined && Number.isSafeInteger(number) && number >= 0) return number;
  problems.add(`${field.path} is no whole number from 0, so it counts as 0.`);
  return 0;
}
