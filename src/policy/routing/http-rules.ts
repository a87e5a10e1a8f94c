import type { View } from '../analyze/view.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { isVisible, readVisibility } from '../objects/visibility.ts';
import { mergeMatches } from './delegate-match.ts';
import { type HttpMatch, readHttpMatch } from './http-match.ts';
import type { Trail } from './trail.ts';

/** A part of a rule, and the object whose namespace its short names mean. */
export interface RulePart {
  readonly field: Field;
  readonly object: KubeObject;
}

/** An HTTP rule, with what it has from the rule that delegates to it. */
export interface HttpRule {
  /** The object that holds the rule: the delegate, where there is one. */
  readonly object: KubeObject;
  readonly field: Field;
  /** Empty: every request. */
  readonly matches: readonly HttpMatch[];
  readonly part: (name: string) => RulePart;
}

/** What a delegate's rule has from the rule above where it says nothing itself (istio, pilot/pkg/model: `mergeHTTPRoute`). */
const INHERITED = new Set([
  'rewrite',
  'directResponse',
  'timeout',
  'retries',
  'fault',
  'mirror',
  'mirrorPercent',
  'mirrorPercentage',
  'mirrors',
  'headers',
]);

/** The HTTP rules of a VirtualService in their order, those of its delegates in the place of the rules that name them. */
export function httpRules(service: KubeObject, view: View, trail: Trail): readonly HttpRule[] {
  return service.spec.at('http').items.flatMap((field) => {
    const rule = ownRule(service, field);
    if (!field.at('delegate').exists) return [rule];
    const delegate = findDelegate(service, field, view);
    if (typeof delegate === 'string') {
      trail.add('passed over', service, field.path, delegate);
      return [];
    }
    return delegate.spec.at('http').items.flatMap((inner) => {
      const merged = merge(rule, ownRule(delegate, inner));
      if (merged === undefined) trail.add('passed over', delegate, inner.path, `its match contradicts ${field.path} of the rule above it`);
      return merged ?? [];
    });
  });
}

function ownRule(object: KubeObject, field: Field): HttpRule {
  return {
    object,
    field,
    matches: field.at('match').items.map((match) => readHttpMatch(match, object.namespace)),
    part: (name) => ({ field: field.at(name), object }),
  };
}

/** The delegate, or why there is none. A VirtualService with hosts of its own cannot be one. */
function findDelegate(service: KubeObject, rule: Field, view: View): KubeObject | string {
  const name = rule.at('delegate', 'name').text ?? '';
  const namespace = rule.at('delegate', 'namespace').text ?? service.namespace;
  const found = view.find('VirtualService', 'networking.istio.io', namespace, name);
  if (found === undefined) return `its delegate ${namespace}/${name} does not exist`;
  if (found.spec.at('hosts').size > 0) return `${namespace}/${name} has hosts, so that it is no delegate`;
  const visible = isVisible(readVisibility(found.spec.at('exportTo').texts, namespace), service.namespace);
  return visible ? found : `its delegate ${namespace}/${name} is not exported to ${service.namespace}`;
}

function merge(above: HttpRule, inner: HttpRule): HttpRule | undefined {
  const matches = mergeMatches(above.matches, inner.matches);
  if (matches === undefined) return undefined;
  const part = (name: string) => {
    const own = inner.part(name);
    return own.field.exists || !INHERITED.has(name) ? own : above.part(name);
  };
  return { object: inner.object, field: inner.field, matches, part };
}
