import type { View } from '../analyze/view.ts';
import { type HttpMatch, isCatchAll, matchHttpCall, matchHttpProxy, type ProxyContext } from './http-match.ts';
import { type HttpRule, httpRules } from './http-rules.ts';
import type { Call } from './request.ts';
import type { Trail } from './trail.ts';
import { YES } from './verdict.ts';
import type { HostRoutes } from './virtual-services.ts';

/** A route as a proxy has it: one match block of one rule. */
export interface HttpRoute {
  readonly rule: HttpRule;
  /** Undefined for a rule without `match`. */
  readonly match: HttpMatch | undefined;
}

/** The routes of a VirtualService that are for this proxy; nothing comes after one that takes everything. */
export function routesFor({ object }: HostRoutes, proxy: ProxyContext, view: View, trail: Trail): readonly HttpRoute[] {
  const routes: HttpRoute[] = [];
  for (const rule of httpRules(object, view, trail)) {
    for (const match of rule.matches.length > 0 ? rule.matches : [undefined]) {
      const verdict = match && matchHttpProxy(match, proxy);
      if (verdict?.tag === 'no') {
        trail.add('passed over', rule.object, match?.path ?? rule.field.path, verdict.because);
        continue;
      }
      routes.push({ rule, match });
      if (isCatchAll(match)) return routes;
    }
  }
  return routes;
}

/** The rule that takes a request. */
export type Choice =
  | { readonly tag: 'chosen'; readonly route: HttpRoute }
  | { readonly tag: 'none' }
  | { readonly tag: 'unknown'; readonly because: string };

/** The first route that matches. A route in doubt leaves the answer open, unless a later block of its own rule matches without doubt. */
export function choose(routes: readonly HttpRoute[], call: Call, trail: Trail): Choice {
  let doubt: { readonly rule: HttpRule; readonly because: string } | undefined;
  for (const route of routes) {
    const { rule, match } = route;
    if (doubt !== undefined && doubt.rule !== rule) break;
    const verdict = match === undefined ? YES : matchHttpCall(match, call);
    const place = match?.path ?? rule.field.path;
    if (verdict.tag === 'yes') {
      trail.add('chosen', rule.object, place, match === undefined ? 'the rule takes every request' : 'every condition holds');
      return { tag: 'chosen', route };
    }
    trail.add(verdict.tag === 'no' ? 'passed over' : 'unknown', rule.object, place, verdict.because);
    if (verdict.tag === 'unknown') doubt ??= { rule, because: verdict.because };
  }
  return doubt === undefined ? { tag: 'none' } : { tag: 'unknown', because: doubt.because };
}
