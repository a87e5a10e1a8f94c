import type { Field } from '../objects/field.ts';
import type { Destination, HttpTreatment, Location, Outcome, RuleReference } from './answer.ts';
import { describeDestination, readTarget } from './destination.ts';
import { parseDuration } from './duration.ts';
import { readFault } from './fault.ts';
import { type Fraction, percentage, WHOLE } from './fraction.ts';
import { authorityOf, readHeaderChanges } from './header-changes.ts';
import type { HttpRoute } from './http-routes.ts';
import type { HttpRule } from './http-rules.ts';
import type { Call } from './request.ts';
import { readRetries } from './retries.ts';
import { readRewrite, replacePrefix } from './rewrite.ts';
import { clientOf, open, readDestinations, refused, type Situation } from './situation.ts';

/** What the rule that takes a request does with it. */
export function applyRule(route: HttpRoute, situation: Situation, isGateway: boolean): Outcome {
  const { rule, match } = route;
  const reference = referenceOf(rule);
  const fault = readFault(rule.part('fault').field);
  const redirect = rule.part('redirect').field;
  if (redirect.exists) return readRedirect(redirect, route, situation.call, reference, fault);
  const direct = rule.part('directResponse').field;
  if (direct.exists) {
    const status = direct.at('status').number;
    const body = direct.at('body', 'string').text;
    return status === undefined ? open(`${direct.path} has no status`) : { tag: 'answered', rule: reference, status, body, fault };
  }
  const routes = rule.part('route');
  if (routes.field.size === 0) return refused('no destination', 503, `${rule.field.path} has neither a destination nor another action`);
  const destinations = readDestinations(routes.field, routes.object, situation, isGateway, (each) => readHeaderChanges(each.at('headers')));
  if ('tag' in destinations) return destinations;
  const headers = rule.part('headers').field;
  // A single destination may set the authority where the rule itself does not.
  const [only, ...others] = routes.field.items;
  const authority = authorityOf(headers) ?? (only !== undefined && others.length === 0 ? authorityOf(only.at('headers')) : undefined);
  const http: HttpTreatment = {
    timeoutMs: readTimeout(rule, situation),
    retries: readRetries(rule.part('retries').field, situation.view),
    fault,
    rewrite: readRewrite(rule.part('rewrite').field, authority, match, situation.call),
    headers: readHeaderChanges(headers),
    mirrors: readMirrors(rule, situation, isGateway),
  };
  return { tag: 'routed', layer: 'http', rule: reference, destinations, http };
}

/** What happens to requests for a host without rules. */
export function plainTreatment({ view }: Situation): HttpTreatment {
  return {
    timeoutMs: undefined,
    retries: readRetries(undefined, view),
    fault: undefined,
    rewrite: undefined,
    headers: undefined,
    mirrors: [],
  };
}

function referenceOf({ object, field, part }: HttpRule): RuleReference {
  return { object: object.reference, field: field.path, name: part('name').field.text };
}

/** Zero is no time-out. */
function readTimeout(rule: HttpRule, { trail }: Situation): number | undefined {
  const { field, object } = rule.part('timeout');
  const written = field.text;
  if (written === undefined) return undefined;
  const timeout = parseDuration(written);
  if (timeout === undefined) trail.add('note', object, field.path, 'this is no duration, so that it is left out of account');
  return timeout === 0 ? undefined : timeout;
}

/** istio, pilot/pkg/networking/core/route: `MirrorPercent`, `MirrorPercentByPolicy`. Without a percentage every request is copied. */
function readMirrors(rule: HttpRule, situation: Situation, isGateway: boolean): readonly Destination[] {
  const single = rule.part('mirror');
  const several = rule.part('mirrors');
  const whole = rule.part('mirrorPercent').field;
  const written = [
    { destination: single.field, object: single.object, share: shareOf(rule.part('mirrorPercentage').field, whole) },
    ...several.field.items.map((mirror) => ({
      destination: mirror.at('destination'),
      object: several.object,
      share: shareOf(mirror.at('percentage'), undefined),
    })),
  ];
  return written.flatMap(({ destination, object, share }) => {
    const target = readTarget(destination, object, situation.proxy.port, isGateway, clientOf(situation), situation.view);
    if (target === undefined || share.numerator === 0) return [];
    return [describeDestination(target, share, undefined, clientOf(situation), situation.view)];
  });
}

function shareOf(exact: Field, whole: Field | undefined): Fraction {
  if (exact.exists) return percentage(exact.at('value').number ?? 0) ?? WHOLE;
  return whole?.exists ? (percentage(whole.number ?? 0) ?? WHOLE) : WHOLE;
}

const STATUSES = new Set([301, 302, 303, 307, 308]);

/** istio, pilot/pkg/networking/core/route: `ApplyRedirect`. */
function readRedirect(
  redirect: Field,
  { match }: HttpRoute,
  call: Call,
  rule: RuleReference,
  fault: ReturnType<typeof readFault>,
): Outcome {
  const status = redirect.at('redirectCode').number || 301;
  if (!STATUSES.has(status)) return open(`${redirect.path}.redirectCode ${status} is none that Envoy has`);
  const prefix = redirect.at('prefixRewrite').text;
  const uri = redirect.at('uri').text;
  const location: Location = {
    scheme: redirect.at('scheme').text ?? call.scheme,
    authority: redirect.at('authority').text ?? call.authority,
    port: redirect.at('derivePort').value === 'FROM_REQUEST_PORT' ? call.port : redirect.at('port').number,
    path: prefix === undefined ? (uri ?? `${call.path}${call.search}`) : replacePrefix(call, match, prefix),
  };
  return { tag: 'redirected', rule, status, location: tidy(location), fault };
}

/** A port of its own takes the place of the one in the authority; the scheme's own is not written (Envoy, `RedirectAction.port_redirect`). */
function tidy(location: Location): Location {
  const { scheme, authority, port } = location;
  if (port === undefined) return location;
  const usual = scheme === 'https' ? 443 : 80;
  return { ...location, authority: authority.replace(/:\d{1,5}$/, ''), port: port === usual ? undefined : port };
}
