import { isObject, type Json, type JsonObject } from '../lib/json.ts';

/** Stands for what could be a credential. */
const MASK = '(not shown)';

/** Names of headers, query parameters and members that may hold a credential. */
const SENSITIVE = /authorization|cookie|passw|secret|(?:api|access|auth|private|signing)[-_]?key|x-auth|token|credential|^jwks$/i;

/** Members of the writable kinds that are called so and hold none: names of cookies, Secrets and the like, and how long they live. */
const HARMLESS: readonly string[] = ['cookieConfig', 'credentialName', 'fromCookies', 'httpCookie'];

/** What an object with a `name` or `key` has its value in: HTTPHeader, HTTPHeaderMatch, HTTPQueryParamMatch (Gateway API, Linkerd), Condition (Istio). */
const VALUES: readonly string[] = ['value', 'values', 'notValues'];

/** Credentials that give themselves away: of RFC 7235 schemes, JSON Web Tokens, URLs with user information. */
const CREDENTIAL = /\b(?:bearer|basic)[ +]+[\w+/=.~-]{6}|\beyJ[\w-]{8,}\.eyJ|:\/\/[^/\s:@]+:[^/\s@]+@/i;

/** Whether a text looks like a credential, wherever it stands. */
export function isCredential(text: string): boolean {
  return CREDENTIAL.test(text);
}

/**
 * Whether the texts in a member of an object, and below it, may be credentials: what a header or query parameter of such a name is set to or compared with. A name
 * may be the member itself (`headers.authorization.exact`), or stand beside the value (`{name: Authorization, value: …}`).
 */
export function isSecretMember(object: JsonObject, member: string): boolean {
  if (SENSITIVE.test(member)) return !HARMLESS.includes(member);
  const { name, key } = object;
  return VALUES.includes(member) && [name, key].some((each) => typeof each === 'string' && SENSITIVE.test(each));
}

/** A value in which a mask stands for each text that may be a credential; for all of them where `secret`. Numbers and truths stay: they say how long, and whether. */
export function withoutCredentials(value: Json, secret = false): Json {
  if (typeof value === 'string') return secret || isCredential(value) ? MASK : value;
  if (Array.isArray(value)) return value.map((item: Json) => withoutCredentials(item, secret));
  if (!isObject(value)) return value;
  const object = value as JsonObject; // A JSON value that is an object is a JSON object.
  return Object.fromEntries(
    Object.entries(object).map(([member, inner]) => [
      isCredential(member) ? MASK : member,
      inner === undefined ? undefined : withoutCredentials(inner, secret || isSecretMember(object, member)),
    ]),
  );
}
