import { at, list, map, ofKind } from './manifests.ts';

/** A request as a workload's proxy sees it. */
export interface Request {
  /** `app` label of the workload that is asked. */
  readonly app: string;
  readonly namespace?: string;
  /** What mutual TLS proved. */
  readonly principal: string;
  readonly method: string;
  readonly path: string;
  readonly host?: string;
  readonly port?: string;
  readonly sni?: string;
  /** `issuer/subject` of a checked token. */
  readonly requestPrincipal?: string;
  readonly claims?: Readonly<Record<string, readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Whether the ALLOW policies of the base admit a request: Istio's rules as far as these policies use them (security.istio.io, AuthorizationPolicy: no
 * policy means yes, else one rule of one policy has to match; from, to and when are all needed, their items are alternatives).
 */
export function admits(request: Request): boolean {
  const namespace = request.namespace ?? 'mcp-system';
  const policies = ofKind('AuthorizationPolicy', namespace).filter(({ value }) => {
    const labels = map(value, 'spec', 'selector', 'matchLabels');
    const borne: Readonly<Record<string, string>> = { app: request.app, istio: request.app.replace(/^istio-/, '') };
    return (at(value, 'spec', 'action') ?? 'ALLOW') === 'ALLOW' && Object.entries(labels).every(([key, label]) => borne[key] === label);
  });
  return policies.length === 0 || policies.some(({ value }) => list(value, 'spec', 'rules').some((rule) => ruleMatches(rule, request)));
}

function ruleMatches(rule: unknown, request: Request): boolean {
  const from = list(rule, 'from');
  const to = list(rule, 'to');
  return (
    (from.length === 0 || from.some((each) => sourceMatches(at(each, 'source'), request))) &&
    (to.length === 0 || to.some((each) => operationMatches(at(each, 'operation'), request))) &&
    list(rule, 'when').every((condition) => {
      const values = list(condition, 'values').map(String);
      return values.some((value) => attributes(String(at(condition, 'key')), request).some((found) => textMatches(value, found)));
    })
  );
}

function sourceMatches(source: unknown, { principal, requestPrincipal }: Request): boolean {
  return fieldMatches(source, 'principals', principal) && fieldMatches(source, 'requestPrincipals', requestPrincipal);
}

function operationMatches(operation: unknown, request: Request): boolean {
  const fields = { methods: request.method, paths: request.path, hosts: request.host, ports: request.port };
  return (
    Object.entries(fields).every(([field, value]) => fieldMatches(operation, field, value)) &&
    !list(operation, 'notPaths').some((path) => textMatches(String(path), request.path))
  );
}

/** A field that is not said matches anything. */
function fieldMatches(of: unknown, field: string, value: string | undefined): boolean {
  const wanted = list(of, field).map(String);
  return wanted.length === 0 || (value !== undefined && wanted.some((each) => textMatches(each, value)));
}

function attributes(key: string, request: Request): readonly string[] {
  const [, kind, name] = /^(request\.auth\.claims|request\.headers)\[(.+)\]$/.exec(key) ?? [];
  if (kind === 'request.auth.claims' && name !== undefined) return request.claims?.[name] ?? [];
  if (kind === 'request.headers' && name !== undefined)
    return Object.entries(request.headers ?? {}).flatMap(([header, value]) => (header === name ? [value] : []));
  if (key === 'connection.sni') return request.sni === undefined ? [] : [request.sni];
  throw new Error(`the test knows no condition ${key}`);
}

/** Exact, `*` for anything that is there, `abc*` or `*abc`. */
function textMatches(wanted: string, found: string): boolean {
  if (wanted === '*') return found !== '';
  if (wanted.endsWith('*')) return found.startsWith(wanted.slice(0, -1));
  if (wanted.startsWith('*')) return found.endsWith(wanted.slice(1));
  return wanted === found;
}
