import { header } from '../../lib/headers.ts';
import type { Json, JsonObject } from '../../lib/json.ts';
import type { AccessCall, AccessStep } from '../access/model.ts';
import { named } from '../access/steps.ts';
import { type Field, quote } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { attach, type MeshProxy } from './attachment.ts';
import { normalizeClaims } from './claims.ts';
import { type Known, known } from './facts.ts';
import { textsOf } from './lists.ts';
import { policiesOf } from './policies.ts';
import { aboutField } from './steps.ts';

/** A rule of a RequestAuthentication that is for a proxy. */
export interface TokenRule {
  readonly object: KubeObject;
  readonly field: Field;
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly spaced: readonly string[];
}

/** What becomes of the token that a call bears. */
export type TokenOutcome =
  | {
      readonly tag: 'passed';
      readonly claims: Known<JsonObject | null>;
      readonly steps: readonly AccessStep[];
      readonly assumed: readonly string[];
    }
  | { readonly tag: 'refused'; readonly status: 401 | 403; readonly step: AccessStep };

/** The rules that hold at a proxy, of all RequestAuthentications together (istio, pilot/pkg/security/authn/policy_applier.go: `newPolicyApplier`). */
export function readTokenRules(objects: readonly KubeObject[], proxy: MeshProxy, rootNamespace: string): readonly TokenRule[] {
  return policiesOf(objects, 'RequestAuthentication', rootNamespace)
    .filter((object) => attach(object, proxy, rootNamespace).tag === 'attached')
    .flatMap((object) =>
      object.spec.at('jwtRules').items.map((field) => ({
        object,
        field,
        issuer: field.at('issuer').text ?? '',
        audiences: textsOf(field.at('audiences')),
        spaced: textsOf(field.at('spaceDelimitedClaims')),
      })),
    );
}

/**
 * A token that is bad is refused, one that is missing is not (policy_applier.go: `convertToEnvoyJwtConfig`). The claims given are those of a token whose signature
 * and times are good, so what is left is whether one of the rules is for its issuer (401) and its audience (403: envoy, source/extensions/filters/http/jwt_authn/filter.cc).
 */
export function checkToken(rules: readonly TokenRule[], call: AccessCall): TokenOutcome {
  const { claims } = call;
  const [first] = rules;
  if (first === undefined) {
    const ignored =
      claims === null || claims === undefined
        ? []
        : [{ says: 'No RequestAuthentication applies, so no token is checked, and its claims count for nothing.' }];
    return { tag: 'passed', claims: known(null), steps: ignored, assumed: [] };
  }
  if (isPreflight(call)) {
    const step = aboutField(first.object, first.field, 'The call is a preflight of CORS, whose token nobody looks at.');
    return { tag: 'passed', claims: known(null), steps: [step], assumed: [] };
  }
  const assumed = ['A token that the call bears is where the RequestAuthentication looks for it, and neither forged nor expired.'];
  if (claims === undefined) return { tag: 'passed', claims: { tag: 'unknown', on: 'the claims of the call’s token' }, steps: [], assumed };
  if (claims === null) {
    const step = aboutField(first.object, first.field, 'The call bears no token, which no RequestAuthentication minds.');
    return { tag: 'passed', claims: known(null), steps: [step], assumed: [] };
  }
  return checkClaims(rules, first, claims, assumed);
}

/** policy_applier.go: `BypassCorsPreflight`; envoy, source/extensions/filters/http/jwt_authn/filter.cc: `isCorsPreflightRequest`. */
function isPreflight({ method, headers = [] }: AccessCall): boolean {
  return (
    method === 'OPTIONS' && (header(headers, 'origin') ?? '') !== '' && (header(headers, 'access-control-request-method') ?? '') !== ''
  );
}

function checkClaims(rules: readonly TokenRule[], first: TokenRule, given: JsonObject, before: readonly string[]): TokenOutcome {
  const issuers = new Set(rules.map(({ issuer }) => issuer));
  const silent = given.iss === undefined && issuers.size === 1 && first.issuer !== '';
  const claims = silent ? { ...given, iss: first.issuer } : given;
  const { iss } = claims;
  const fitting = rules.filter(({ issuer }) => issuer === '' || issuer === iss);
  const [candidate] = fitting;
  if (candidate === undefined) {
    const which = typeof iss === 'string' ? `Its issuer ${quote(iss)}` : 'Its issuer, which is not given,';
    return {
      tag: 'refused',
      status: 401,
      step: aboutField(first.object, first.field.at('issuer'), `The token is refused. ${which} is none of a RequestAuthentication’s.`),
    };
  }
  const rule = fitting.find(({ audiences }) => audiences.length === 0 || meets(audiences, claims.aud));
  if (rule === undefined) {
    const step = aboutField(
      candidate.object,
      candidate.field.at('audiences'),
      'The token is refused: it is not for one of these audiences.',
    );
    return { tag: 'refused', status: 403, step };
  }
  const assumed = silent ? [...before, `The token’s issuer, which is not given, is ${quote(first.issuer)}.`] : before;
  const step = aboutField(rule.object, rule.field, `${named(rule.object)} takes the token.`);
  return { tag: 'passed', claims: known(normalizeClaims(claims, rule.spaced)), steps: [step], assumed };
}

/** One audience is enough; scheme and closing slash do not count (envoy, source/common/jwt/check_audience.cc: `sanitizeAudience`). */
function meets(audiences: readonly string[], aud: Json | undefined): boolean {
  const wanted = new Set(audiences.map(sanitize));
  const given: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return given.some((each) => typeof each === 'string' && wanted.has(sanitize(each)));
}

function sanitize(audience: string): string {
  return audience.replace(/^https?:\/\//, '').replace(/\/$/, '');
}
