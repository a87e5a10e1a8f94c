import { encodeUtf8 } from './utf8.ts';

/** The unreserved characters of RFC 3986, section 2.3: the only ones that never mean anything else in a URL. */
const UNRESERVED = /[A-Za-z0-9._~-]/;
const ESCAPES: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return byte < 0x80 && UNRESERVED.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

/** Everything but unreserved characters as `%XX` of its UTF-8 bytes; a lone surrogate counts as U+FFFD. Never throws, unlike `encodeURIComponent`. */
export function percentEncode(text: string): string {
  let encoded = '';
  for (const byte of encodeUtf8(text)) encoded += ESCAPES[byte] ?? '';
  return encoded;
}

/**
 * A text as one segment of a path, or undefined where no encoding can make it one: the empty text vanishes in a path, and `.` and `..` are taken
 * for steps up the path however they are written (URL Standard, "single-dot path segment").
 */
export function pathSegment(text: string): string | undefined {
  return text === '' || text === '.' || text === '..' ? undefined : percentEncode(text);
}

/** `a=1&a=2&b=3`: one pair for each value, so that an array is its key repeated. Empty where there are no pairs. */
export function queryString(pairs: readonly (readonly [name: string, value: string])[]): string {
  return pairs.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&');
}

/** An absolute `http:` or `https:` URL in its parts. */
export interface HttpUrl {
  /** `scheme://host[:port]` in lower case, without the scheme's own port: two URLs of one origin have equal texts here. */
  readonly origin: string;
  /** What a `Host` header says: `host[:port]`. */
  readonly authority: string;
  /** Begins with `/`, percent-encoded, query included. */
  readonly target: string;
}

/** No user information, and only characters that RFC 3986 knows: whoever writes a URL in another way wants two readers to disagree about it. */
const ABSOLUTE =
  /^(https?):\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(\/[\w.~%!$&'()*+,;=:@/-]*)?(\?[\w.~%!$&'()*+,;=:@/?-]*)?(?:#.*)?$/i;

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };

/** Takes a URL apart; undefined for anything that is not plainly one. The fragment is dropped, since it is never sent. */
export function parseHttpUrl(url: string): HttpUrl | undefined {
  const match = ABSOLUTE.exec(url);
  if (match === null) return undefined;
  const [, scheme = '', host = '', port, path = '/', query = ''] = match;
  const lowerScheme = scheme.toLowerCase();
  const shownPort = port === undefined || String(Number(port)) === DEFAULT_PORTS[lowerScheme] ? '' : `:${Number(port)}`;
  const authority = `${host.toLowerCase()}${shownPort}`;
  return { origin: `${lowerScheme}://${authority}`, authority, target: `${path}${query}` };
}
