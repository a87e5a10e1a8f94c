import { parseAddress } from '../../lib/ip.ts';
import type { AccessAnswer, AccessCall, AccessStep } from '../access/model.ts';
import { named } from '../access/steps.ts';
import { PROTOCOL } from '../access/unknowns.ts';
import { type EgressNetwork, egressNetworksFor, resolveEgress } from './egress-networks.ts';
import { EgressRouteIndex, type EgressRoutes } from './egress-routes.ts';
import { type Found, findRoute } from './find-route.ts';
import { ANYTHING } from './grpc-routes.ts';
import { ANY_REQUEST } from './http-routes.ts';
import { answerOf, type Outcome, type Outcomes, onlyIf } from './outcome.ts';
import { type Request, requestOf } from './request-match.ts';
import type { Route, RouteMatch } from './route.ts';
import { spokenOf } from './spoken.ts';
import type { LinkerdWorld } from './world.ts';

/** Where a call goes that leaves the cluster. */
export interface Destination {
  /** An IP address; undefined: not known. */
  readonly address: string | undefined;
  /** Undefined: not known. */
  readonly port: number | undefined;
}

/** What the proxies of a namespace's meshed pods let out. */
export interface OutboundPolicy {
  /** Pure; never throws, whatever the objects hold. */
  decide(destination: Destination, call: AccessCall): AccessAnswer;
}

const ADDRESS = "the destination's address";
const PORT = "the destination's port";

/**
 * Whether meshed pods of a namespace may call something that is no Service of the cluster: an EgressNetwork decides, by its routes or else by its trafficPolicy
 * (linkerd2, policy-controller/runtime/src/lib.rs: `lookup_ip`; policy-controller/grpc/src/outbound.rs: `to_proto`). Where none covers the address the call is let
 * out. The world has to hold the objects of the namespace and of
 * `globalEgressNamespace`.
 */
export function linkerdOutbound(namespace: string, world: LinkerdWorld): OutboundPolicy {
  const networks = egressNetworksFor(namespace, world);
  const indexes = new Map<EgressNetwork, EgressRouteIndex>();
  const decideVia = (network: EgressNetwork | undefined, { port }: Destination, call: AccessCall): Outcomes => {
    if (network === undefined) return always(allowed([], { says: 'No EgressNetwork covers the destination, so the call is let out.' }));
    const index = indexes.get(network) ?? new EgressRouteIndex(network, namespace, world);
    indexes.set(network, index);
    const { object } = network;
    const covers: AccessStep = { object: object.reference, field: 'spec.networks', says: `${named(object)} covers the destination.` };
    if (port !== undefined) return via(network, index.on(port), call, [covers]);
    const none = via(network, NO_ROUTES, call, [covers]);
    const others = index.ports.flatMap((each) => onlyIf([PORT], via(network, index.on(each), call, [covers])));
    return { usual: none.usual, others: [...none.others, ...others] };
  };
  return {
    decide: (destination, call) => {
      const address = destination.address === undefined ? undefined : parseAddress(destination.address);
      if (address !== undefined || networks.length === 0) {
        return answerOf([], [], decideVia(address && resolveEgress(networks, address), destination, call));
      }
      const usual = decideVia(undefined, destination, call);
      const others = networks.flatMap((network) => onlyIf([ADDRESS], decideVia(network, destination, call)));
      const answer = answerOf([], [], { usual: usual.usual, others: [...usual.others, ...others] });
      return answer.verdict === 'allowed' && others.length > 0 ? wherever(answer, others) : answer;
    },
  };
}

/** The same answer for each address that the destination may have, with what decides for each. */
function wherever(answer: AccessAnswer, covered: readonly Outcome[]): AccessAnswer {
  const decidedBy = { says: 'Whichever the destination’s address is, the call is let out.' };
  const deciders = new Map([answer.decidedBy, ...covered.map((outcome) => outcome.decidedBy)].map((step) => [step.says, step]));
  return {
    ...answer,
    decidedBy,
    chain: [...[...deciders.values()].map((step) => ({ ...step, says: `Perhaps: ${step.says}` })), decidedBy],
  };
}

const NO_ROUTES: EgressRoutes = { http: [], grpc: [], tls: [], tcp: [], steps: [] };

/**
 * What becomes of a call to an EgressNetwork. Which routes it has settles what is taken for spoken: with a GRPCRoute gRPC, else with HTTPRoutes or none at all it is
 * detected, else with a TLSRoute TLS, else anything, by the first TCPRoute (linkerd2, policy-controller/grpc/src/outbound.rs: `to_proto`).
 */
function via(network: EgressNetwork, routes: EgressRoutes, call: AccessCall, before: readonly AccessStep[]): Outcomes {
  const steps = [...before, ...routes.steps];
  const spoken = spokenOf(call);
  const { http, grpc, tls, tcp } = routes;
  const only = (protocol: string) =>
    always(refused(steps, 'reset', { says: `A route of ${named(network.object)} takes this port for ${protocol}.` }));
  if (grpc.length > 0) return spoken === 'http' || spoken === 'unknown' ? request('grpc', grpc, network, call, steps) : only('gRPC');
  const detected = http.length > 0 || (tls.length === 0 && tcp.length === 0);
  if (!detected && tls.length > 0) return spoken === 'tls' || spoken === 'unknown' ? byServerName(tls, network, call, steps) : only('TLS');
  const [first] = tcp;
  if (!detected && first !== undefined) return always(allowed(steps, taken(first)));
  const connection = always(byTrafficPolicy(network, steps, 'reset'));
  if (spoken === 'tcp' || spoken === 'tls') return connection;
  const asked = request('http', http, network, call, steps);
  return spoken === 'http' ? asked : { usual: asked.usual, others: [...asked.others, ...onlyIf([PROTOCOL], connection)] };
}

/** By the best route, or by what the EgressNetwork itself says where none matches better than anything (…/outbound/http.rs: `default_outbound_egress_route`). */
function request(
  kind: 'http' | 'grpc',
  routes: readonly Route[],
  network: EgressNetwork,
  call: AccessCall,
  steps: readonly AccessStep[],
): Outcomes {
  const asked = requestOf(call);
  const ways = [...findRoute([...routes, otherwise(kind === 'grpc' ? ANYTHING : ANY_REQUEST)], asked)];
  const usual = onWay(ways.pop(), network, asked, steps);
  const others = ways.flatMap((way) => onlyIf(way?.on ?? [], onWay(way, network, asked, steps)));
  return { usual: usual.usual, others: [...usual.others, ...others] };
}

function otherwise(match: RouteMatch): Route {
  return { title: '', object: undefined, hosts: [], rules: [{ field: undefined, matches: [match], redirects: [] }], authorizations: [] };
}

function onWay(way: Found | undefined, network: EgressNetwork, asked: Request, steps: readonly AccessStep[]): Outcomes {
  if (way?.route.object === undefined) return always(byTrafficPolicy(network, steps, 403));
  const through = allowed(steps, taken(way.route, way.rule.field));
  const redirected: Outcome[] = [];
  for (const { status, takes } of way.rule.redirects) {
    const holds = takes(asked);
    if (holds.tag === 'no') continue;
    const answered = refused(steps, status, {
      ...taken(way.route, way.rule.field),
      says: `A filter of ${way.route.title} redirects the request (${status}).`,
    });
    if (holds.tag === 'yes') return { usual: answered, others: redirected };
    redirected.push({ ...answered, on: holds.on });
  }
  return { usual: through, others: redirected };
}

/** By the name that the client asks for, which routes match as they match hosts (linkerd2-proxy, linkerd/tls/route/src/sni.rs). */
function byServerName(routes: readonly Route[], network: EgressNetwork, call: AccessCall, steps: readonly AccessStep[]): Outcomes {
  const byName = routes.map((route) => ({ ...route, rules: [{ field: undefined, matches: [ANYTHING], redirects: [] }] }));
  const asked = requestOf({ ...call, host: call.sni });
  const ways = [...findRoute([...byName, otherwise(ANYTHING)], asked)];
  const end = (way: Found | undefined): Outcome =>
    way?.route.object === undefined ? byTrafficPolicy(network, steps, 'reset') : allowed(steps, taken(way.route));
  const usual = end(ways.pop());
  return { usual, others: ways.flatMap((way) => onlyIf([SERVER_NAME], always(end(way)))) };
}

const SERVER_NAME = 'the server name of the TLS handshake';

function byTrafficPolicy({ object, allows }: EgressNetwork, steps: readonly AccessStep[], refusal: number | 'reset'): Outcome {
  const step = { object: object.reference, field: 'spec.trafficPolicy' };
  return allows
    ? allowed(steps, { ...step, says: `${named(object)} allows what no route takes.` })
    : refused(steps, refusal, { ...step, says: `${named(object)} denies what no route takes.` });
}

function taken({ title, object }: Route, field?: string): AccessStep {
  return {
    ...(object === undefined ? {} : { object }),
    ...(field === undefined ? {} : { field }),
    says: `${title} takes the call and lets it out.`,
  };
}

function always(usual: Outcome): Outcomes {
  return { usual, others: [] };
}

function allowed(steps: readonly AccessStep[], decidedBy: AccessStep): Outcome {
  return { verdict: 'allowed', on: [], steps, decidedBy, assumed: [], remarks: [] };
}

function refused(steps: readonly AccessStep[], refusal: number | 'reset', decidedBy: AccessStep): Outcome {
  return { verdict: 'denied', refusal, on: [], steps, decidedBy, assumed: [], remarks: [NO_BARRIER] };
}

const NO_BARRIER = "The caller's own proxy refuses; a pod that means to can get past its own proxy.";
