import { decodeUtf8 } from '../../lib/utf8.ts';

const ESCAPE = /%[0-9A-Fa-f]{2}/;

/** The path of a call without its query, and the query without its question mark; undefined where there is none. */
export function splitPath(path: string): { readonly path: string; readonly query: string | undefined } {
  const mark = path.indexOf('?');
  return mark === -1 ? { path, query: undefined } : { path: path.slice(0, mark), query: path.slice(mark + 1) };
}

/** The parameters of a query (URL Standard, "application/x-www-form-urlencoded parsing"); a name may repeat. */
export function parseQuery(query: string): readonly (readonly [name: string, value: string])[] {
  return query.split('&').flatMap((pair) => {
    if (pair === '') return [];
    const equals = pair.indexOf('=');
    return [[decode(equals === -1 ? pair : pair.slice(0, equals)), decode(equals === -1 ? '' : pair.slice(equals + 1))] as const];
  });
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  if (!ESCAPE.test(spaced)) return spaced;
  // Runs of escapes are bytes of UTF-8; an escape that is none stays as it is.
  return spaced.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes = run
      .slice(1)
      .split('%')
      .map((hex) => Number.parseInt(hex, 16));
    return decodeUtf8(Uint8Array.from(bytes));
  });
}
