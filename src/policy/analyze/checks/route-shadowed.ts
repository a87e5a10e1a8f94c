import { compareText } from '../../../lib/order.ts';
import { compareAge } from '../../objects/age.ts';
import { canonical, type Field, quote } from '../../objects/field.ts';
import { type KubeObject, nameOf } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';
import { isServiceParent, ROUTE_OBJECTS, type RouteParent, routeParents } from '../gateway-routes.ts';

/** Kinds whose rules match requests. */
const MATCHING = ROUTE_OBJECTS.filter(({ kind }) => kind === 'HTTPRoute' || kind === 'GRPCRoute');

/** A route with more pairs of hostname and match is not compared: the Gateway API allows 16 hostnames and 128 matches. */
const MOST_PAIRS = 4_096;

/**
 * No two rules of a parent match exactly the same: the one of the oldest route wins, within a route the first (gateway-api, `HTTPRouteRule.matches`; linkerd2-proxy
 * follows it).
 */
export const routeShadowed: Check = {
  name: 'route-shadowed',
  codes: ['MESH0805'],
  run(view, report) {
    const first = new Map<string, { readonly route: KubeObject; readonly field: Field }>();
    const routes = MATCHING.flatMap(({ kind, group }) => view.of(kind, group)).sort(compareRoutes);
    for (const object of routes) {
      const places = new Set(routeParents(object).map(placeOf));
      const hostnames = object.spec.at('hostnames').texts;
      const matches = object.spec.at('rules').items.flatMap((rule) => {
        const { items } = rule.at('matches');
        return items.length === 0 ? [rule] : items;
      });
      if (places.size * Math.max(1, hostnames.length) * matches.length > MOST_PAIRS) continue;
      for (const field of matches) {
        const meaning = meaningOf(field);
        const keys = [...places].flatMap((place) =>
          (hostnames.length === 0 ? ['*'] : hostnames).map((host) => `${object.kind} ${place} ${host.toLowerCase()} ${meaning}`),
        );
        const taken = keys.map((key) => first.get(key));
        for (const [index, key] of keys.entries()) if (taken[index] === undefined) first.set(key, { route: object, field });
        const [by] = taken;
        // Where some place or hostname is left to it, the match has an effect.
        if (by === undefined || taken.includes(undefined)) continue;
        const message =
          by.route === object
            ? `${by.field.path} matches the same and comes first.`
            : `${by.route.kind} ${quote(nameOf(by.route))} matches the same on the same parent and comes first, so this never applies.`;
        report({ object, field, message, fix: 'Remove it, or match something else.' });
      }
    }
  },
};

function compareRoutes(a: KubeObject, b: KubeObject): number {
  return compareAge(a, b) || compareText(a.namespace, b.namespace) || compareText(a.group, b.group) || compareText(a.kind, b.kind);
}

/** Where a route applies. Routes of a Service in another namespace hold for the clients of their own namespace only (gateway-api, GEP-1426). */
function placeOf(parent: RouteParent): string {
  const { route, reference, port, sectionName } = parent;
  const { group, kind, namespace, name } = reference;
  return JSON.stringify([group, kind, namespace, name, port, sectionName, isServiceParent(parent) ? route.namespace : '']);
}

/** Equal for matches that mean the same, whatever the order of their parts; names of headers ignore case. */
function meaningOf(match: Field): string {
  const path = match.at('path');
  const [type, value] = [path.at('type').text ?? 'PathPrefix', path.at('value').text ?? '/'];
  const parts = (key: string, nameOfPart: (text: string) => string) =>
    match
      .at(key)
      .items.map((part) =>
        canonical([part.at('type').text ?? 'Exact', nameOfPart(part.at('name').text ?? ''), part.at('value').value ?? null]),
      )
      .sort();
  return canonical([
    [type, type === 'PathPrefix' && value.length > 1 ? value.replace(/\/$/, '') : value],
    parts('headers', (name) => name.toLowerCase()),
    parts('queryParams', (name) => name),
    match.at('method').value ?? null,
  ]);
}
