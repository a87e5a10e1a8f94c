/**
 * The rules once more, read off linkerd2's policy controller and its proxy line by line and written down without a thought of speed, explanation or what is not
 * known: the evaluator is held against it. It works on plain objects and takes nothing from the evaluator but the types of its input. Where a controller could not
 * even deserialize an object, `never` stands for "it is not there".
 */

import { BlockList, isIP } from 'node:net';
import type { AccessCall, Callee, Peer } from '../../../../src/policy/access/model.ts';
import type { LinkerdSettings } from '../../../../src/policy/linkerd/world.ts';

// biome-ignore lint/suspicious/noExplicitAny: the point is to read objects of any shape without the evaluator's own reader.
type Any = any;

export interface Transcribed {
  verdict: 'allowed' | 'denied' | 'not-found';
  refusal?: number | 'reset';
}

interface Authz {
  networks: { cidr: string; except: string[] }[];
  authn: 'unauthenticated' | 'tls' | { exact: string[]; suffixes: string[] };
}

/** What `serde` cannot read. */
class Unreadable extends Error {}

const bad = (): never => {
  throw new Unreadable();
};
const isMap = (value: Any) => typeof value === 'object' && value !== null && !Array.isArray(value);
const none = (value: Any) => value === undefined || value === null;
const str = (value: Any): string => (typeof value === 'string' ? value : bad());
const optStr = (value: Any): string | undefined => (none(value) ? undefined : str(value));
const list = (value: Any): Any[] => (Array.isArray(value) ? value : bad());
const optList = (value: Any): Any[] => (none(value) ? [] : list(value));
const map = (value: Any): Any => (isMap(value) ? value : bad());

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

const targetsKind = (ref: Any, group: string, kind: string) =>
  (ref.group || 'core').toLowerCase() === group && ref.kind.toLowerCase() === kind;

function ref(value: Any): Any {
  map(value);
  // Whatever is no text as a group or a namespace is as good as left out in these tests; serde would refuse it.
  const text = (each: Any) => (typeof each === 'string' ? each : undefined);
  return { group: text(value.group), kind: str(value.kind), name: str(value.name), namespace: text(value.namespace) };
}

function validCidr(text: string): boolean {
  const [address = '', length, extra] = text.split('/');
  const version = address.includes('%') ? 0 : isIP(address);
  return (
    version !== 0 &&
    extra === undefined &&
    (length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128)))
  );
}

function networksOf(value: Any): { cidr: string; except: string[] }[] {
  return list(value).map((each) => {
    const cidr = str(map(each).cidr);
    const except = optList(each.except).map(str);
    return validCidr(cidr) && except.every(validCidr) ? { cidr, except } : bad();
  });
}

function inCidr(cidr: string, address: string): boolean {
  const [base = '', length] = cidr.split('/');
  const version = isIP(base);
  if (version !== isIP(address)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const block = new BlockList();
  block.addSubnet(base, length === undefined ? (version === 4 ? 32 : 128) : Number(length), family);
  return block.check(address, family);
}

export function transcribe(
  callee: Callee,
  port: number,
  objects: Any[],
  settings: LinkerdSettings,
  peer: Peer,
  call: AccessCall,
): Transcribed {
  // 1. No proxy, no policy.
  if (callee.mesh !== 'linkerd') return { verdict: 'allowed' };
  const skip = callee.annotations['config.linkerd.io/skip-inbound-ports'];
  if (port !== 4191) {
    if (skip === undefined && (port === 4567 || port === 4568)) return { verdict: 'allowed' };
    for (const part of (skip ?? '').split(',')) {
      // Atoi takes a sign and no space.
      const bounds = part.split('-');
      const [from, to = from] = bounds.map((bound) => (/^\+?\d+$/.test(bound) ? Number(bound) : Number.NaN));
      if (bounds.length < 3 && from !== undefined && to !== undefined && from <= port && port <= to && to <= 65_535)
        return { verdict: 'allowed' };
    }
  }

  const here = (group: string, kind: string, namespace = callee.namespace): Any[] =>
    objects.filter((o) => o.apiVersion.split('/')[0] === group && o.kind === kind && o.metadata.namespace === namespace);
  const policyKind = (kind: string, namespace?: string) => here('policy.linkerd.io', kind, namespace);
  const time = (o: Any) => (o.metadata.creationTimestamp === undefined ? Infinity : Date.parse(o.metadata.creationTimestamp));
  const before = (a: Any, b: Any) => {
    if (time(a) !== time(b)) return time(a) < time(b) ? -1 : 1;
    const key = (o: Any) => [o.metadata.name, o.apiVersion.split('/')[0], o.kind];
    const [x, y] = [key(a), key(b)];
    for (let i = 0; i < 3; i++) if (x[i] !== y[i]) return x[i] < y[i] ? -1 : 1;
    return 0;
  };
  const saIdentity = (ns: string, sa: string) => `${sa}.${ns}.serviceaccount.identity.${settings.controlNamespace}.${settings.trustDomain}`;
  const clusterNets = settings.clusterNetworks.map((cidr) => ({ cidr, except: [] }));
  const all = [
    { cidr: '0.0.0.0/0', except: [] },
    { cidr: '::/0', except: [] },
  ];

  const defaultAuthzs = (policy: string): Authz[] => {
    const networks = policy.startsWith('cluster-') ? clusterNets : all;
    if (policy === 'deny') return [];
    return [{ networks, authn: policy.endsWith('-authenticated') ? { exact: [], suffixes: [''] } : 'unauthenticated' }];
  };
  const POLICIES = ['all-authenticated', 'all-unauthenticated', 'cluster-authenticated', 'cluster-unauthenticated', 'deny', 'audit'];

  const matchesLabels = (selector: Any, labels: Record<string, string>): boolean => {
    const wanted = none(selector.matchLabels) ? {} : map(selector.matchLabels);
    for (const key of Object.keys(wanted)) if (labels[key] !== str(wanted[key])) return false;
    for (const e of optList(selector.matchExpressions)) {
      const value = labels[str(map(e).key) || bad()];
      const values = none(e.values) ? undefined : list(e.values).map(str);
      if (e.operator === 'In' && values !== undefined) {
        if (value === undefined || !values.includes(value)) return false;
      } else if (e.operator === 'NotIn' && values !== undefined) {
        if (value !== undefined && values.includes(value)) return false;
      } else if (e.operator === 'Exists' && values === undefined) {
        if (value === undefined) return false;
      } else if (e.operator === 'DoesNotExist' && values === undefined) {
        if (value !== undefined) return false;
      } else {
        return false;
      }
    }
    return true;
  };

  // 2. The Server.
  const PROTOCOLS = ['unknown', 'HTTP/1', 'HTTP/2', 'gRPC', 'opaque', 'TLS'];
  const server = policyKind('Server')
    .sort(before)
    .find((o) =>
      readable(() => {
        const spec = map(o.spec);
        const protocol = optStr(spec.proxyProtocol);
        optStr(spec.accessPolicy);
        if (protocol !== undefined && !PROTOCOLS.includes(protocol)) return bad();
        if (!matchesLabels(map(spec.podSelector), callee.labels)) return false;
        if (typeof spec.port === 'number') return spec.port === port;
        return (callee.ports ?? []).some((p) => p.name === str(spec.port) && p.protocol === 'TCP' && p.port === port);
      }),
    );

  const probePaths = new Set<string>();
  for (const probe of callee.probes) {
    const named = (callee.ports ?? []).find(
      (p) => p.protocol === 'TCP' && p.name?.toLowerCase() === String(probe.port).toLowerCase() && p.port === port,
    );
    if ((probe.port === port || (typeof probe.port === 'string' && named !== undefined)) && probe.path.startsWith('/')) {
      probePaths.add(probe.path.split('?')[0] ?? '');
    }
  }

  interface Route {
    hosts: string[];
    rules: { matches: Any[]; filters: Any[] }[];
    authzs: Authz[];
  }
  const probeNets = settings.probeNetworks.map((cidr) => ({ cidr, except: [] }));
  const defaultHttpRoutes = (): Route[] => {
    const routes: Route[] = [{ hosts: [], rules: [{ matches: [], filters: [] }], authzs: [] }];
    if (probeNets.length > 0 && probePaths.size > 0) {
      const matches = [...probePaths].map((value) => ({ path: { type: 'Exact', value }, method: 'GET' }));
      routes.push({ hosts: [], rules: [{ matches, filters: [] }], authzs: [{ networks: probeNets, authn: 'unauthenticated' }] });
    }
    return routes;
  };

  let authzs: Authz[] = [];
  let protocol: string;
  let httpRoutes: Route[] = [];
  let grpcRoutes: Route[] = [];
  let invalid = false;

  if (server === undefined) {
    // 3. The default policy.
    const annotated = callee.annotations['config.linkerd.io/default-inbound-policy'];
    let policy = annotated !== undefined && POLICIES.includes(annotated) ? annotated : settings.defaultInboundPolicy;
    const ports = (name: string): boolean => {
      const text = callee.annotations[name];
      if (text === undefined) return false;
      let has = false;
      for (const part of text.split(',')) {
        if (!part.includes('-') && part.trim() === '') continue;
        const cut = part.indexOf('-');
        const ends = cut < 0 ? [part, part] : [part.slice(0, cut), part.slice(cut + 1)];
        const [a, b] = ends.map((end) => (/^\+?\d+$/.test(end.trim()) ? Number(end) : 0));
        if (a === undefined || b === undefined || a < 1 || b < 1 || a > 65535 || b > 65535 || a > b) return false;
        if (a <= port && port <= b) has = true;
      }
      return has;
    };
    protocol = ports('config.linkerd.io/opaque-ports') ? 'opaque' : 'unknown';
    if (ports('config.linkerd.io/proxy-require-identity-inbound-ports')) policy = policy.replace('-unauthenticated', '-authenticated');
    authzs = defaultAuthzs(policy);
    httpRoutes = defaultHttpRoutes();
  } else {
    // 4. The Server's authorizations.
    const name = server.metadata.name;
    protocol = server.spec.proxyProtocol ?? 'unknown';
    for (const saz of policyKind('ServerAuthorization')) {
      const authz = readable((): Authz | undefined => {
        const { server: selected, client } = map(saz.spec);
        map(selected);
        map(client);
        const networks = none(client.networks) ? [] : networksOf(client.networks);
        const flag = (value: Any): boolean => (value === undefined ? false : typeof value === 'boolean' ? value : bad());
        const unauthenticated = flag(client.unauthenticated);
        const tls = none(client.meshTLS) ? undefined : map(client.meshTLS);
        const anyTls = tls !== undefined && flag(tls.unauthenticatedTLS);
        const ids = optList(tls?.identities).map(str);
        const sas = optList(tls?.serviceAccounts).map((sa) =>
          saIdentity(typeof map(sa).namespace === 'string' ? sa.namespace : saz.metadata.namespace, str(sa.name)),
        );
        const selects = none(selected.name)
          ? none(selected.selector) || readable(() => matchesLabels(map(selected.selector), server.metadata.labels ?? {})) === true
          : selected.name === name;
        if (!selects) return undefined;
        const authn = unauthenticated ? 'unauthenticated' : tls === undefined ? bad() : anyTls ? 'tls' : identities(ids, sas);
        if (typeof authn === 'object' && ids.length + sas.length === 0) return bad();
        return { networks: networks.length === 0 ? clusterNets : networks, authn };
      });
      if (authz !== undefined) authzs.push(authz);
    }
    for (const { target, authz } of authorizationPolicies()) {
      if (targetsKind(target, 'core', 'namespace') || (targetsKind(target, 'policy.linkerd.io', 'server') && target.name === name)) {
        authzs.push(authz);
      }
    }
    if (POLICIES.includes(server.spec.accessPolicy)) authzs.push(...defaultAuthzs(server.spec.accessPolicy));

    // 5. Routes.
    const gateway = 'gateway.networking.k8s.io';
    const attached = (group: string, kind: string): Route[] =>
      here(group, kind)
        .sort(before)
        .flatMap((o) => readable(() => routeOf(o, group, kind)) ?? []);
    const sorted = [...here('policy.linkerd.io', 'HTTPRoute'), ...here(gateway, 'HTTPRoute')].sort(before);
    httpRoutes = sorted.flatMap((o) => readable(() => routeOf(o, o.apiVersion.split('/')[0], 'HTTPRoute')) ?? []);
    if (httpRoutes.length === 0) httpRoutes = defaultHttpRoutes();
    grpcRoutes = attached(gateway, 'GRPCRoute');
    if (protocol === 'gRPC') {
      // The proxy cannot read a match without an RPC.
      invalid = grpcRoutes.some((route) => route.rules.some((rule) => rule.matches.some((m) => none(m.method))));
    }
    if (grpcRoutes.length === 0) grpcRoutes = [{ hosts: [], rules: [{ matches: [{ method: {} }], filters: [] }], authzs: [] }];
  }
  authzs.push({
    networks: [
      { cidr: '127.0.0.1', except: [] },
      { cidr: '::1', except: [] },
    ],
    authn: 'unauthenticated',
  });

  function identities(patterns: string[], exact: string[]): { exact: string[]; suffixes: string[] } {
    const suffixes = patterns.filter((p) => p === '*' || p.startsWith('*.')).map((p) => p.slice(1));
    return { exact: [...exact, ...patterns.filter((p) => p !== '*' && !p.startsWith('*.'))], suffixes };
  }

  function authorizationPolicies(): { target: Any; authz: Authz }[] {
    return policyKind('AuthorizationPolicy').flatMap((o) => {
      const read = readable(() => {
        const target = ref(map(o.spec).targetRef);
        const isTarget =
          targetsKind(target, 'policy.linkerd.io', 'server') ||
          targetsKind(target, 'core', 'namespace') ||
          targetsKind(target, 'policy.linkerd.io', 'httproute') ||
          targetsKind(target, 'gateway.networking.k8s.io', 'httproute') ||
          targetsKind(target, 'gateway.networking.k8s.io', 'grpcroute');
        if (!isTarget) bad();
        const refs = list(o.spec.requiredAuthenticationRefs).map(ref);
        let ids: { exact: string[]; suffixes: string[] } | undefined;
        let nets: { cidr: string; except: string[] }[] | undefined;
        for (const r of refs) {
          const ns = r.namespace ?? o.metadata.namespace;
          if (targetsKind(r, 'policy.linkerd.io', 'networkauthentication')) {
            if (nets !== undefined) bad();
            const found = policyKind('NetworkAuthentication', ns).find((n) => n.metadata.name === r.name) ?? bad();
            nets = networksOf(map(found.spec).networks);
            if (nets.length === 0) bad();
          } else if (targetsKind(r, 'policy.linkerd.io', 'meshtlsauthentication')) {
            if (ids !== undefined) bad();
            const found = policyKind('MeshTLSAuthentication', ns).find((m) => m.metadata.name === r.name) ?? bad();
            const patterns = optList(map(found.spec).identities).map(str);
            const exact: string[] = [];
            for (const i of optList(found.spec.identityRefs).map(ref)) {
              if (targetsKind(i, 'core', 'serviceaccount')) exact.push(saIdentity(i.namespace ?? ns, i.name));
              else if (targetsKind(i, 'core', 'namespace')) patterns.push(saIdentity(i.name, '*'));
              else bad();
            }
            if (patterns.length + exact.length === 0) bad();
            ids = identities(patterns, exact);
          } else if (targetsKind(r, 'core', 'serviceaccount')) {
            if (ids !== undefined) bad();
            ids = { exact: [saIdentity(ns, r.name)], suffixes: [] };
          } else {
            bad();
          }
        }
        return { target, authz: { networks: nets ?? all, authn: ids ?? 'unauthenticated' } as Authz };
      });
      return read ?? [];
    });
  }

  function routeOf(o: Any, group: string, kind: string): Route[] {
    const name = server.metadata.name;
    const spec = map(o.spec);
    const parents: string[] = [];
    for (const p of Array.isArray(spec.parentRefs) ? spec.parentRefs : []) {
      if (!isMap(p) || typeof p.kind !== 'string' || typeof p.name !== 'string' || p.name === '') continue;
      if (!targetsKind({ group: typeof p.group === 'string' ? p.group : undefined, kind: p.kind }, 'policy.linkerd.io', 'server')) continue;
      if (!none(p.namespace) && p.namespace !== o.metadata.namespace) bad();
      if (!none(p.port) || !none(p.sectionName)) bad();
      parents.push(p.name);
    }
    if (!parents.includes(name)) return [];
    const rivals =
      kind === 'GRPCRoute'
        ? []
        : here('gateway.networking.k8s.io', 'GRPCRoute').filter((g) =>
            (Array.isArray(g.spec?.parentRefs) ? g.spec.parentRefs : []).some(
              (p: Any) =>
                isMap(p) &&
                typeof p.kind === 'string' &&
                targetsKind({ group: typeof p.group === 'string' ? p.group : undefined, kind: p.kind }, 'policy.linkerd.io', 'server') &&
                p.name === name &&
                (typeof p.namespace === 'string' ? p.namespace : g.metadata.namespace) === callee.namespace,
            ),
          );
    const planned = (each: Any) => each.metadata.creationTimestamp === undefined;
    // Not in the cluster yet: what the status controller will say.
    if (planned(o) || planned(server)) {
      if (rivals.length > 0) return [];
    } else {
      const parentStatuses: Any[] = Array.isArray(o.status?.parents) ? o.status.parents : [];
      const accepted = parentStatuses.some(
        (s) =>
          s?.controllerName === 'linkerd.io/policy-controller' &&
          s.parentRef?.kind === 'Server' &&
          s.parentRef.name === name &&
          (Array.isArray(s.conditions) ? s.conditions : []).some((c: Any) => c?.type === 'Accepted' && c.status === 'True'),
      );
      if (!accepted || rivals.some(planned)) return [];
    }
    const hosts = optList(spec.hostnames).map(str);
    const rules = optList(spec.rules).map((rule) => {
      map(rule);
      const matches = optList(rule.matches).map((m) => {
        map(m);
        for (const condition of [...optList(m.headers), ...(kind === 'HTTPRoute' ? optList(m.queryParams) : [])]) {
          str(map(condition).name);
          str(condition.value);
          if (!none(condition.type) && condition.type !== 'Exact' && condition.type !== 'RegularExpression') bad();
        }
        for (const h of optList(m.headers)) if (!/^[\w!#$%&'*+.^`|~-]+$/.test(h.name)) bad();
        if (kind === 'GRPCRoute') {
          if (!none(m.method)) {
            optStr(map(m.method).service);
            optStr(m.method.method);
            if (!none(m.method.type) && m.method.type !== 'Exact') bad();
          }
          return m;
        }
        if (!none(m.path)) {
          const value = none(map(m.path).value) ? '/' : str(m.path.value);
          const type = none(m.path.type) ? 'PathPrefix' : m.path.type;
          if (!['Exact', 'PathPrefix', 'RegularExpression'].includes(type)) bad();
          if (type !== 'RegularExpression' && !value.startsWith('/')) bad();
        }
        if (!none(m.method) && !['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'].includes(m.method)) bad();
        return m;
      });
      const filters = optList(rule.filters).flatMap((f): Any[] => {
        const header = (value: Any) => {
          map(value);
          for (const each of [...optList(value.set), ...optList(value.add)]) {
            if (!/^[\w!#$%&'*+.^`|~-]+$/.test(str(map(each).name))) bad();
            if (/[^\t\x20-\x7e\x80-\uffff]/.test(str(each.value))) bad();
          }
          for (const each of optList(value.remove)) if (!/^[\w!#$%&'*+.^`|~-]+$/.test(str(each))) bad();
          return [];
        };
        map(f);
        const chosen =
          group === 'policy.linkerd.io'
            ? [
                ['RequestHeaderModifier', 'requestHeaderModifier'],
                ['ResponseHeaderModifier', 'responseHeaderModifier'],
                ['RequestRedirect', 'requestRedirect'],
              ].find(([type]) => f.type === type)?.[1]
            : ['requestHeaderModifier', 'responseHeaderModifier', ...(kind === 'HTTPRoute' ? ['requestRedirect'] : [])].find(
                (key) => !none(f[key]),
              );
        if (chosen === undefined || none(f[chosen])) return bad();
        if (chosen !== 'requestRedirect') return header(f[chosen]);
        const r = map(f.requestRedirect);
        if (!none(r.scheme) && r.scheme !== 'http' && r.scheme !== 'https') bad();
        optStr(r.hostname);
        if (!none(r.port) && typeof r.port !== 'number') bad();
        if (!none(r.statusCode) && !(Number.isInteger(r.statusCode) && r.statusCode >= 100 && r.statusCode <= 999)) bad();
        if (!none(r.path)) {
          const replaced = typeof map(r.path).replaceFullPath === 'string' ? r.path.replaceFullPath : r.path.replacePrefixMatch;
          if (!str(replaced).startsWith('/')) bad();
        }
        return [r];
      });
      return { matches, filters };
    });
    const own = authorizationPolicies().filter(
      ({ target }) => targetsKind(target, group, kind.toLowerCase()) && target.name.toLowerCase() === o.metadata.name.toLowerCase(),
    );
    return [{ hosts, rules, authzs: own.map(({ authz }) => authz) }];
  }

  // The proxy.
  const address = peer.address?.replace(/^::ffff:(?=\d+\.)/, '') ?? (peer.loopback ? '127.0.0.1' : undefined);
  if (address === undefined || peer.identity.tag === 'unknown') throw new Error('The transcription knows of nothing that is not known.');
  const { identity } = peer;
  const isAuthorized = ({ networks, authn }: Authz): boolean => {
    if (!networks.some(({ cidr, except }) => inCidr(cidr, address) && !except.some((each) => inCidr(each, address)))) return false;
    if (authn === 'unauthenticated') return true;
    if (identity.tag !== 'mutual-tls') return false;
    if (authn === 'tls' || authn.exact.includes(identity.name)) return true;
    return !identity.name.includes('://') && authn.suffixes.some((suffix) => identity.name.endsWith(suffix));
  };
  const tcp = (): Transcribed => (authzs.some(isAuthorized) ? { verdict: 'allowed' } : { verdict: 'denied', refusal: 'reset' });

  if (protocol === 'opaque' || protocol === 'TLS') return tcp();
  const isHttp = call.protocol === 'http' || call.protocol === 'grpc';
  if (invalid) return { verdict: 'denied', refusal: isHttp ? 500 : 'reset' };
  if (!isHttp) return protocol === 'unknown' ? tcp() : { verdict: 'denied', refusal: 'reset' };
  if (protocol === 'HTTP/1' && call.protocol === 'grpc' && identity.tag === 'plain-text') return { verdict: 'denied', refusal: 'reset' };

  const { method = 'POST', path: target, host: authority, headers } = call;
  if (target === undefined || authority === undefined || headers === undefined) throw new Error('Nor of unknown requests.');
  const path = target.split('?')[0] ?? '';
  const query = [...new URLSearchParams(target.slice(path.length))];
  const host = authority.startsWith('[') ? authority.replace(/\].*/, ']') : authority.replace(/:.*/, '');
  const whole = (pattern: string, text: string) => {
    const found = new RegExp(pattern, 'u').exec(text);
    return found !== null && found.index === 0 && found[0].length === text.length;
  };
  const meets = (condition: Any, values: string[]) =>
    values.some((value) => (condition.type === 'RegularExpression' ? whole(condition.value, value) : value === condition.value));

  const routes = protocol === 'gRPC' ? grpcRoutes : httpRoutes;
  let best: { score: number[]; route: Route; rule: Route['rules'][number] } | undefined;
  for (const route of routes) {
    let hostScore: number[] | undefined = route.hosts.length === 0 ? [0, 0] : undefined;
    for (const hostname of route.hosts) {
      const rest = hostname.startsWith('*.') ? hostname.slice(2) : hostname;
      const bare = rest.endsWith('.') || (rest === '' && hostname !== '') ? host : host.replace(/\.$/, '');
      const hit = hostname.startsWith('*.')
        ? bare.toLowerCase().endsWith(`.${rest.toLowerCase()}`)
        : bare.toLowerCase() === rest.toLowerCase();
      const score = [hostname.startsWith('*.') ? 1 : 2, rest.length + (hostname.startsWith('*.') ? 1 : 0)];
      if (hit && (hostScore === undefined || greater(score, hostScore))) hostScore = score;
    }
    if (hostScore === undefined) continue;
    for (const rule of route.rules) {
      let ruleScore: number[] | undefined;
      if (rule.matches.length === 0) ruleScore = protocol === 'gRPC' ? [0, 0, 0] : [1, 0, 0, 0];
      for (const m of rule.matches) {
        const score = protocol === 'gRPC' ? grpcScore(m) : httpScore(m);
        if (score !== undefined && (ruleScore === undefined || greater(score, ruleScore))) ruleScore = score;
      }
      if (ruleScore === undefined) continue;
      const score = [...hostScore, ...ruleScore];
      if (best === undefined || greater(score, best.score)) best = { score, route, rule };
    }
  }

  function greater(a: number[], b: number[]): boolean {
    for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return (a[i] ?? 0) > (b[i] ?? 0);
    return false;
  }

  function headersMeet(m: Any): boolean {
    return (m.headers ?? []).every((h: Any) =>
      meets(
        h,
        (headers ?? []).filter(([name]) => name.toLowerCase() === h.name.toLowerCase()).map(([, value]) => value),
      ),
    );
  }

  function httpScore(m: Any): number[] | undefined {
    if (!none(m.method) && m.method !== method) return undefined;
    let length = 1;
    if (!none(m.path)) {
      const value: string = m.path.value ?? '/';
      if (m.path.type === 'Exact') {
        if (value !== path) return undefined;
        length = value.length;
      } else if (m.path.type === 'RegularExpression') {
        if (!whole(value, path)) return undefined;
        length = path.length;
      } else if (value !== '/') {
        const prefix = value.replace(/\/+$/, '');
        const trimmed = path.replace(/\/+$/, '');
        if (!trimmed.startsWith(prefix) || !/^(\/|$)/.test(trimmed.slice(prefix.length))) return undefined;
        length = prefix.length;
      }
    }
    if (!headersMeet(m)) return undefined;
    const parameters: Any[] = m.queryParams ?? [];
    if (
      !parameters.every((q) =>
        meets(
          q,
          query.filter(([name]) => name === q.name).map(([, value]) => value),
        ),
      )
    )
      return undefined;
    return [length, (m.headers ?? []).length, parameters.length, none(m.method) ? 0 : 1];
  }

  function grpcScore(m: Any): number[] | undefined {
    if (method !== 'POST') return undefined;
    const parts = path.split('/');
    if (parts[0] !== '' || parts.length < 3) return undefined;
    if (m.method.service && m.method.service !== parts[1]) return undefined;
    if (m.method.method && m.method.method !== parts[2]) return undefined;
    return headersMeet(m) ? [(m.method.service ?? '').length, (m.method.method ?? '').length, (m.headers ?? []).length] : undefined;
  }

  if (best === undefined) return { verdict: 'not-found', refusal: 404 };
  // 6. The route's own authorizations and the Server's.
  if (![...best.route.authzs, ...authzs].some(isAuthorized)) return { verdict: 'denied', refusal: 403 };
  for (const redirect of best.rule.filters) {
    const [, ownHost = '', ownPort] = /^(.*?)(?::(\d*))?$/.exec(authority) ?? [];
    let to = authority;
    if (redirect.hostname && redirect.port) to = `${redirect.hostname}:${redirect.port}`;
    else if (redirect.hostname) to = ownPort && Number(ownPort) !== 80 ? `${redirect.hostname}:${Number(ownPort)}` : redirect.hostname;
    else if (redirect.port === 80) to = ownPort ? ownHost : authority;
    else if (redirect.port && redirect.port !== Number(ownPort)) to = `${ownHost}:${redirect.port}`;
    const place: string = redirect.path?.replaceFullPath ?? target;
    if (redirect.scheme === 'https' || to.toLowerCase() !== authority.toLowerCase() || place !== target) {
      return { verdict: 'denied', refusal: redirect.statusCode ?? 302 };
    }
  }
  return { verdict: 'allowed' };
}
