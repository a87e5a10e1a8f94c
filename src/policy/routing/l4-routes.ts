import { namesCovering } from '../analyze/registry.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import type { Layer, Outcome } from './answer.ts';
import { matchGateway, matchPort, matchSource, type ProxyContext, readProxyMatch } from './http-match.ts';
import { open, readDestinations, type Situation } from './situation.ts';
import { all, type Verdict } from './verdict.ts';
import type { HostRoutes } from './virtual-services.ts';

/** A TLS or TCP rule that is for this proxy, by one of its match blocks. */
export interface Chain {
  readonly object: KubeObject;
  readonly rule: Field;
  readonly place: string;
  /** Names of the TLS handshake that it takes; none: all connections. */
  readonly sniHosts: readonly string[];
  /** Addresses that it takes; none: all of them. */
  readonly subnets: readonly string[];
}

/** Whether a block is for this proxy. Gateways do not look at source conditions (istio, pilot/pkg/networking/core: `matchTLS`, `l4SingleMatch`). */
function matchProxy(match: Field, object: KubeObject, proxy: ProxyContext, isGateway: boolean): Verdict {
  const conditions = readProxyMatch(match, object.namespace);
  const verdicts = [matchPort(conditions, proxy), matchGateway(conditions, proxy)];
  return all(isGateway ? verdicts : [...verdicts, matchSource(conditions, proxy)]);
}

/** The rules of a kind in the order in which the proxy has them. A TLS rule without `match` never applies. */
export function chainsOf(kind: 'tls' | 'tcp', services: readonly HostRoutes[], situation: Situation, isGateway: boolean): readonly Chain[] {
  const { proxy, trail } = situation;
  const chains: Chain[] = [];
  for (const { object } of services) {
    for (const rule of object.spec.at(kind).items) {
      if (rule.at('route').size === 0) continue;
      const blocks = rule.at('match').items;
      if (blocks.length === 0 && kind === 'tcp') chains.push({ object, rule, place: rule.path, sniHosts: [], subnets: [] });
      for (const block of blocks) {
        const verdict = matchProxy(block, object, proxy, isGateway);
        if (verdict.tag === 'no') {
          trail.add('passed over', object, block.path, verdict.because);
          continue;
        }
        const sniHosts = block.at('sniHosts').texts.map((host) => host.toLowerCase());
        const subnets = block.at('destinationSubnets').texts;
        chains.push({ object, rule, place: block.path, sniHosts, subnets });
      }
    }
  }
  return chains;
}

/** Of rules for TLS, the one whose SNI is the most specific; without an SNI only those that ask for none. */
export function pickBySni(chains: readonly Chain[], sni: string | undefined): Chain | undefined {
  for (const name of sni === undefined ? [] : namesCovering(sni)) {
    const chain = chains.find(({ sniHosts }) => sniHosts.includes(name));
    if (chain !== undefined) return chain;
  }
  return chains.find(({ sniHosts }) => sniHosts.length === 0);
}

/** What a rule for TLS or TCP does with a connection. */
export function applyChain(chain: Chain, layer: Layer, situation: Situation): Outcome {
  const { object, rule, place, subnets } = chain;
  if (subnets.length > 0) {
    const because = 'the rule asks for a destination address, which the request does not tell';
    situation.trail.add('unknown', object, place, because);
    return open(because);
  }
  situation.trail.add('chosen', object, place, 'every condition holds');
  const destinations = readDestinations(rule.at('route'), object, situation, true, () => undefined);
  if ('tag' in destinations) return destinations;
  const reference = { object: object.reference, field: rule.path, name: rule.at('name').text };
  return { tag: 'routed', layer, rule: reference, destinations, http: undefined };
}
