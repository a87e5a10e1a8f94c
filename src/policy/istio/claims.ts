import { isObject, type Json, type JsonObject } from '../../lib/json.ts';
import { matchesPattern, readPattern, type TextPattern } from './text-pattern.ts';

/** A test on the claims of a good token. */
export type ClaimsTest = (claims: JsonObject) => boolean;

/** Any text that is not empty: `.+`. */
const ANY: TextPattern = { tag: 'present' };

/**
 * `request.auth.principal`: issuer, slash, subject. The last slash divides, since an issuer may be a URL (istio, pilot/pkg/security/authz/model/generator.go:
 * `requestPrincipalGenerator`).
 */
export function requestPrincipalTest(value: string): ClaimsTest {
  const [issuer, subject] = readRequestPrincipal(value);
  return (claims) => matchesText(claims.iss, issuer) && matchesText(claims.sub, subject);
}

function readRequestPrincipal(value: string): readonly [issuer: TextPattern, subject: TextPattern] {
  if (value === '*') return [ANY, ANY];
  const slash = value.lastIndexOf('/');
  const issuer = slash === -1 ? value : value.slice(0, slash);
  const subject = slash === -1 ? '' : value.slice(slash + 1);
  if (value.startsWith('*')) {
    if (slash === -1) return [ANY, { tag: 'suffix', text: value.slice(1) }];
    return [issuer === '*' ? ANY : { tag: 'suffix', text: issuer.slice(1) }, { tag: 'exact', text: subject }];
  }
  if (value.endsWith('*')) {
    if (slash === -1) return [{ tag: 'prefix', text: value.slice(0, -1) }, ANY];
    return [{ tag: 'exact', text: issuer }, subject === '*' ? ANY : { tag: 'prefix', text: subject.slice(0, -1) }];
  }
  return [
    { tag: 'exact', text: issuer },
    { tag: 'exact', text: subject },
  ];
}

function matchesText(claim: Json | undefined, pattern: TextPattern): boolean {
  return typeof claim === 'string' && matchesPattern(pattern, claim);
}

/**
 * A claim, perhaps within others: it is a text that matches, or a list that holds one. Numbers and truth values match nothing (istio,
 * pilot/pkg/security/authz/matcher/metadata.go: `MetadataListValueMatcher`; envoy, source/common/common/matchers.cc: `StringMatcherImpl::match(Value)`).
 */
export function claimTest(path: readonly string[], value: string): ClaimsTest {
  const pattern = readPattern(value);
  return (claims) => {
    let claim: unknown = claims;
    for (const key of path) claim = isObject(claim) && Object.hasOwn(claim, key) ? claim[key] : undefined;
    const texts: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
    return texts.some((text) => typeof text === 'string' && matchesPattern(pattern, text));
  };
}

/** The names in `[a][b]`; a form that is not quite this is one name (generator.go: `extractNameInNestedBrackets`). Undefined where there is none. */
export function readClaimPath(text: string): readonly string[] | undefined {
  if (text === '') return [];
  if (/^(?:\[[^[\]]*\])+$/.test(text)) return text.slice(1, -1).split('][');
  const name = readBrackets(text);
  return name === undefined ? undefined : [name];
}

/** The name in `[name]` (istio, pilot/pkg/security/authz/model/util.go: `extractNameInBrackets`). */
export function readBrackets(text: string): string | undefined {
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : undefined;
}

/** Claims that are read as lists divided by spaces, beside what a rule names (istio, pilot/pkg/security/authn/policy_applier.go: `buildSpaceDelimitedClaims`). */
const SPACED = ['permission', 'scope'];

/** The claims as the JWT filter hands them on. */
export function normalizeClaims(claims: JsonObject, spaced: readonly string[]): JsonObject {
  const lists = [...SPACED, ...spaced].flatMap((name) => {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return typeof value === 'string' ? [[name, value.split(' ').filter((word) => word !== '')] as const] : [];
  });
  return { ...claims, ...Object.fromEntries(lists) };
}
