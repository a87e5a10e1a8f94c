import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { parseDuration } from '../duration.ts';
import { isLinkerdParent, isServiceParent, ROUTE_OBJECTS, routeParents } from '../gateway-routes.ts';
import { parseLinkerdDuration } from '../linkerd-annotations.ts';
import { GATEWAY_API } from '../references.ts';

/** gateway-api, `Duration` (GEP-2257). */
const GATEWAY_DURATION = /^(?:[0-9]{1,5}(?:h|m|s|ms)){1,4}$/;

/** The time-outs of a route are durations, and one try takes no longer than the whole request. */
export const routeTimeouts: Check = {
  name: 'route-timeouts',
  codes: ['MESH0808'],
  run(view, report) {
    for (const object of ROUTE_OBJECTS.flatMap(({ kind, group }) => view.of(kind, group))) {
      const linkerd = routeParents(object).some(
        (parent) => isLinkerdParent(parent) || (isServiceParent(parent) && view.linkerd.isUsedIn(parent.reference.namespace)),
      );
      for (const rule of object.spec.at('rules').items) {
        const timeouts = rule.at('timeouts');
        const request = readTimeout(object, timeouts.at('request'), report);
        const backend = readTimeout(object, timeouts.at('backendRequest'), report);
        if (request !== undefined && backend !== undefined && request > 0 && backend > request) {
          const message = `A try may take ${backend} ms, and the whole request only ${request} ms; the route is refused.`;
          report({ object, field: timeouts.at('backendRequest'), message, fix: 'Lower backendRequest or raise request.' });
        }
        if (linkerd) checkLinkerd(object, timeouts, report);
      }
    }
  },
};

function readTimeout(object: KubeObject, field: Field, report: Report): number | undefined {
  if (!field.exists) return undefined;
  const { text = '' } = field;
  const duration = object.group === GATEWAY_API && !GATEWAY_DURATION.test(text) ? undefined : text === '0' ? 0 : parseDuration(text);
  if (duration === undefined)
    report({ object, field, message: `${quote(text)} is no duration.`, fix: 'Write one such as 500ms, 10s or 1m.' });
  return duration;
}

/** Linkerd reads `request` alone, and of the Gateway API's routes one number with one unit (linkerd2, policy-controller/k8s/index/src/outbound/index/http.rs). */
function checkLinkerd(object: KubeObject, timeouts: Field, report: Report): void {
  const [request, backend] = [timeouts.at('request'), timeouts.at('backendRequest')];
  if (backend.exists) {
    const message = 'Linkerd does not read backendRequest.';
    report({
      object,
      field: backend,
      message,
      fix: 'Annotate the route with timeout.linkerd.io/response or retry.linkerd.io/timeout.',
      severity: 'warning',
    });
  }
  const { text } = request;
  if (object.group !== GATEWAY_API || text === undefined || !GATEWAY_DURATION.test(text) || parseLinkerdDuration(text) !== undefined)
    return;
  const message = `Linkerd reads one number and one unit, and leaves ${quote(text)} out: there is no time-out.`;
  report({ object, field: request, message, fix: 'Write it in one unit, such as 90s.', severity: 'warning' });
}
