import type { AccessAnswer, AccessCall } from '../access/model.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { decided, join, precede, toAnswer } from './answers.ts';
import type { MeshProxy } from './attachment.ts';
import { candidatesFor, type OpenText } from './candidates.ts';
import { enforce } from './enforcement.ts';
import { type Carriage, known, readFacts } from './facts.ts';
import { type PolicySet, readPolicies } from './policies.ts';
import type { PortProtocol } from './port-protocol.ts';
import { aboutField } from './steps.ts';
import { checkToken, readTokenRules, type TokenRule } from './tokens.ts';
import type { IstioWorld } from './world.ts';

/** Who comes how to an Envoy: what of a `Carriage` the call itself does not tell. */
export type Arrival = Omit<Carriage, 'http' | 'claims'>;

/** One Envoy with its policies, read once for each kind of filter chain. */
export class EnvoyProxy {
  readonly #objects: readonly KubeObject[];
  readonly #proxy: MeshProxy;
  readonly #world: IstioWorld;
  readonly #protocol: PortProtocol;
  readonly #missing: string | undefined;
  readonly #sets = new Map<'http' | 'tcp', PolicySet>();
  readonly #candidates = new Map<OpenText, readonly string[] | 'too many'>();
  readonly #tokenRules: readonly TokenRule[];

  /** `missing`: policies that may be for this proxy and are not among the objects. */
  constructor(world: IstioWorld, proxy: MeshProxy, protocol: PortProtocol, missing?: string) {
    this.#objects = world.objects;
    this.#proxy = proxy;
    this.#world = world;
    this.#protocol = protocol;
    this.#missing = missing;
    this.#tokenRules = readTokenRules(world.objects, proxy, world.settings.rootNamespace);
  }

  decide(arrival: Arrival, call: AccessCall): AccessAnswer {
    const chains = chooseChains(this.#protocol, call);
    const cases = chains.map((chain) => ({
      says: chain === 'http' ? 'In case the call is one of HTTP.' : 'In case it is a connection without HTTP.',
      answer: chain === 'none' ? this.#refuse() : this.#enforce(chain, arrival, call),
    }));
    return precede(introduce(this.#protocol, call), join(cases, 'whether the call is one of HTTP'));
  }

  /** Bytes that are no HTTP, on a port that takes nothing else (istio, pilot/pkg/networking/core/filterchain_options.go). */
  #refuse(): AccessAnswer {
    const protocol = this.#protocol;
    const says = 'The port is declared as one of HTTP, and the proxy closes what is none.';
    return decided('denied', protocol.tag === 'http' ? aboutField(protocol.object, protocol.field, says) : { says }, 'reset');
  }

  #enforce(chain: 'http' | 'tcp', arrival: Arrival, call: AccessCall): AccessAnswer {
    const answer = this.#ask(chain, arrival, call, false);
    if (answer.verdict !== 'unknown' || chain === 'tcp') return answer;
    return this.#settle(answer, arrival, call) ?? answer;
  }

  #ask(chain: 'http' | 'tcp', arrival: Arrival, call: AccessCall, silent: boolean): AccessAnswer {
    const http = chain === 'http';
    const token = http ? checkToken(this.#tokenRules, call) : NO_TOKEN;
    if (token.tag === 'refused') return decided('denied', token.step, token.status);
    const customFacts = readFacts(call, { ...arrival, http, claims: known(null) });
    const outcome = enforce(this.#set(chain), {
      facts: http ? { ...customFacts, claims: token.claims } : customFacts,
      customFacts,
      between: token.steps,
      refusal: http ? 403 : 'reset',
      silent,
      ...(this.#missing === undefined ? {} : { missing: this.#missing }),
    });
    return precede({ steps: [], assumed: token.assumed }, toAnswer(outcome));
  }

  /** The answer where it is the same whatever one thing is that the call leaves open. */
  #settle(answer: AccessAnswer, arrival: Arrival, call: AccessCall): AccessAnswer | undefined {
    for (const attribute of ['method', 'path', 'host'] as const) {
      if (call[attribute] !== undefined || !answer.dependsOn.includes(`the ${attribute}`)) continue;
      const verdict = this.#sameFor(attribute, arrival, call);
      if (verdict === undefined) continue;
      const says = `Whatever the ${attribute} is, the call is ${verdict}.`;
      const decidedBy = { ...answer.decidedBy, says };
      const settled = { ...answer, verdict, decidedBy, chain: [...answer.chain, decidedBy], dependsOn: [] };
      return verdict === 'denied' ? { ...settled, refusal: 403 } : settled;
    }
    return undefined;
  }

  #sameFor(attribute: OpenText, arrival: Arrival, call: AccessCall): 'allowed' | 'denied' | undefined {
    const candidates = this.#candidatesFor(attribute);
    let same: 'allowed' | 'denied' | undefined;
    for (const value of candidates ?? []) {
      const { verdict } = this.#ask('http', arrival, { ...call, [attribute]: value }, true);
      if (verdict !== 'allowed' && verdict !== 'denied') return undefined;
      if (same !== undefined && same !== verdict) return undefined;
      same = verdict;
    }
    return same;
  }

  #candidatesFor(attribute: OpenText): readonly string[] | undefined {
    let candidates = this.#candidates.get(attribute);
    if (candidates === undefined) {
      const { custom, deny, allow } = this.#set('http');
      candidates = candidatesFor([...custom, ...deny, ...allow], attribute) ?? 'too many';
      this.#candidates.set(attribute, candidates);
    }
    return candidates === 'too many' ? undefined : candidates;
  }

  #set(chain: 'http' | 'tcp'): PolicySet {
    let set = this.#sets.get(chain);
    if (set === undefined) {
      set = readPolicies(this.#objects, this.#proxy, chain, this.#world.settings);
      this.#sets.set(chain, set);
    }
    return set;
  }
}

const NO_TOKEN = { tag: 'passed', claims: known(null), steps: [], assumed: [] } as const;

/** Whether somebody said what only a call of HTTP has. */
function speaksHttp({ method, path, host, headers }: AccessCall): boolean {
  return method !== undefined || path !== undefined || host !== undefined || headers !== undefined;
}

/** The filter chains that may take the call: what the port is declared as decides, then what is spoken. */
function chooseChains({ tag }: PortProtocol, call: AccessCall): readonly ('http' | 'tcp' | 'none')[] {
  if (tag === 'tcp') return ['tcp'];
  switch (call.protocol) {
    case 'http':
    case 'grpc':
      return ['http'];
    case 'tcp':
    case 'tls':
      return [tag === 'http' ? 'none' : 'tcp'];
    case 'unknown':
      return tag === 'http' || speaksHttp(call) ? ['http'] : ['http', 'tcp'];
  }
}

/** What Envoy changes in a path before anything reads it (istio, MeshConfig `pathNormalization`). */
const UNNORMALIZED = /\/\.|\/\/|\\|%2f|%5c|%2e/i;

function introduce(protocol: PortProtocol, call: AccessCall) {
  const http = call.protocol === 'http' || call.protocol === 'grpc' || speaksHttp(call);
  const steps =
    protocol.tag === 'tcp' && http
      ? [aboutField(protocol.object, protocol.field, 'The port is declared as none of HTTP, so policies see a connection and no call.')]
      : [];
  const assumed = [
    ...(protocol.tag === 'unknown' && http ? ['The port is not declared as one of TCP: not all Services of the pods are known.'] : []),
    ...(call.path !== undefined && UNNORMALIZED.test(call.path) ? ['The path is given as the proxy has normalised it.'] : []),
  ];
  return { steps, assumed };
}
