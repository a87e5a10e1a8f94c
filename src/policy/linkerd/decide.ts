import type { AccessCall, AccessStep, PeerIdentity } from '../access/model.ts';
import { CLIENT_IDENTITY, PROTOCOL } from '../access/unknowns.ts';
import { quoteAll } from '../objects/field.ts';
import { type Authorization, authorize, type Client } from './authorization.ts';
import type { Found } from './find-route.ts';
import { type Outcome, type Outcomes, onlyIf, resultOf } from './outcome.ts';
import type { PortPolicy } from './port-policy.ts';
import type { Request } from './request-match.ts';
import { spokenOf } from './spoken.ts';

/**
 * What becomes of a call on a port (linkerd2-proxy, linkerd/app/inbound/src/detect.rs: which way a connection takes; policy/http.rs, policy/tcp.rs: who is let
 * in). An opaque or TLS port is decided on when it is connected to, as is everything on a port of any protocol that turns out to be no HTTP.
 */
export function decideOn(policy: PortPolicy, client: Client, call: AccessCall): Outcomes {
  const { protocol, broken } = policy;
  if (protocol === 'opaque' || protocol === 'tls') return connection(policy, client);
  const spoken = spokenOf(call);
  const isOther = spoken === 'tcp' || spoken === 'tls';
  if (broken !== undefined) return always(denied(isOther ? 'reset' : 500, [], broken));
  if (protocol === 'detect') {
    if (isOther) return connection(policy, client);
    const usual = request(policy, client, call);
    if (spoken === 'http') return usual;
    return { usual: usual.usual, others: [...usual.others, ...onlyIf([PROTOCOL], connection(policy, client))] };
  }
  if (isOther) return always(denied('reset', [], { says: `${title(policy)} takes this port for HTTP, and nothing else is let in.` }));
  if (protocol === 'grpc' && spoken === 'unknown') return takenForGrpc(policy, client, call);
  const asked = request(policy, client, call);
  return protocol === 'http1' && call.protocol === 'grpc' ? onHttp1(policy, client.peer.identity, asked) : asked;
}

/** Of a call of which nothing is known, what the port is told to be decides: a call of gRPC is a POST to a service and a method. */
function takenForGrpc(policy: PortPolicy, client: Client, call: AccessCall): Outcomes {
  const { usual, others } = request(policy, client, { ...call, protocol: 'grpc' });
  const assumed = `The call is one of gRPC, for which ${policy.title} takes the port.`;
  return { usual: { ...usual, assumed: [...usual.assumed, assumed] }, others };
}

function always(usual: Outcome): Outcomes {
  return { usual, others: [] };
}

function denied(refusal: number | 'reset', steps: readonly AccessStep[], decidedBy: AccessStep): Outcome {
  return { verdict: 'denied', refusal, on: [], steps, decidedBy, assumed: [], remarks: [] };
}

function title(policy: PortPolicy): string {
  return policy.title.charAt(0).toUpperCase() + policy.title.slice(1);
}

/** Without mutual TLS the proxy reads a port of HTTP/1 as nothing else, and gRPC is HTTP/2; between proxies it detects the version. */
function onHttp1(policy: PortPolicy, identity: PeerIdentity, asked: Outcomes): Outcomes {
  const refused = denied('reset', [], {
    says: `${title(policy)} takes unencrypted connections for HTTP/1, and gRPC needs HTTP/2.`,
  });
  if (identity.tag === 'plain-text') return always(refused);
  if (identity.tag === 'mutual-tls') return asked;
  return { usual: asked.usual, others: [...asked.others, { ...refused, on: [CLIENT_IDENTITY] }] };
}

function connection(policy: PortPolicy, client: Client): Outcomes {
  return admission(policy.authorizations, client, [], {
    refusal: 'reset',
    refuses: { says: `No authorization of ${policy.title} admits the client, so its connection is refused.` },
    remarks: [],
  });
}

function request(policy: PortPolicy, client: Client, call: AccessCall): Outcomes {
  const { probes } = policy;
  const { request: asked, ways: all } = policy.find(call);
  const ways = [...all];
  const sure = ways.pop();
  const perhaps = ways.flatMap((way) => (way === undefined || way.route === probes?.route ? [] : [way]));
  const main = onWay(sure, policy, client, asked, call);
  const outcomes: Outcomes = {
    usual: main.usual,
    others: [...main.others, ...perhaps.flatMap((way) => onlyIf(way.on, onWay(way, policy, client, asked, call)))],
  };
  const probing = ways.find((way) => way?.route === probes?.route);
  if (probes === undefined || probing === undefined) return outcomes;
  // Every pod with a probe would else be reachable by some path, and nothing but a probe asks for that one.
  const results = new Set([outcomes.usual, ...outcomes.others].map(resultOf));
  const probed = onWay(probing, policy, client, asked, call);
  if ([probed.usual, ...probed.others].every((outcome) => results.has(resultOf(outcome)))) return outcomes;
  const assumed = `The call is no probe (GET of ${quoteAll(probes.paths)}), which the proxy lets in from the probe networks, whoever makes it.`;
  return { ...outcomes, usual: { ...outcomes.usual, assumed: [...outcomes.usual.assumed, assumed] } };
}

/** What becomes of a request that goes by a rule, or by none. */
function onWay(way: Found | undefined, policy: PortPolicy, client: Client, asked: Request, call: AccessCall): Outcomes {
  const isGrpc = call.protocol === 'grpc' || policy.protocol === 'grpc';
  if (way === undefined) {
    const says = `No route of ${policy.title} takes the request, which is answered with 404.`;
    const remarks = isGrpc ? ['A client of gRPC sees status 5 (NOT_FOUND).'] : [];
    return always({ verdict: 'not-found', refusal: 404, on: [], steps: [], decidedBy: { says }, assumed: [], remarks });
  }
  const { route, rule } = way;
  const taken: AccessStep = {
    ...(route.object === undefined ? {} : { object: route.object }),
    ...(rule.field === undefined ? {} : { field: rule.field }),
    says: `${route.title.charAt(0).toUpperCase()}${route.title.slice(1)} takes the request.`,
  };
  const admitted = admission([...route.authorizations, ...policy.authorizations], client, [taken], {
    refusal: 403,
    refuses: {
      ...(route.object === undefined ? {} : { object: route.object }),
      says: `No authorization of ${route.title} or of ${policy.title} admits the client, which is answered with 403.`,
    },
    remarks: isGrpc ? ['A client of gRPC sees status 7 (PERMISSION_DENIED).'] : [],
  });
  const limits = policy.protocol === 'grpc' ? [] : (policy.rateLimit?.remarks(client.peer.identity) ?? []);
  const passed = mapOutcomes(admitted, (outcome) =>
    outcome.verdict === 'allowed' ? { ...outcome, remarks: [...outcome.remarks, ...limits] } : outcome,
  );
  return rule.redirects.length === 0 ? passed : redirected(way, passed, asked, taken);
}

/** The first redirect that takes an admitted request answers it. */
function redirected({ route, rule }: Found, { usual, others }: Outcomes, asked: Request, taken: AccessStep): Outcomes {
  const answered: Outcome[] = [];
  let surely: Outcome | undefined;
  for (const { status, takes } of rule.redirects) {
    const holds = takes(asked);
    if (holds.tag === 'no') continue;
    const step = {
      ...taken,
      says: `A filter of ${route.title} redirects the request, so that it does not get to the application (${status}).`,
    };
    const outcome = { ...denied(status, [taken], step), on: holds.tag === 'unknown' ? holds.on : [] };
    if (holds.tag === 'yes') {
      surely = outcome;
      break;
    }
    answered.push(outcome);
  }
  const through = (outcome: Outcome): readonly Outcome[] => {
    if (outcome.verdict !== 'allowed') return [outcome];
    const instead = answered.map((each) => ({ ...each, on: [...outcome.on, ...each.on] }));
    return [...instead, surely === undefined ? outcome : { ...surely, on: outcome.on }];
  };
  const all = [...others, usual].flatMap(through);
  const last = all[all.length - 1] ?? usual;
  return { usual: last, others: all.slice(0, -1) };
}

function mapOutcomes({ usual, others }: Outcomes, map: (outcome: Outcome) => Outcome): Outcomes {
  return { usual: map(usual), others: others.map(map) };
}

interface Refusal {
  readonly refusal: number | 'reset';
  readonly refuses: AccessStep;
  readonly remarks: readonly string[];
}

const AUDITED = 'The proxy logs the call, because only the policy audit lets it in.';

function admission(authorizations: readonly Authorization[], client: Client, before: readonly AccessStep[], refused: Refusal): Outcomes {
  const { holds, by, assumed, passedOver } = authorize(authorizations, client);
  const steps = [...before, ...passedOver];
  const { refusal, refuses, remarks } = refused;
  const no: Outcome = { ...denied(refusal, steps, refuses), remarks };
  if (by === undefined) return always(no);
  const yes: Outcome = { verdict: 'allowed', on: [], steps, decidedBy: by.step, assumed, remarks: by.audit ? [AUDITED] : [] };
  return holds.tag === 'unknown' ? { usual: no, others: [{ ...yes, on: holds.on }] } : always(yes);
}
