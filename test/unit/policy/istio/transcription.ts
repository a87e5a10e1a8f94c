import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * Istio's rules once more, in another style: istiod's Go read line by line into a tree as Envoy has it, and a small Envoy and a small ztunnel that walk it. Everything
 * about a call is known here, so that the answer is plainly yes or no. It is slow and explains nothing; the evaluator is held against it.
 */

// biome-ignore lint/suspicious/noExplicitAny: the objects are whatever JSON holds.
type Any = any;

export interface Situation {
  readonly objects: readonly Any[];
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly mesh: 'istio-sidecar' | 'istio-ambient';
  readonly port: number;
  readonly root: string;
  readonly trustDomain: string;
  readonly aliases: readonly string[];
  /** The waypoint before the pods, and the Service and port that are called by way of it. */
  readonly waypoint?: { readonly namespace: string; readonly name: string; readonly service: string; readonly servicePort: number };
  /** What the proxy of a call knows. */
  readonly principal: string | undefined;
  readonly address: string;
  readonly http: boolean;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: Record<string, string>;
  readonly claims: Any | null;
  readonly sni: string;
  readonly podAddress: string;
  readonly waypointAddress: string;
  /** What those decide whom nobody here can ask. */
  readonly authorizer: (provider: string) => boolean;
  readonly metadata: (key: string, value: string) => boolean;
}

export type Verdict = 'allowed' | 'denied';

class Refused extends Error {}

export function transcribe(s: Situation): Verdict {
  if (s.mesh === 'istio-ambient') return ambient(s);
  const inc = s.annotations['traffic.sidecar.istio.io/includeInboundPorts'];
  const exc = s.annotations['traffic.sidecar.istio.io/excludeInboundPorts'];
  if (inc !== undefined && inc !== '*') {
    if (!inc.split(',').includes(`${s.port}`)) return 'allowed';
  } else if (exc?.split(',').includes(`${s.port}`)) return 'allowed';
  const mode = composePeerAuthentication(s);
  let principal = s.principal;
  if (mode === 'STRICT' && principal === undefined) return 'denied';
  if (mode === 'DISABLE') principal = undefined;
  if (principal !== undefined) {
    const td = /^spiffe:\/\/([^/]*)/.exec(principal)?.[1];
    if (![s.trustDomain, ...s.aliases].includes(td ?? '')) return 'denied';
  }
  return envoy({ ...s, principal }, 'sidecar');
}

function ambient(s: Situation): Verdict {
  if (s.annotations['ambient.istio.io/bypass-inbound-capture'] === 'true') return 'allowed';
  if (s.waypoint !== undefined && s.principal !== undefined) {
    const w = s.waypoint;
    if (envoy({ ...s, port: w.servicePort }, 'waypoint') === 'denied') return 'denied';
    return ztunnel({ ...s, principal: `spiffe://${s.trustDomain}/ns/${w.namespace}/sa/${w.name}`, address: s.waypointAddress });
  }
  if (s.principal !== undefined && !s.principal.startsWith(`spiffe://${s.trustDomain}/`)) return 'denied';
  return ztunnel(s);
}

// --- pilot/pkg/security/authn/policy_applier.go ---

const oldest = (list: readonly Any[]) =>
  [...list].sort((a, b) => {
    const [x, y] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
    return x < y ? -1 : x > y ? 1 : a.metadata.name < b.metadata.name ? -1 : 1;
  })[0];
const of = (s: Situation, kind: string, ns: string) => s.objects.filter((o) => o.kind === kind && o.metadata.namespace === ns);
const labelled = (o: Any) => Object.keys(o.spec?.selector?.matchLabels ?? {}).length > 0;
const subset = (want: Record<string, string>, have: Record<string, string>) => Object.entries(want).every(([k, v]) => have[k] === v);
const unset = (mode: Any) => mode === undefined || mode === 'UNSET';

function composePeerAuthentication(s: Situation): string {
  const mesh = oldest(of(s, 'PeerAuthentication', s.root).filter((o) => !labelled(o)));
  const inRoot = s.namespace === s.root;
  const ns = inRoot ? undefined : oldest(of(s, 'PeerAuthentication', s.namespace).filter((o) => !labelled(o)));
  const wl = inRoot
    ? undefined
    : oldest(of(s, 'PeerAuthentication', s.namespace).filter((o) => labelled(o) && subset(o.spec.selector.matchLabels, s.labels)));
  let mode = 'PERMISSIVE';
  for (const cfg of [mesh, ns, wl]) if (!unset(cfg?.spec?.mtls?.mode)) mode = cfg.spec.mtls.mode;
  const port = wl?.spec?.portLevelMtls?.[`${s.port}`]?.mode;
  return unset(port) ? mode : port;
}

// --- pilot/pkg/model/policyattachment.go ---

function attaches(s: Situation, o: Any, where: 'sidecar' | 'waypoint'): boolean {
  let refs: Any[] = o.spec?.targetRefs ?? [];
  if (refs.length === 0 && o.spec?.targetRef !== undefined) refs = [o.spec.targetRef];
  const ns = o.metadata.namespace;
  if (where === 'sidecar') {
    if (ns !== s.root && ns !== s.namespace) return false;
    if (refs.length > 0) return false;
    return o.spec?.selector === undefined || subset(o.spec.selector.matchLabels ?? {}, s.labels);
  }
  const w = s.waypoint;
  if (w === undefined) throw new Error('no waypoint');
  for (const ref of refs) {
    const group = ref.group === undefined || ref.group === '' ? 'core' : ref.group;
    if (ref.kind === 'Service' && group === 'core' && ref.name === w.service && ns === s.namespace) return true;
    if (ref.kind === 'GatewayClass' && group === 'gateway.networking.k8s.io' && ref.name === 'istio-waypoint' && ns === s.root) return true;
    if (ns !== w.namespace) continue;
    if (ref.namespace !== undefined && ref.namespace !== '' && ref.namespace !== w.namespace) continue;
    if (ref.kind === 'Gateway' && group === 'gateway.networking.k8s.io' && ref.name === w.name) return true;
  }
  return false;
}

// --- pilot/pkg/security/authz/builder/builder.go ---

const dryRun = (o: Any) => ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(o.metadata.annotations?.['istio.io/dry-run']);

function envoy(s: Situation, where: 'sidecar' | 'waypoint'): Verdict {
  const all = s.objects.filter((o) => o.kind === 'AuthorizationPolicy' && attaches(s, o, where));
  const action = (o: Any) => o.spec?.action ?? 'ALLOW';
  const by = (name: string) => all.filter((o) => action(o) === name);
  const bare = { ...s, claims: null };
  const custom = by('CUSTOM');
  const providers = [...new Set(custom.map((o) => o.spec?.provider?.name ?? ''))];
  for (const o of custom) {
    const hit = policyMatches(bare, o, 'DENY');
    if (!hit || dryRun(o)) continue;
    const provider = o.spec?.provider?.name ?? '';
    if (providers.length > 1 || provider === '' || !s.authorizer(provider)) return 'denied';
  }
  let claims = null;
  if (s.http) {
    try {
      claims = jwt(s, where);
    } catch (error) {
      if (error instanceof Refused) return 'denied';
      throw error;
    }
  }
  const t = { ...s, claims };
  if (by('DENY').some((o) => !dryRun(o) && policyMatches(t, o, 'DENY'))) return 'denied';
  const allows = by('ALLOW').filter((o) => !dryRun(o));
  return allows.length === 0 || allows.some((o) => policyMatches(t, o, 'ALLOW')) ? 'allowed' : 'denied';
}

function jwt(s: Situation, where: 'sidecar' | 'waypoint'): Any {
  const rules = s.objects.filter((o) => o.kind === 'RequestAuthentication' && attaches(s, o, where)).flatMap((o) => o.spec?.jwtRules ?? []);
  if (rules.length === 0 || s.claims === null) return null;
  const mine = rules.filter((r: Any) => r.issuer === s.claims.iss);
  const clean = (a: string) => a.replace(/^https?:\/\//, '').replace(/\/$/, '');
  const fits = mine.find((r: Any) => {
    if ((r.audiences ?? []).length === 0) return true;
    return [s.claims.aud].flat().some((a: Any) => typeof a === 'string' && r.audiences.some((b: string) => clean(a) === clean(b)));
  });
  if (fits === undefined) throw new Refused();
  const out = { ...s.claims };
  for (const k of ['scope', 'permission', ...(fits.spaceDelimitedClaims ?? [])])
    if (typeof out[k] === 'string') out[k] = out[k].split(' ').filter((x: string) => x !== '');
  return out;
}

function policyMatches(s: Situation, o: Any, action: 'ALLOW' | 'DENY'): boolean {
  for (const rule of o.spec?.rules ?? []) {
    if (rule === null) continue;
    let tree: Tree;
    try {
      tree = generate(s, o, rule, action);
    } catch (error) {
      if (error instanceof Skip) continue;
      throw error;
    }
    if (walk(s, tree)) return true;
  }
  return false;
}

class Skip extends Error {}

// --- pilot/pkg/security/authz/model ---

type Tree =
  | { readonly and: readonly Tree[] }
  | { readonly or: readonly Tree[] }
  | { readonly not: Tree }
  | { readonly leaf: (s: Situation) => boolean };

function walk(s: Situation, t: Tree): boolean {
  if ('and' in t) return t.and.every((x) => walk(s, x));
  if ('or' in t) return t.or.some((x) => walk(s, x));
  if ('not' in t) return !walk(s, t.not);
  return t.leaf(s);
}

type Generator = (key: string, value: string) => (s: Situation) => boolean;
interface Entry {
  readonly key: string;
  readonly g: Generator;
  values: readonly string[];
  notValues: readonly string[];
}

function generate(s: Situation, o: Any, rule: Any, action: 'ALLOW' | 'DENY'): Tree {
  const httpOnly = (g: Generator): Generator => {
    if (s.http) return g;
    return () => {
      throw new Skip();
    };
  };
  const basePermission: Entry[] = [];
  const basePrincipal: Entry[] = [];
  const namespaced = serviceAccount(o.metadata.namespace);
  for (const w of rule.when ?? []) {
    const k: string = w.key;
    const add = (to: Entry[], g: Generator) => {
      if ((w.values ?? []).length + (w.notValues ?? []).length > 0)
        to.push({ key: k, g, values: w.values ?? [], notValues: w.notValues ?? [] });
    };
    if (k === 'destination.ip') add(basePermission, ip('podAddress'));
    else if (k === 'destination.port') add(basePermission, destPort);
    else if (k === 'connection.sni') add(basePermission, (_, v) => (c) => str(v)(c.sni));
    else if (k.startsWith('experimental.envoy.filters.')) add(basePermission, filters);
    else if (k === 'source.ip') add(basePrincipal, ip('address'));
    else if (k === 'remote.ip') add(basePrincipal, remoteIp);
    else if (k === 'source.namespace') add(basePrincipal, namespace);
    else if (k === 'source.trustDomain') add(basePrincipal, trustDomain);
    else if (k === 'source.serviceAccount') add(basePrincipal, namespaced);
    else if (k === 'source.principal') add(basePrincipal, principal);
    else if (k === 'request.auth.principal') add(basePrincipal, httpOnly(requestPrincipal));
    else if (k === 'request.auth.audiences')
      add(
        basePrincipal,
        httpOnly((_, v) => (c) => claim(c, ['aud'], v)),
      );
    else if (k === 'request.auth.presenter')
      add(
        basePrincipal,
        httpOnly((_, v) => (c) => claim(c, ['azp'], v)),
      );
    else if (k.startsWith('request.headers')) add(basePrincipal, httpOnly(requestHeader));
    else if (k.startsWith('request.auth.claims')) add(basePrincipal, httpOnly(requestClaim));
    else throw new Skip();
  }
  const front = (list: Entry[], g: Generator, key: string, values: Any, notValues: Any) => {
    if ((values ?? []).length + (notValues ?? []).length > 0) list.unshift({ key, g, values: values ?? [], notValues: notValues ?? [] });
  };
  const principals: Entry[][] = [];
  for (const from of rule.from ?? []) {
    const m = [...basePrincipal];
    const src = from.source ?? {};
    front(m, ip('address'), 'source.ip', src.ipBlocks, src.notIpBlocks);
    front(m, remoteIp, 'remote.ip', src.remoteIpBlocks, src.notRemoteIpBlocks);
    front(m, namespace, 'source.namespace', src.namespaces, src.notNamespaces);
    front(m, trustDomain, 'source.trustDomain', src.trustDomains, src.notTrustDomains);
    front(m, namespaced, 'source.serviceAccount', src.serviceAccounts, src.notServiceAccounts);
    front(m, httpOnly(requestPrincipal), 'request.auth.principal', src.requestPrincipals, src.notRequestPrincipals);
    front(m, principal, 'source.principal', src.principals, src.notPrincipals);
    principals.push(m);
  }
  if ((rule.from ?? []).length === 0) principals.push(basePrincipal);
  const permissions: Entry[][] = [];
  for (const to of rule.to ?? []) {
    const m = [...basePermission];
    const op = to.operation ?? {};
    front(m, destPort, 'destination.port', op.ports, op.notPorts);
    front(m, httpOnly(pathOf), 'path', op.paths, op.notPaths);
    front(
      m,
      httpOnly((_, v) => header(':method', v, false)),
      ':method',
      op.methods,
      op.notMethods,
    );
    front(
      m,
      httpOnly((_, v) => header(':authority', v, true)),
      ':authority',
      op.hosts,
      op.notHosts,
    );
    permissions.push(m);
  }
  if ((rule.to ?? []).length === 0) permissions.push(basePermission);
  const tds = [s.trustDomain, ...s.aliases];
  for (const list of principals)
    for (const e of list) {
      if (e.key === 'source.principal') {
        e.values = replaceTrustDomainAliases(tds, e.values);
        e.notValues = replaceTrustDomainAliases(tds, e.notValues);
      } else if (e.key === 'source.trustDomain') {
        e.values = expandTrustDomainAliases(tds, e.values);
        e.notValues = expandTrustDomainAliases(tds, e.notValues);
      }
    }
  const build = (lists: Entry[][]): Tree => ({
    or: lists.map((list) => {
      const and: Tree[] = [];
      for (const e of list) {
        const or = (values: readonly string[]) => {
          const out: Tree[] = [];
          for (const v of values) {
            try {
              out.push({ leaf: e.g(e.key, v) });
            } catch (error) {
              if (!(error instanceof Skip) || action === 'ALLOW') throw error;
            }
          }
          return out;
        };
        const yes = or(e.values);
        if (yes.length > 0) and.push({ or: yes });
        const no = or(e.notValues);
        if (no.length > 0) and.push({ not: { or: no } });
      }
      return { and };
    }),
  });
  return { and: [build(permissions), build(principals)] };
}

const quoteMeta = (x: string) => x.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
/** RE2's full match, whose dot takes no line break. */
const full = (source: string) => {
  const re = new RegExp(`^(?:${source.replace(/(?<!\\)\.(?=[*+])/g, '[^\\n]')})$`);
  return (x: string) => re.test(x);
};

function str(v: string, prefix = ''): (x: string) => boolean {
  if (v === '*') return full('.+');
  if (v.startsWith('*')) return prefix === '' ? (x) => x.endsWith(v.slice(1)) : full(`${quoteMeta(prefix)}.*${quoteMeta(v.slice(1))}`);
  if (v.endsWith('*')) return (x) => x.startsWith(prefix + v.slice(0, -1));
  return (x) => x === prefix + v;
}

const authenticated = (match: (x: string) => boolean) => (s: Situation) => s.principal !== undefined && match(s.principal);
const principal: Generator = (_, v) => authenticated(str(v, 'spiffe://'));
const namespace: Generator = (_, v) => authenticated(full(`.*/ns/${v.split('*').map(quoteMeta).join('.*')}/.*`));
const serviceAccount =
  (own: string): Generator =>
  (_, v) => {
    const [ns, sa] = v.includes('/') ? [v.slice(0, v.indexOf('/')), v.slice(v.indexOf('/') + 1)] : [own, v];
    return authenticated(full(`spiffe://.+/ns/${quoteMeta(ns)}/(.+/|)sa/${quoteMeta(sa)}(/.+)?`));
  };
const trustDomain: Generator = (_, v) => {
  if (v === '*') return authenticated((x) => x.startsWith('spiffe://'));
  if (!v.includes('*')) return authenticated((x) => x.startsWith(`spiffe://${v}/`));
  const at = v.indexOf('*');
  return authenticated(full(`spiffe://${quoteMeta(v.slice(0, at))}[^/]*${quoteMeta(v.slice(at + 1))}/.*`));
};

interface Range {
  readonly family: 'ipv4' | 'ipv6';
  readonly list: BlockList;
}

function cidr(v: string): Range {
  const [address = '', length] = v.split('/');
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
  const most = family === 'ipv4' ? 32 : 128;
  if (family === undefined || (length !== undefined && !(/^\d+$/.test(length) && Number(length) <= most))) throw new Skip();
  const list = new BlockList();
  list.addSubnet(address, length === undefined ? most : Number(length), family);
  return { family, list };
}
/** Node takes an address of IPv4 for one of IPv6 too; Envoy and ztunnel do not. */
const inside = ({ family, list }: Range, address: string) => family === (isIPv4(address) ? 'ipv4' : 'ipv6') && list.check(address, family);
const ip =
  (of: 'address' | 'podAddress'): Generator =>
  (_, v) => {
    const list = cidr(v);
    return (s) => inside(list, s[of]);
  };
const remoteIp: Generator = (_, v) => {
  const list = cidr(v);
  return (s) => {
    const forwarded = s.http ? s.headers['x-forwarded-for']?.split(',').at(-1)?.trim() : undefined;
    return inside(list, forwarded !== undefined && (isIPv4(forwarded) || isIPv6(forwarded)) ? forwarded : s.address);
  };
};
const destPort: Generator = (_, v) => {
  if (!/^\d+$/.test(v) || Number(v) > 65535) throw new Skip();
  return (s) => s.port === Number(v);
};
const filters: Generator = (k, v) => {
  if (!k.includes('[')) throw new Skip();
  return (s) => s.metadata(k, v);
};

function header(name: string, v: string, ignoreCase: boolean): (s: Situation) => boolean {
  return (s) => {
    const pseudo: Record<string, string> = { ':method': s.method, ':path': s.path, ':authority': s.host };
    const have = name.startsWith(':') ? pseudo[name] : Object.hasOwn(s.headers, name) ? s.headers[name] : undefined;
    if (have === undefined) return false;
    if (v === '*') return true;
    return ignoreCase ? str(v.toLowerCase())(have.toLowerCase()) : str(v)(have);
  };
}
const requestHeader: Generator = (k, v) => {
  const name = k.slice('request.headers'.length);
  if (!name.startsWith('[') || !name.endsWith(']')) throw new Skip();
  const lower = name.slice(1, -1).toLowerCase();
  return header(lower === 'host' ? ':authority' : lower, v, false);
};

const pathOf: Generator = (_, v) => {
  const bare = (s: Situation) => s.path.replace(/[?#].*$/s, '');
  if (!v.includes('{*}') && !v.includes('{**}')) return (s) => str(v)(bare(s));
  const one = "[a-zA-Z0-9\\-._~%!$&'()+,;:@]+";
  const any = "[a-zA-Z0-9\\-._~%!$&'()+,;:@/]*";
  const parts = v.replaceAll('{*}', '*').replaceAll('{**}', '**').split('/');
  const re = new RegExp(`^${parts.map((p) => (p === '**' ? any : p === '*' ? one : quoteMeta(p))).join('/')}$`);
  return (s) => re.test(bare(s));
};

const texts = (v: Any): string[] => (Array.isArray(v) ? v : [v]).filter((x: Any) => typeof x === 'string');
function claim(s: Situation, keys: readonly string[], v: string): boolean {
  let at = s.claims;
  for (const k of keys) at = typeof at === 'object' && at !== null && !Array.isArray(at) && Object.hasOwn(at, k) ? at[k] : undefined;
  return s.claims !== null && texts(at).some(str(v));
}
const requestClaim: Generator = (k, v) => {
  const rest = k.slice('request.auth.claims'.length);
  const keys: string[] = [];
  let begin = 0;
  let nested = true;
  while (begin < rest.length && nested) {
    const end = rest.indexOf(']', begin);
    if (rest[begin] !== '[' || end === -1 || rest.slice(begin + 1, end).includes('[')) nested = false;
    else {
      keys.push(rest.slice(begin + 1, end));
      begin = end + 1;
    }
  }
  if (nested) return (s) => claim(s, keys, v);
  if (!rest.startsWith('[') || !rest.endsWith(']')) throw new Skip();
  return (s) => claim(s, [rest.slice(1, -1)], v);
};
const requestPrincipal: Generator = (_, v) => {
  const idx = v.lastIndexOf('/');
  const found = idx >= 0;
  const iss = found ? v.slice(0, idx) : v;
  const sub = found ? v.slice(idx + 1) : '';
  const any = full('.+');
  let matchIss: (x: string) => boolean;
  let matchSub: (x: string) => boolean;
  if (v === '*') {
    matchIss = any;
    matchSub = any;
  } else if (v.startsWith('*')) {
    if (found) {
      matchIss = iss === '*' ? any : (x) => x.endsWith(iss.replace(/^\*/, ''));
      matchSub = (x) => x === sub;
    } else {
      matchIss = any;
      matchSub = (x) => x.endsWith(v.slice(1));
    }
  } else if (v.endsWith('*')) {
    if (found) {
      matchIss = (x) => x === iss;
      matchSub = sub === '*' ? any : (x) => x.startsWith(sub.replace(/\*$/, ''));
    } else {
      matchIss = (x) => x.startsWith(v.slice(0, -1));
      matchSub = any;
    }
  } else {
    matchIss = (x) => x === iss;
    matchSub = (x) => x === sub;
  }
  return (s) => typeof s.claims?.iss === 'string' && typeof s.claims.sub === 'string' && matchIss(s.claims.iss) && matchSub(s.claims.sub);
};

// --- pilot/pkg/security/trustdomain ---

function replaceTrustDomainAliases(tds: readonly string[], list: readonly string[]): string[] {
  const out: string[] = [];
  const prefixMatch = (a: string, p: string) => p.endsWith('*') && a.startsWith(p.slice(0, -1));
  const suffixMatch = (a: string, p: string) => p.startsWith('*') && a.endsWith(p.slice(1));
  for (const p of list) {
    const parts = p.split('/');
    const td = parts[0] ?? '';
    if (parts.length !== 5 || td === '*') {
      out.push(p);
      continue;
    }
    const known = tds.some(
      (x) => td === x || x === '*' || prefixMatch(td, x) || prefixMatch(x, td) || suffixMatch(td, x) || suffixMatch(x, td),
    );
    if (!known && td !== 'cluster.local') {
      out.push(p);
      continue;
    }
    for (const x of tds) out.push(suffixMatch(x, td) ? p : [x, ...parts.slice(1)].join('/'));
  }
  return out;
}

function expandTrustDomainAliases(tds: readonly string[], list: readonly string[]): string[] {
  return list.flatMap((v) => (tds.includes(v) ? tds : [v]));
}

// --- pilot/pkg/serviceregistry/ambient/authorization.go, ztunnel src/rbac.rs and src/state.rs ---

function ztunnel(s: Situation): Verdict {
  if (s.principal === undefined && deniesPlain(s)) return 'denied';
  const mine = s.objects.filter((o) => {
    if (o.kind !== 'AuthorizationPolicy' || dryRun(o)) return false;
    const ns = o.metadata.namespace;
    if (ns !== s.root && ns !== s.namespace) return false;
    if ((o.spec?.targetRefs ?? []).length > 0 || o.spec?.targetRef !== undefined) return false;
    const sel = o.spec?.selector;
    if (sel === undefined) return true;
    return sel.matchLabels !== undefined && subset(sel.matchLabels, s.labels);
  });
  const run = (o: Any) => (o.spec?.rules ?? []).some((r: Any) => r !== null && ztunnelRule(s, o, r));
  const action = (o: Any) => o.spec?.action ?? 'ALLOW';
  for (const o of mine) if (action(o) === 'DENY' && run(o)) return 'denied';
  const allows = mine.filter((o) => action(o) === 'ALLOW');
  return allows.length === 0 || allows.some(run) ? 'allowed' : 'denied';
}

function ztunnelRule(s: Situation, o: Any, rule: Any): boolean {
  let l7 = false;
  const some = (x: Any) => Array.isArray(x) && x.length > 0;
  const clauses: [string, string[], string[]][][][] = [];
  const lists = (...three: [string, Any, Any][]) =>
    three
      .map(([kind, yes, no]): [string, string[], string[]] => [kind, readable(kind, yes ?? []), readable(kind, no ?? [])])
      .filter(([, yes, no]) => yes.length + no.length > 0);
  if (some(rule.to))
    clauses.push(
      rule.to.map((t: Any) => {
        const op = t.operation ?? {};
        if (['hosts', 'notHosts', 'methods', 'notMethods', 'paths', 'notPaths'].some((k) => some(op[k]))) l7 = true;
        return lists(['port', op.ports, op.notPorts]);
      }),
    );
  if (some(rule.from))
    clauses.push(
      rule.from.map((f: Any) => {
        const src = f.source ?? {};
        if (['remoteIpBlocks', 'notRemoteIpBlocks', 'requestPrincipals', 'notRequestPrincipals'].some((k) => some(src[k]))) l7 = true;
        return lists(
          ['sourceIp', src.ipBlocks, src.notIpBlocks],
          ['namespace', src.namespaces, src.notNamespaces],
          ['account', src.serviceAccounts, src.notServiceAccounts],
          ['principal', src.principals, src.notPrincipals],
        );
      }),
    );
  const known: Record<string, string> = {
    'source.ip': 'sourceIp',
    'source.namespace': 'namespace',
    'source.principal': 'principal',
    'destination.ip': 'destIp',
    'destination.port': 'port',
  };
  for (const w of rule.when ?? []) {
    const kind = Object.hasOwn(known, w.key) ? known[w.key] : undefined;
    if (kind === undefined) l7 = true;
    clauses.push([kind === undefined ? [] : lists([kind, w.values, w.notValues])]);
  }
  if (l7 && (o.spec?.action ?? 'ALLOW') === 'ALLOW') return false;
  const test = ztunnelTest(s, o.metadata.namespace);
  for (const clause of clauses) {
    let hit = false;
    for (const match of clause) {
      if (match.length === 0) continue;
      if (match.every(([k, yes, no]) => (yes.length === 0 || yes.some((v) => test(k, v))) && !no.some((v) => test(k, v)))) hit = true;
    }
    if (!hit) return false;
  }
  return true;
}

function readable(kind: string, list: readonly string[]): string[] {
  return list.filter((v) => {
    if (kind === 'port') return /^\d+$/.test(v) && Number(v) <= 65535;
    if (kind !== 'sourceIp' && kind !== 'destIp') return true;
    try {
      cidr(v);
      return true;
    } catch {
      return false;
    }
  });
}

function ztunnelTest(s: Situation, policyNamespace: string): (kind: string, v: string) => boolean {
  const id = /^spiffe:\/\/([^/]*)\/ns\/([^/]*)\/sa\/([^/]*)$/.exec(s.principal ?? '');
  const text = (v: string, x: string) =>
    v === '*' ? x !== '' : v.startsWith('*') ? x.endsWith(v.slice(1)) : v.endsWith('*') ? x.startsWith(v.slice(0, -1)) : x === v;
  return (kind, v) => {
    switch (kind) {
      case 'port':
        return Number(v) === s.port;
      case 'sourceIp':
        return inside(cidr(v), s.address);
      case 'destIp':
        return inside(cidr(v), s.podAddress);
      case 'namespace':
        return text(v, id?.[2] ?? '');
      case 'principal':
        return id !== null && text(v, (s.principal ?? '').slice('spiffe://'.length));
      default: {
        const [ns, sa] = v.includes('/') ? [v.slice(0, v.indexOf('/')), v.slice(v.indexOf('/') + 1)] : [policyNamespace, v];
        return id !== null && id[2] === ns && id[3] === sa;
      }
    }
  };
}

/** Whether one of the DENY policies that istiod makes of PeerAuthentications denies a client without an identity. */
function deniesPlain(s: Situation): boolean {
  const strict = (o: Any) => o?.spec?.mtls?.mode === 'STRICT';
  const none = (o: Any) => unset(o?.spec?.mtls?.mode);
  const loose = (o: Any) => ['PERMISSIVE', 'DISABLE'].includes(o?.spec?.mtls?.mode);
  const inRoot = s.namespace === s.root;
  const mesh = oldest(of(s, 'PeerAuthentication', s.root).filter((o) => !labelled(o)));
  const ns = inRoot ? undefined : oldest(of(s, 'PeerAuthentication', s.namespace).filter((o) => !labelled(o)));
  const wl = inRoot
    ? undefined
    : oldest(of(s, 'PeerAuthentication', s.namespace).filter((o) => labelled(o) && subset(o.spec.selector.matchLabels, s.labels)));
  let isStrict = mesh !== undefined && strict(mesh);
  if (ns !== undefined && !none(ns)) isStrict = strict(ns);
  if (wl === undefined) return isStrict;
  if (strict(wl)) isStrict = true;
  if (loose(wl)) isStrict = false;
  let own = false;
  const modes = Object.values(wl.spec.portLevelMtls ?? {}).map((p: Any) => p?.mode);
  if (wl.spec.portLevelMtls !== undefined) {
    if (strict(wl)) {
      if (modes.some((m) => m === 'PERMISSIVE' || m === 'DISABLE')) {
        own = true;
        isStrict = false;
      }
    } else if (loose(wl)) {
      if (modes.includes('STRICT')) own = true;
    } else if (isStrict) {
      if (modes.includes('PERMISSIVE')) {
        own = true;
        isStrict = false;
      }
    } else if (modes.includes('STRICT')) own = true;
  }
  if (isStrict) return true;
  if (!own) return false;
  // convertPeerAuthentication
  const nsCfg = oldest(of(s, 'PeerAuthentication', s.namespace).filter((o) => o.spec?.selector === undefined));
  const rootCfg = oldest(of(s, 'PeerAuthentication', s.root).filter((o) => o.spec?.selector === undefined));
  type Match = { plain?: true; port?: number; notPort?: number };
  const groups: Match[][] = [];
  const rules: Match[] = [];
  if (strict(wl)) rules.push({ plain: true });
  let found = false;
  for (const [port, p] of Object.entries<Any>(wl.spec.portLevelMtls)) {
    if (p?.mode === 'STRICT') {
      if (
        strict(wl) ||
        (none(wl) && nsCfg !== undefined && strict(nsCfg)) ||
        ((nsCfg === undefined || none(nsCfg)) && rootCfg !== undefined && strict(rootCfg))
      )
        continue;
      groups.push([{ plain: true, port: Number(port) }]);
    } else if (p?.mode === 'PERMISSIVE' || p?.mode === 'DISABLE') {
      if (loose(wl)) continue;
      if (
        none(wl) &&
        ((nsCfg !== undefined && !strict(nsCfg)) ||
          (nsCfg === undefined && rootCfg !== undefined && !strict(rootCfg)) ||
          (nsCfg === undefined && rootCfg === undefined))
      )
        continue;
      found = true;
      rules.push({ notPort: Number(port) });
    }
  }
  if (strict(wl) && !found) return false;
  if (rules.length === 0 && groups.length === 0) return false;
  let merge = false;
  if (rootCfg !== undefined && strict(rootCfg) && (nsCfg === undefined || none(nsCfg) || strict(nsCfg))) merge = true;
  else if (nsCfg !== undefined && strict(nsCfg)) merge = true;
  if (merge && found) rules.push({ plain: true });
  if (rules.length > 0) groups.push(rules);
  return groups.some((g) =>
    g.every((m) => (m.port === undefined || m.port === s.port) && (m.notPort === undefined || m.notPort !== s.port)),
  );
}
