import { ALGORITHMS, type Algorithm } from '../../config.ts';
import { decodeBase64Url } from '../../lib/base64.ts';
import { isObject } from '../../lib/json.ts';
import { parseBounded } from '../../lib/json-text.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/utf8.ts';
import { refuse, type TokenRefused } from './refusal.ts';

/** Longer than any access token in the field; what is longer is not looked at. */
export const MAX_TOKEN_CHARACTERS = 16_384;
const MAX_DEPTH = 10;
const MAX_KID_CHARACTERS = 512;

/** RFC 7519 section 5.1, RFC 9068 section 2.1; the prefix `application/` may be left out (RFC 7515 section 4.1.9). */
const TYPES: readonly string[] = ['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'];

/** A signed token that is well formed. Nothing in it has been verified. */
export interface UnverifiedToken {
  readonly algorithm: Algorithm;
  readonly kid: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the signature is over (RFC 7515 section 5.1, step 5). */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Takes a JWS in compact serialisation apart. Only what RFC 7515 section 7.1 and RFC 8725 let pass: three parts of base64url without padding, a header whose `alg` is one
 * of `allowed` (never `none`, never an HMAC), no critical extensions, a type that is an access token's. Keys and addresses of keys in the header (`jwk`, `jku`, `x5c`, `x5u`)
 * are not looked at.
 */
export function parseToken(text: string, allowed: readonly Algorithm[]): UnverifiedToken | TokenRefused {
  if (text.length > MAX_TOKEN_CHARACTERS) return refuse('too-long');
  const parts = text.split('.');
  const [headerText = '', payloadText = '', signatureText = ''] = parts;
  if (parts.length !== 3) return refuse('malformed');
  const header = parseObject(headerText);
  const signature = decodeBase64Url(signatureText);
  if (header === undefined || signature === undefined) return refuse('malformed');
  const { alg, kid, typ } = header;
  const algorithm = ALGORITHMS.find((each) => each === alg);
  if (algorithm === undefined || !allowed.includes(algorithm)) return refuse('algorithm');
  // RFC 7515 section 4.1.11: whoever does not understand an extension must refuse. We understand none. It covers `b64` (RFC 7797 section 6).
  if (Object.hasOwn(header, 'crit')) return refuse('critical');
  if (typ !== undefined && !(typeof typ === 'string' && TYPES.includes(typ.toLowerCase()))) return refuse('type');
  if (kid !== undefined && !(typeof kid === 'string' && kid !== '' && kid.length <= MAX_KID_CHARACTERS)) return refuse('malformed');
  const claims = parseObject(payloadText);
  if (claims === undefined) return refuse('malformed');
  return { algorithm, kid, claims, signed: encodeUtf8(`${headerText}.${payloadText}`), signature };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  const bytes = decodeBase64Url(text);
  if (bytes === undefined) return undefined;
  const parsed = parseBounded(decodeUtf8(bytes), MAX_DEPTH);
  return parsed.kind === 'value' && isObject(parsed.value) ? parsed.value : undefined;
}
