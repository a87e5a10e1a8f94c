import type { Field } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { ROUTE_KINDS } from '../routes.ts';

/** What an HTTP rule can do with a request; one of them. */
const ACTIONS = ['route', 'redirect', 'directResponse', 'delegate'];

/** What else cannot stand beside some of them. */
const EXCLUDED: Readonly<Record<string, readonly string[]>> = {
  redirect: ['fault', 'rewrite'],
  directResponse: ['fault', 'rewrite'],
};

/** Every rule says what to do with a request, once (istio, pkg/config/validation: `validateHTTPRouteConflict`). */
export const routeAction: Check = {
  name: 'route-action',
  codes: ['MESH0102'],
  run(view, report) {
    for (const object of view.networking('VirtualService')) {
      if (ROUTE_KINDS.every((kind) => object.spec.at(kind).size === 0)) {
        const fix = 'Add a rule under http, tls or tcp.';
        report({ object, field: object.spec, message: 'The VirtualService has no rules, and is refused.', fix });
      }
      for (const rule of object.spec.at('http').items) checkHttp(object, rule, report);
      for (const kind of ['tls', 'tcp'] as const) {
        for (const rule of object.spec.at(kind).items) {
          if (rule.at('route').size === 0) {
            report({ object, field: rule, message: `A ${kind} rule needs a route.`, fix: 'Add a route with a destination.' });
          }
          if (kind === 'tcp') continue;
          for (const field of rule.at('match').size === 0 ? [rule] : rule.at('match').items) {
            if (field.at('sniHosts').size > 0) continue;
            report({ object, field, message: 'A tls rule matches by sniHosts, and this has none.', fix: 'Add match.sniHosts.' });
          }
        }
      }
      for (const rule of ROUTE_KINDS.flatMap((kind) => object.spec.at(kind).items)) {
        for (const route of rule.at('route').items) {
          if (route.at('destination', 'host').text !== undefined) continue;
          report({ object, field: route.at('destination'), message: 'The destination has no host.', fix: 'Add destination.host.' });
        }
      }
    }
  },
};

function checkHttp(object: KubeObject, rule: Field, report: Report): void {
  const actions = ACTIONS.filter((action) => rule.at(action).exists && !(action === 'route' && rule.at('route').size === 0));
  if (actions.length === 0) {
    const message = 'The rule says nothing of what to do with a request.';
    report({ object, field: rule, message, fix: `Add one of ${ACTIONS.join(', ')}.` });
  }
  if (actions.length > 1)
    report({ object, field: rule, message: `The rule has ${actions.join(' and ')} at once.`, fix: 'Keep one of them.' });
  for (const action of actions) {
    for (const excluded of EXCLUDED[action] ?? []) {
      if (!rule.at(excluded).exists) continue;
      const message = `${excluded} cannot stand beside ${action}.`;
      report({ object, field: rule.at(excluded), message, fix: `Remove ${excluded}.` });
    }
  }
  if (rule.at('mirror').exists && rule.at('mirrors').size > 0) {
    report({ object, field: rule.at('mirror'), message: 'mirror and mirrors cannot stand side by side.', fix: 'Keep mirrors.' });
  }
}
