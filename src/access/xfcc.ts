/** What one proxy says of the certificate that its client showed. */
export interface ForwardedCert {
  /** The proxy's own URI names. */
  readonly by: readonly string[];
  /** The client's. */
  readonly uris: readonly string[];
}

const MAX_CHARACTERS = 16_384;
/** A key, then a value: bare, or in quotes with backslashes before quotes and backslashes. */
const PAIR = /([A-Za-z]{1,16})=(?:"((?:[^"\\]|\\.)*)"|([^",;]*))([,;]|$)/y;

/**
 * Reads `x-forwarded-client-cert`: elements between commas, each of `key=value` between semicolons (Envoy, HTTP header manipulation, x-forwarded-client-cert). Undefined where the text
 * is anything else: an element that cannot be told from its neighbour says nothing.
 */
export function parseForwardedCerts(text: string): readonly ForwardedCert[] | undefined {
  if (text === '' || text.length > MAX_CHARACTERS) return undefined;
  const elements: { by: string[]; uris: string[] }[] = [];
  let element: { by: string[]; uris: string[] } = { by: [], uris: [] };
  let at = 0;
  for (;;) {
    PAIR.lastIndex = at;
    const match = PAIR.exec(text);
    if (match === null) return undefined;
    const [whole, key = '', quoted, bare = '', end] = match;
    const value = quoted === undefined ? bare : quoted.replace(/\\(.)/g, '$1');
    const name = key.toLowerCase();
    if (name === 'by') element.by.push(value);
    if (name === 'uri') element.uris.push(value);
    at += whole.length;
    if (end === ';') continue;
    elements.push(element);
    element = { by: [], uris: [] };
    if (end === '') return elements;
    // Proxies that join two headers put a space after the comma.
    while (text.charAt(at) === ' ') at++;
  }
}
