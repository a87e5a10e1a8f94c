import type { AccessAnswer, AccessCall, AccessStep, Callee, IstioClient, Peer } from '../access/model.ts';
import { named } from '../access/steps.ts';
import { quote } from '../objects/field.ts';
import { decided, inTurn, join, precede, toAnswer } from './answers.ts';
import { enforce } from './enforcement.ts';
import { EnvoyProxy } from './envoy.ts';
import { type ClientAddress, type Identity, type Known, known, open, readFacts, readSource } from './facts.ts';
import { candidatesOf, ON_IDENTITY, sayCase } from './identities.ts';
import { type PortMode, ztunnelMode } from './peer-authentication.ts';
import { type PolicySet, readPolicies } from './policies.ts';
import { portsTo, protocolOf } from './port-protocol.ts';
import { SPIFFE, trustDomainOf } from './spiffe.ts';
import { aboutField } from './steps.ts';
import { findWays, type Waypoint, type WayTo } from './waypoint.ts';
import type { IstioWorld } from './world.ts';

/** A way with the proxy that stands on it. */
type PreparedWay = Pick<WayTo, 'called'> &
  (
    | { readonly tag: 'direct'; readonly step: AccessStep }
    | { readonly tag: 'waypoint'; readonly waypoint: Waypoint; readonly envoy: EnvoyProxy; readonly port: Known<number> }
  );

/** One port of pods in ambient mode: ztunnel, and a waypoint before it where there is one. */
export class AmbientInbound {
  readonly #port: number;
  readonly #world: IstioWorld;
  readonly #ways: readonly PreparedWay[];
  readonly #strict: PortMode;
  readonly #set: PolicySet;

  constructor(callee: Callee, port: number, world: IstioWorld) {
    const { objects, settings } = world;
    const labels = new Map(Object.entries(callee.labels));
    this.#port = port;
    this.#world = world;
    this.#set = readPolicies(objects, { tag: 'ztunnel', namespace: callee.namespace, labels }, 'ztunnel', settings);
    this.#strict = ztunnelMode(objects, callee, port, settings.rootNamespace);
    const holds = (namespace: string) => namespace === callee.namespace || namespace === settings.rootNamespace;
    this.#ways = findWays(objects, callee, holds).map((way) => prepare(way, callee, port, world));
  }

  decide(peer: Peer, call: AccessCall): AccessAnswer {
    const { identities, steps, assumed } = candidatesOf(peer, this.#world.settings.trustDomain);
    const cases = identities.map((identity) => ({ says: sayCase(identity), answer: this.#decideAs(identity, peer, call) }));
    return precede({ steps, assumed }, join(cases, ON_IDENTITY));
  }

  #decideAs(identity: Identity, peer: Peer, call: AccessCall): AccessAnswer {
    if (identity.tag === 'none') {
      const past = this.#ways.some(({ tag }) => tag === 'waypoint')
        ? ['A client without the mesh’s identity calls the pods past their waypoint.']
        : [];
      return precede({ steps: [], assumed: past }, this.#atZtunnel(identity, peer.address, call));
    }
    const cases = this.#waysOf(peer).map((way) => ({ says: sayWay(way), answer: this.#along(way, identity, peer, call) }));
    return join(cases, 'which Service is called');
  }

  /** The ways that the client's calls may take. */
  #waysOf({ istio }: Peer): readonly PreparedWay[] {
    const called = this.#ways.filter((way) => istio?.service !== undefined && way.called === istio.service);
    return distinct((called.length === 0 ? this.#ways : called).map((way) => takenBy(istio, way)));
  }

  #along(way: PreparedWay, identity: Identity, peer: Peer, call: AccessCall): AccessAnswer {
    if (way.tag === 'direct') return precede({ steps: [way.step] }, this.#atZtunnel(identity, peer.address, call));
    const { waypoint, envoy, port } = way;
    const first = envoy.decide({ identity, source: readSource(peer.address), port, takesForwarded: true }, call);
    const second = this.#behindWaypoint(waypoint, call);
    const says = `Calls within the mesh pass the waypoint ${quote(`${waypoint.namespace}/${waypoint.name}`)}.`;
    const step = waypoint.object === undefined ? { says } : { object: waypoint.object.reference, says };
    const called = `The call is for ${waypoint.service === undefined ? 'the pods' : `Service ${quote(waypoint.service.name)}`}`;
    const assumed = [
      ...waypoint.assumed,
      ...(peer.istio === undefined ? [`${called} and comes by way of the waypoint, as ztunnel sends it and sidecars do not.`] : []),
      ...(peer.istio !== undefined && peer.istio.service === undefined ? [`${called}.`] : []),
    ];
    return precede({ steps: [step], assumed }, inTurn(first, second));
  }

  /** The waypoint is the client then. What it is refused, it answers with 503. */
  #behindWaypoint({ namespace, serviceAccount }: Waypoint, call: AccessCall): AccessAnswer {
    const name = `${SPIFFE}${this.#world.settings.trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
    const answer = this.#enforce({ tag: 'named', name }, open('the address of the waypoint'), call);
    const says = `Behind the waypoint, ztunnel sees the waypoint as the client (${quote(name)}).`;
    const through = precede({ steps: [{ says }] }, answer);
    const http = call.protocol === 'http' || call.protocol === 'grpc';
    return answer.verdict === 'denied' && http ? { ...through, refusal: 503 } : through;
  }

  #atZtunnel(identity: Identity, address: string | undefined, call: AccessCall): AccessAnswer {
    const { trustDomain } = this.#world.settings;
    if (identity.tag === 'named' && trustDomainOf(identity.name) !== trustDomain) {
      const says = `ztunnel takes certificates of the trust domain ${quote(trustDomain)} alone, and the client’s is of ${quote(trustDomainOf(identity.name))}.`;
      return decided('denied', { says }, 'reset');
    }
    return this.#enforce(identity, readSource(address), call);
  }

  #enforce(identity: Identity, source: Known<ClientAddress>, call: AccessCall): AccessAnswer {
    const { mode, object, field } = this.#strict;
    const say = (says: string) =>
      object === undefined || field === undefined ? { says } : aboutField(object, field, `${named(object)}: ${says}`);
    if (mode === 'STRICT' && identity.tag === 'none') {
      return decided('denied', say('ztunnel denies clients without the mesh’s identity (STRICT).'), 'reset');
    }
    const step = say(
      mode === 'STRICT'
        ? 'ztunnel asks for the mesh’s identity (STRICT).'
        : 'ztunnel takes plain text too, since no PeerAuthentication makes the port strict.',
    );
    const facts = readFacts(call, { identity, source, port: known(this.#port), http: false, takesForwarded: false, claims: known(null) });
    const outcome = enforce(this.#set, { facts, customFacts: facts, between: [], refusal: 'reset' });
    return precede({ steps: [step] }, toAnswer(outcome));
  }
}

/**
 * Waypoints are for ztunnel; a sidecar calls the pods past them, and so does a gateway unless the Service asks it not to (istio,
 * pilot/pkg/xds/endpoints/endpoint_builder.go: `findServiceWaypoint`, `buildEnvoyLbEndpoint`).
 */
function takenBy(client: IstioClient | undefined, way: PreparedWay): PreparedWay {
  if (way.tag === 'direct' || client === undefined || client.proxy === 'ztunnel') return way;
  if (client.proxy === 'gateway' && way.waypoint.fromGateways) return way;
  const says =
    client.proxy === 'sidecar'
      ? 'The client’s sidecar calls the pods past their waypoint.'
      : 'The gateway calls the pods past their waypoint, since no label istio.io/ingress-use-waypoint tells it otherwise.';
  return { tag: 'direct', called: way.called, step: { says } };
}

function sayWay(way: PreparedWay): string {
  const service = way.tag === 'waypoint' ? way.waypoint.service : undefined;
  return service === undefined ? 'In case the way goes past the waypoints.' : `In case Service ${quote(service.name)} is called.`;
}

function prepare(way: WayTo, callee: Callee, port: number, world: IstioWorld): PreparedWay {
  if (way.tag === 'direct') return way;
  const { waypoint, called } = way;
  const { namespace, name, object, service, serviceObject } = waypoint;
  const missing = object === undefined ? `the policies in namespace ${quote(namespace)}, where the waypoint is` : undefined;
  const protocol = protocolOf(world.objects, { ...callee, services: service === undefined ? [] : [service.name] }, port);
  const envoy = new EnvoyProxy(world, { tag: 'waypoint', namespace, gateway: name, service }, protocol, missing);
  if (service === undefined) return { tag: 'waypoint', called, waypoint, envoy, port: known(port) };
  // A waypoint sees the port of the Service.
  const [only, ...more] = serviceObject === undefined ? [] : portsTo(serviceObject, callee, port);
  return {
    tag: 'waypoint',
    called,
    waypoint,
    envoy,
    port: only === undefined || more.length > 0 ? open('the port of the Service') : known(only.number),
  };
}

/** All ways past waypoints are the same. */
function distinct(ways: readonly PreparedWay[]): readonly PreparedWay[] {
  const direct = ways.find(({ tag }) => tag === 'direct');
  return ways.filter((each) => each.tag === 'waypoint' || each === direct);
}
