import type { HeaderList } from '../../lib/headers.ts';

/** Who sends the request. */
export type Sender =
  /** A workload with a sidecar. */
  | { readonly tag: 'workload'; readonly namespace: string; readonly labels: Readonly<Record<string, string>> }
  /** Someone outside, by way of a Gateway, `namespace/name`. */
  | { readonly tag: 'gateway'; readonly gateway: string };

/** A request, or a connection, as its sender makes it. */
export interface RouteRequest {
  readonly from: Sender;
  /** The host as the sender names it: a short name, a fully qualified one, or one of the outside. */
  readonly host: string;
  /** The port that the sender calls; for a gateway that of the server in the Gateway object. */
  readonly port: number;
  /** What goes over the wire. A workload's `https` is TLS, which its sidecar does not open; a gateway may open it. */
  readonly protocol: 'http' | 'https' | 'tls' | 'tcp';
  /** Host and `authority` headers; by default the host, with the port unless it is the protocol's own. */
  readonly authority?: string;
  /** The name in the TLS handshake; by default the host. */
  readonly sni?: string;
  /** By default `GET`. */
  readonly method?: string;
  /** By default `/`. May carry a query. */
  readonly path?: string;
  readonly headers?: HeaderList;
  /** Query parameters beside those in the path. */
  readonly query?: readonly (readonly [name: string, value: string])[];
}

/** A request in the form that conditions read. */
export interface Call {
  /** In lower case, without a port and without a closing dot. */
  readonly host: string;
  readonly port: number;
  readonly protocol: RouteRequest['protocol'];
  readonly scheme: string;
  readonly authority: string;
  readonly sni: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly search: string;
  readonly query: ReadonlyMap<string, string>;
  /** All values of a name in one text, as Envoy compares them. */
  readonly headers: ReadonlyMap<string, string>;
}

export function readRequest(request: RouteRequest): Call {
  const { port, protocol, method = 'GET', path: target = '/' } = request;
  const host = request.host
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '');
  const scheme = protocol === 'https' || protocol === 'tls' ? 'https' : 'http';
  const usual = port === (scheme === 'https' ? 443 : 80);
  const headers = new Map<string, string>();
  for (const [name, value] of request.headers ?? []) {
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before},${value}`);
  }
  const authority = request.authority ?? headers.get('host') ?? (usual ? host : `${host}:${port}`);
  const [whole = ''] = target.split('#', 1);
  const mark = whole.indexOf('?');
  const path = mark === -1 ? whole : whole.slice(0, mark);
  const search = mark === -1 ? '' : whole.slice(mark);
  const query = new Map<string, string>();
  // Envoy compares the first of several values.
  for (const [name, value] of [...parseQuery(search), ...(request.query ?? [])]) if (!query.has(name)) query.set(name, value);
  for (const [name, value] of [
    [':method', method],
    [':path', whole],
    [':scheme', scheme],
    [':authority', authority],
    ['host', authority],
  ] as const) {
    headers.set(name, value);
  }
  const sni = (request.sni ?? host).toLowerCase();
  return { host, port, protocol, scheme, authority, sni, method, path, search, query, headers };
}

function parseQuery(search: string): readonly (readonly [string, string])[] {
  if (search.length < 2) return [];
  return search
    .slice(1)
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals === -1 ? [decode(pair), ''] : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
