import type { AccessAnswer, AccessCall, AccessStep, Callee, Peer } from '../access/model.ts';
import { named } from '../access/steps.ts';
import { bears } from '../analyze/workloads.ts';
import { quote } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { selectionOf } from '../objects/selection.ts';
import { decided, join, precede } from './answers.ts';
import type { MeshProxy } from './attachment.ts';
import { EnvoyProxy } from './envoy.ts';
import { type Identity, known, readSource } from './facts.ts';
import { candidatesOf, ON_IDENTITY, sayCase } from './identities.ts';
import { type PortMode, sidecarMode } from './peer-authentication.ts';
import { protocolOf } from './port-protocol.ts';
import { trustDomainOf } from './spiffe.ts';
import { aboutField } from './steps.ts';
import { trustDomainsOf } from './trust-domains.ts';
import type { IstioWorld } from './world.ts';

/** One port of pods with a sidecar, or of a gateway's. */
export class SidecarInbound {
  readonly #port: number;
  readonly #world: IstioWorld;
  readonly #envoy: EnvoyProxy;
  readonly #assumed: readonly string[];
  /** Undefined for a gateway, whose servers decide on TLS. */
  readonly #mtls: PortMode | undefined;

  constructor(callee: Callee, port: number, world: IstioWorld, proxy: MeshProxy, isGateway: boolean) {
    const { objects, settings } = world;
    this.#port = port;
    this.#world = world;
    this.#assumed = isGateway ? [] : objects.filter((object) => terminatesTls(object, callee, port)).map(sayTls);
    this.#envoy = new EnvoyProxy(world, proxy, isGateway ? { tag: 'detected' } : protocolOf(objects, callee, port));
    this.#mtls = isGateway ? undefined : sidecarMode(objects, callee, port, settings.rootNamespace);
  }

  decide(peer: Peer, call: AccessCall): AccessAnswer {
    const { identities, steps, assumed } = candidatesOf(peer, this.#world.settings.trustDomain);
    const cases = identities.map((identity) => ({ says: sayCase(identity), answer: this.#decideAs(identity, peer, call) }));
    return precede({ steps, assumed: [...assumed, ...this.#assumed] }, join(cases, ON_IDENTITY));
  }

  #decideAs(identity: Identity, peer: Peer, call: AccessCall): AccessAnswer {
    const handshake = this.#mtls === undefined ? asGateway(identity) : shakeHands(this.#mtls, identity, this.#world);
    if (handshake.tag === 'refused') return { ...decided('denied', handshake.step, 'reset'), assumed: handshake.assumed };
    const isGateway = this.#mtls === undefined;
    const arrival = { identity: handshake.identity, source: readSource(peer.address), port: known(this.#port), takesForwarded: !isGateway };
    return precede({ steps: [handshake.step], assumed: handshake.assumed }, this.#envoy.decide(arrival, call));
  }
}

/** Whether a Sidecar has a listener with TLS of its own, which takes the place of mutual TLS (istio, api: networking/v1 `IstioIngressListener.tls`). */
function terminatesTls(object: KubeObject, { namespace, labels }: Callee, port: number): boolean {
  if (object.kind !== 'Sidecar' || object.group !== 'networking.istio.io' || object.namespace !== namespace) return false;
  const own = new Map(Object.entries(labels));
  const listeners = object.spec.at('ingress').items.filter((each) => each.at('port', 'number').value === port && each.at('tls').exists);
  return listeners.length > 0 && bears(own, selectionOf(object)?.labels ?? new Map<string, string>());
}

function sayTls(object: KubeObject): string {
  return `${named(object)} does not change how clients prove themselves, though it has TLS of its own for the port.`;
}

type Handshake =
  | { readonly tag: 'done'; readonly identity: Identity; readonly step: AccessStep; readonly assumed: readonly string[] }
  | { readonly tag: 'refused'; readonly step: AccessStep; readonly assumed: readonly string[] };

function asGateway(identity: Identity): Handshake {
  const says = 'The servers of the gateway decide on TLS, not a PeerAuthentication.';
  return {
    tag: 'done',
    identity,
    step: { says },
    assumed: ['The gateway trusts no proxy before it (gatewayTopology.numTrustedProxies is 0).'],
  };
}

/**
 * Before any policy: STRICT takes mutual TLS alone, PERMISSIVE both, DISABLE plain text, so that nobody's identity is known there (istio,
 * pilot/pkg/networking/core/filterchain_options.go). A certificate has to be of a trust domain of the mesh (pilot/pkg/networking/plugin/authn/util.go:
 * `TrustDomainsForValidation`).
 */
function shakeHands({ mode, object, field }: PortMode, identity: Identity, { settings }: IstioWorld): Handshake {
  const say = (says: string): AccessStep =>
    object === undefined || field === undefined
      ? { says: `No PeerAuthentication says otherwise: ${says}` }
      : aboutField(object, field, `${named(object)}: ${says}`);
  if (mode === 'DISABLE') {
    const says = 'the port takes plain text, so that no client proves an identity.';
    return { tag: 'done', identity: { tag: 'none' }, step: say(says), assumed: [] };
  }
  if (identity.tag === 'none') {
    if (mode === 'STRICT')
      return { tag: 'refused', step: say('the port takes mutual TLS alone (STRICT), which the client does not speak.'), assumed: [] };
    return { tag: 'done', identity, step: say('the port takes plain text and mutual TLS (PERMISSIVE).'), assumed: [] };
  }
  const known = trustDomainsOf(settings);
  if (identity.tag === 'named' && !known.includes(trustDomainOf(identity.name))) {
    const says = `the port takes certificates of the mesh’s trust domains alone, and the client’s is of ${quote(trustDomainOf(identity.name))}.`;
    const assumed = ['The mesh takes no other trust domains (meshConfig.caCertificates, PILOT_SKIP_VALIDATE_TRUST_DOMAIN).'];
    return { tag: 'refused', step: say(says), assumed };
  }
  return { tag: 'done', identity, step: say(`the port takes mutual TLS (${mode}).`), assumed: [] };
}
