import type { Algorithm, Config } from '../../config.ts';
import { describe } from '../../lib/errors.ts';
import { hashText } from '../../lib/hash.ts';
import { isObject, type JsonObject } from '../../lib/json.ts';
import { parseBounded } from '../../lib/json-text.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/utf8.ts';
import { HttpFailure } from '../../ports/http.ts';
import type { KeyValue } from '../../ports/keyvalue.ts';
import type { Ports } from '../../ports/ports.ts';
import { parseKey, parseKeySet, type VerificationKey } from './keys.ts';

/** Keys are read anew after this time, so that one which its issuer withdrew is taken no longer than this. */
export const FRESH_MS = 600_000;
/** While the issuer does not answer, its last keys hold so long. */
export const STALE_MS = 3_600_000;
/** Whatever tokens name, the issuer is asked no more often than this. */
export const RETRY_MS = 30_000;
/** The same while there are no keys at all, and nobody can be let in. */
export const FIRST_RETRY_MS = 5_000;

const MAX_TIMEOUT_MS = 5_000;
const MAX_BODY_BYTES = 131_072;
/** Keys of one set with the same name: issuers may do it (RFC 7517 section 4.5) for different algorithms. */
const MAX_NAMESAKES = 4;
const MAX_DEPTH = 8;

/** Which keys may have signed a token. */
export interface Wanted {
  readonly kid: string | undefined;
  readonly algorithm: Algorithm;
}

export type KeySearch =
  | { readonly tag: 'found'; readonly keys: readonly VerificationKey[] }
  /** The issuer has no such key, or is not asked again so soon. */
  | { readonly tag: 'unknown' }
  /** The issuer's keys are not to be had. */
  | { readonly tag: 'unavailable'; readonly retryAfterMs: number };

/** What the store has of an issuer's keys. */
interface Kept {
  /** When the issuer last gave them, milliseconds since 1970; 0 where it never did. */
  readonly fetchedAt: number;
  /** When it was last asked. */
  readonly triedAt: number;
  readonly keys: readonly JsonObject[];
}

type CachePorts = Pick<Ports, 'clock' | 'http' | 'keyvalue' | 'log'>;

/**
 * The issuer's keys that fit, out of the store or from the issuer itself. It is asked when the store has none, when they are old, and when a token names a key that is not among
 * them, for keys rotate; but so seldom that a flood of invented names does not reach it. While it fails, the last keys hold for a while. Without a store it is asked every time. Never throws.
 */
export function findKeys(ports: CachePorts, config: Pick<Config, 'jwksUrl' | 'upstreamTimeoutMs'>, wanted: Wanted): KeySearch {
  const now = ports.clock.now();
  const place = `access/jwks/${hashText(config.jwksUrl)}`;
  const kept = read(ports.keyvalue, place);
  const age = kept === undefined ? Number.POSITIVE_INFINITY : since(kept.fetchedAt, now);
  const usable = kept !== undefined && age < STALE_MS ? kept : undefined;
  const fitting = usable === undefined ? [] : keysFor(usable.keys, wanted);
  if (fitting.length > 0 && age < FRESH_MS) return { tag: 'found', keys: fitting };

  const pause = usable === undefined ? FIRST_RETRY_MS : RETRY_MS;
  const waited = kept === undefined ? Number.POSITIVE_INFINITY : since(kept.triedAt, now);
  if (waited >= pause) {
    // Noted before the answer is there, so that the requests which come meanwhile do not ask as well.
    if (usable !== undefined) write(ports.keyvalue, place, { ...usable, triedAt: now });
    const keys = fetchKeys(ports, config);
    if (keys !== undefined) {
      write(ports.keyvalue, place, { fetchedAt: now, triedAt: now, keys });
      const found = keysFor(keys, wanted);
      return found.length > 0 ? { tag: 'found', keys: found } : { tag: 'unknown' };
    }
    if (usable === undefined) write(ports.keyvalue, place, { fetchedAt: 0, triedAt: now, keys: [] });
    return fitting.length > 0 ? { tag: 'found', keys: fitting } : { tag: 'unavailable', retryAfterMs: pause };
  }
  if (fitting.length > 0) return { tag: 'found', keys: fitting };
  return usable === undefined ? { tag: 'unavailable', retryAfterMs: pause - waited } : { tag: 'unknown' };
}

/** A time in the future was written by a clock that is not to be relied on: it counts as long ago. */
function since(then: number, now: number): number {
  return then <= now ? now - then : Number.POSITIVE_INFINITY;
}

/** By name and algorithm. A token that names no key fits where there is but one to choose from. */
function keysFor(keys: readonly JsonObject[], { kid, algorithm }: Wanted): readonly VerificationKey[] {
  const named = kid === undefined ? keys : keys.filter((jwk) => jwk.kid === kid).slice(0, MAX_NAMESAKES);
  const fitting = named.flatMap((jwk) => {
    const key = parseKey(jwk);
    return key?.algorithm === algorithm ? [key] : [];
  });
  return kid === undefined && fitting.length > 1 ? [] : fitting;
}

function fetchKeys({ http, log }: CachePorts, { jwksUrl, upstreamTimeoutMs }: Pick<Config, 'jwksUrl' | 'upstreamTimeoutMs'>) {
  try {
    const { status, body, truncated } = http.send({
      method: 'GET',
      url: jwksUrl,
      headers: [['accept', 'application/jwk-set+json, application/json']],
      timeoutMs: Math.min(upstreamTimeoutMs, MAX_TIMEOUT_MS),
      maxBodyBytes: MAX_BODY_BYTES,
    });
    const keys = status === 200 && !truncated ? parseKeySet(decodeUtf8(body)) : undefined;
    if (keys === undefined) log.write('warn', 'JWKS_URL does not answer with a set of keys', { status });
    return keys;
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    log.write('warn', 'JWKS_URL does not answer', { reason: error.reason, error: describe(error) });
    return undefined;
  }
}

/** Undefined where there is nothing, nothing of this shape, or no store. */
function read(keyvalue: KeyValue, place: string): Kept | undefined {
  const bytes = attempt(() => keyvalue.get(place));
  const parsed = bytes === undefined ? undefined : parseBounded(decodeUtf8(bytes), MAX_DEPTH);
  if (parsed?.kind !== 'value' || !isObject(parsed.value)) return undefined;
  const { fetchedAt, triedAt, keys } = parsed.value;
  if (!Number.isFinite(fetchedAt) || !Number.isFinite(triedAt) || !Array.isArray(keys) || !keys.every(isObject)) return undefined;
  // Just seen to be numbers and objects parsed from JSON.
  return { fetchedAt, triedAt, keys } as Kept;
}

function write(keyvalue: KeyValue, place: string, kept: Kept): void {
  attempt(() => keyvalue.set(place, encodeUtf8(JSON.stringify(kept))));
}

/** A store that fails costs a question to the issuer, and nothing else. */
function attempt<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
