import type { View } from '../analyze/view.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import type { Destination, HeaderChanges, Outcome, Refusal } from './answer.ts';
import { describeDestination, readTarget } from './destination.ts';
import type { Client } from './destination-rules.ts';
import { sharesOf, WHOLE } from './fraction.ts';
import type { ProxyContext } from './http-match.ts';
import type { Call } from './request.ts';
import type { Trail } from './trail.ts';

/** One request at one proxy. */
export interface Situation {
  readonly view: View;
  readonly call: Call;
  readonly proxy: ProxyContext;
  readonly trail: Trail;
}

export function clientOf({ proxy: { namespace, labels } }: Situation): Client {
  return { namespace, labels };
}

export function refused(reason: Refusal, status: number | undefined, because: string): Outcome {
  return { tag: 'refused', reason, status, because };
}

export function open(because: string): Outcome {
  return { tag: 'unknown', because };
}

/** How many destinations a rule may have. */
const MOST_DESTINATIONS = 1000;

/**
 * The destinations of a rule with their shares: a single one takes everything whatever its weight, of several those without weight take nothing (istio,
 * pilot/pkg/networking/core/route: `applyHTTPRouteDestination`). An outcome where there is none to be had.
 */
export function readDestinations(
  routes: Field,
  object: KubeObject,
  situation: Situation,
  takesOnlyPort: boolean,
  headersOf: (route: Field) => HeaderChanges | undefined,
): readonly Destination[] | Outcome {
  const { items } = routes;
  if (items.length > MOST_DESTINATIONS) return open(`${routes.path} has more than ${MOST_DESTINATIONS} destinations`);
  const targets: { readonly route: Field; readonly weight: number; readonly destination: Field }[] = [];
  for (const route of items) {
    const { value } = route.at('weight');
    const weight = value ?? 0;
    if (typeof weight !== 'number' || !Number.isSafeInteger(weight) || weight < 0 || weight > 0x7fffffff) {
      return open(`${route.path}.weight is none that Istio takes`);
    }
    if (items.length === 1 || weight > 0) targets.push({ route, weight, destination: route.at('destination') });
  }
  if (targets.length === 0) return refused('no destination', undefined, `${routes.path} names no destination with a weight`);
  const shares = items.length === 1 ? [WHOLE] : sharesOf(targets.map(({ weight }) => weight));
  const destinations: Destination[] = [];
  for (const [index, { route, destination }] of targets.entries()) {
    const target = readTarget(destination, object, situation.proxy.port, takesOnlyPort, clientOf(situation), situation.view);
    if (target === undefined) return open(`${destination.path} names no host`);
    destinations.push(describeDestination(target, shares[index] ?? WHOLE, headersOf(route), clientOf(situation), situation.view));
  }
  return destinations;
}

/** The route that every Service has: all to its port. */
export function toService(host: string, situation: Situation, port = situation.proxy.port): readonly Destination[] {
  return [describeDestination({ host, port, subset: undefined }, WHOLE, undefined, clientOf(situation), situation.view)];
}
