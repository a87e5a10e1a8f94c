import { isObject } from '../../lib/json.ts';
import type { Shown } from '../../lib/roles.ts';
import { refuse, type TokenProblem, type TokenRefused } from './refusal.ts';

/** What a token must say. */
export interface Expected {
  readonly issuer: string;
  /** One of these must be among the token's audiences. */
  readonly audiences: readonly string[];
  readonly leewayMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

type Claims = Readonly<Record<string, unknown>>;

/** NumericDates beyond the year 9999 are slips, and Infinity is in JSON's reach (`1e999`). */
const MAX_SECONDS = 253_402_300_799;

/**
 * What is wrong with a token's claims, or undefined. RFC 7519 section 4.1, with what RFC 9068 section 4 asks of an access token: `iss`, `aud`, `exp` and `sub` must be there.
 * A token that was issued in the future was not issued by this issuer's clock. Nothing here needs the signature, so it comes first: a token for somebody else
 * costs no look at a key.
 */
export function claimProblem(claims: Claims, { issuer, audiences, leewayMs, now }: Expected): TokenProblem | undefined {
  const { iss, aud, exp, nbf, iat } = claims;
  if (typeof iss !== 'string') return 'claims';
  if (iss !== issuer) return 'issuer';
  const given = typeof aud === 'string' ? [aud] : aud;
  if (!isTexts(given)) return 'claims';
  if (!given.some((each) => audiences.includes(each))) return 'audience';
  if (!isTime(exp) || !isTimeOrAbsent(nbf) || !isTimeOrAbsent(iat)) return 'claims';
  // RFC 7519 section 4.1.4: on or after `exp` it must not be taken.
  if (now >= exp * 1000 + leewayMs) return 'expired';
  if (now < (nbf ?? 0) * 1000 - leewayMs || now < (iat ?? 0) * 1000 - leewayMs) return 'not-yet';
  return undefined;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_SECONDS;
}

function isTimeOrAbsent(value: unknown): value is number | undefined {
  return value === undefined || isTime(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** Who a token is about. */
export interface Subject {
  readonly name: string;
  readonly groups: readonly string[];
  readonly shown: Shown;
}

const MAX_GROUPS = 500;
/** No control characters, no separators of lines, nothing that turns the direction of a line, nothing that was malformed: a name must not fake a line of a log. */
const NAME = /^[\x20-\x7e\u00a1-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufffc\u{10000}-\u{10ffff}]{1,256}$/u;

/** The subject of a verified token; its groups are in `groupsClaim`. */
export function subjectOf(claims: Claims, groupsClaim: string): Subject | TokenRefused {
  const { sub } = claims;
  if (typeof sub !== 'string' || !NAME.test(sub)) return refuse('claims');
  const groups = textsOf(valueAt(claims, groupsClaim));
  if (groups === undefined || groups.length > MAX_GROUPS) return refuse('claims');
  return { name: sub, groups, shown: { sub: [sub], group: groups, scope: scopesOf(claims) } };
}

/** RFC 8693 section 4.2: `scope`, separated by spaces. Some issuers have `scp`, as a text or an array. */
function scopesOf({ scope, scp }: Claims): readonly string[] {
  return [scope, scp]
    .flatMap((value) => (typeof value === 'string' ? value.split(' ') : (textsOf(value) ?? [])))
    .filter((each) => each !== '');
}

/** One text or several; none where there is nothing; undefined where there is something else. */
function textsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return value === '' ? [] : [value];
  return isTexts(value) ? value : undefined;
}

/** A claim by its name, dots and all; else the way through objects that the dots make. */
function valueAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), claims);
}
