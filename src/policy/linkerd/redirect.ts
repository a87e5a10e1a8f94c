import { any, NO, type Truth, truthOf, unknown, YES } from '../access/truth.ts';
import { HOST, PATH } from '../access/unknowns.ts';
import type { Field } from '../objects/field.ts';
import { textIn } from './references.ts';
import type { Request } from './request-match.ts';

/** A filter that answers with another place instead of passing the request on. */
export interface Redirect {
  readonly status: number;
  /** Whether it takes this request: one that is where it would be sent already is let through. */
  readonly takes: (request: Request) => Truth;
}

/** The default of the CRDs. */
const FOUND = 302;
const HTTP_PORT = 80;

/**
 * Reads a RequestRedirect; undefined where Linkerd cannot (linkerd2, policy-controller/k8s/index/src/routes/http.rs: `req_redirect`; what it does:
 * linkerd2-proxy, linkerd/http/route/src/http/filter/redirect.rs).
 */
export function readRedirect(field: Field): Redirect | undefined {
  const scheme = field.at('scheme').value ?? 'http';
  const hostname = field.at('hostname').value ?? '';
  const port = field.at('port').value ?? 0;
  const status = field.at('statusCode').value ?? FOUND;
  const path = field.at('path');
  const full = textIn(path.at('replaceFullPath'));
  const replaced = path.exists ? (full ?? textIn(path.at('replacePrefixMatch'))) : '/';
  if (!field.isObject || (scheme !== 'http' && scheme !== 'https') || typeof hostname !== 'string' || typeof port !== 'number')
    return undefined;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 100 || status > 999) return undefined;
  if (replaced === undefined || !replaced.startsWith('/')) return undefined;
  return {
    status,
    takes: (request) => {
      // A proxy sees requests as http.
      if (scheme === 'https') return YES;
      return any(moves(hostname, port, request), path.exists ? leads(full, request) : NO);
    },
  };
}

/** Whether the authority becomes another. */
function moves(hostname: string, port: number, { authority }: Request): Truth {
  if (hostname === '' && port === 0) return NO;
  if (authority === undefined) return unknown(HOST);
  const [, host = '', digits] = /^(.*?)(?::(\d*))?$/.exec(authority) ?? [];
  const own = digits === undefined || digits === '' ? undefined : Number(digits);
  const location = () => {
    if (hostname !== '' && port !== 0) return `${hostname}:${port}`;
    if (hostname !== '') return own === undefined || own === HTTP_PORT ? hostname : `${hostname}:${own}`;
    if (port === HTTP_PORT) return own === undefined ? authority : host;
    return port === own ? authority : `${host}:${port}`;
  };
  return truthOf(location().toLowerCase() !== authority.toLowerCase());
}

/** Whether path and query become others. Where the prefix that matched is replaced, that is not worked out. */
function leads(full: string | undefined, { target }: Request): Truth {
  if (full === undefined) return unknown('where its redirect leads');
  return target === undefined ? unknown(PATH) : truthOf(target !== full);
}
