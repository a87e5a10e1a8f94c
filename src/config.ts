import { MeshError } from './lib/errors.ts';
import { parseNetwork } from './lib/ip.ts';
import { parseRoleRules, type RoleRule } from './lib/roles.ts';
import { DEFAULT_POLICIES } from './policy/objects/linkerd-words.ts';
import type { ConfigSource } from './ports/config.ts';

/** Groups of tools that can be switched off together. */
export const TOOLSETS = ['petstore', 'graph', 'policy', 'change'] as const;
export type Toolset = (typeof TOOLSETS)[number];

/** One option: its text in, its value out. `parse` throws an Error that says what would have been right. */
export interface Option<Value> {
  readonly name: string;
  /** What the documentation calls the type. */
  readonly type: string;
  /** As text, the way a user would set it; empty means unset. */
  readonly default: string;
  readonly description: string;
  /** Never printed, logged or answered. */
  readonly secret: boolean;
  readonly parse: (text: string) => Value;
}

function option<Value>(name: string, type: string, fallback: string, description: string, parse: (text: string) => Value): Option<Value> {
  return { name, type, default: fallback, description, secret: false, parse };
}

const text = (name: string, fallback: string, description: string): Option<string> =>
  option(name, 'text', fallback, description, (value) => value);

const secret = (name: string, description: string): Option<string> => ({
  ...option(name, 'secret', '', description, (value) => {
    if (/[^\x21-\x7e]/.test(value)) throw new Error('printable ASCII without spaces or line breaks');
    return value;
  }),
  secret: true,
});

const integer = (name: string, fallback: number, low: number, high: number, description: string): Option<number> =>
  option(name, `integer, ${low} to ${high}`, String(fallback), description, (value) => {
    const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= low && number <= high)) throw new Error(`a whole number from ${low} to ${high}`);
    return number;
  });

const list = (name: string, fallback: string, description: string): Option<readonly string[]> =>
  option(name, 'list, separated by commas', fallback, description, splitList);

function splitList(value: string): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Scheme, host, optional port, optional path; no credentials, query or fragment. IPv6 hosts stand in brackets. */
const BASE_URL = /^https?:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:\/[A-Za-z0-9/._~%-]*)?$/;

const baseUrl = (name: string, fallback: string, description: string): Option<string> =>
  option(name, 'URL', fallback, description, (value) => {
    if (value !== '' && !BASE_URL.test(value)) throw new Error('http://host[:port][/path] or https://…, without user, query or fragment');
    return value.replace(/\/+$/, '');
  });

const optionalBaseUrl = (name: string, description: string): Option<string> => baseUrl(name, '', description);

/** RFC 1123 label, as the API server wants namespaces. */
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

const namespace = (name: string, fallback: string, description: string): Option<string> =>
  option(name, 'namespace', fallback, description, (value) => {
    if (!NAMESPACE.test(value)) throw new Error('the name of a namespace');
    return value;
  });

const namespaceList = (name: string, description: string): Option<readonly string[]> =>
  option(name, 'list, separated by commas', '', description, (value) => {
    const names = [...new Set(splitList(value))];
    if (!names.every((each) => NAMESPACE.test(each))) throw new Error('names of namespaces, separated by commas');
    return names;
  });

const networkList = (name: string, fallback: string, description: string): Option<readonly string[]> =>
  option(name, 'list of networks, separated by commas', fallback, description, (value) => {
    const networks = splitList(value);
    if (!networks.every((each) => parseNetwork(each) !== undefined)) throw new Error('networks such as 10.0.0.0/8, separated by commas');
    return networks;
  });

const domain = (name: string, fallback: string, description: string): Option<string> =>
  option(name, 'domain', fallback, description, (value) => {
    if (!/^[A-Za-z0-9](?:[-A-Za-z0-9._]{0,251}[A-Za-z0-9])?$/.test(value)) throw new Error('a domain, such as cluster.local');
    return value;
  });

/** The alphabet that Mimir takes (Mimir, "About tenant IDs"). */
const tenant = (name: string, description: string): Option<string> =>
  option(name, 'text', '', description, (value) => {
    if (!/^[A-Za-z0-9!\-_.*'()|]{0,150}$/.test(value)) throw new Error("at most 150 letters, digits and !-_.*'()|");
    return value;
  });

/** A Prometheus duration of one unit. */
const duration = (name: string, fallback: string, description: string): Option<string> =>
  option(name, 'duration', fallback, description, (value) => {
    if (!/^[1-9]\d{0,4}[smh]$/.test(value)) throw new Error('a number with s, m or h, such as 1m');
    return value;
  });

const oneOf = <const Choice extends string>(
  name: string,
  choices: readonly Choice[],
  fallback: Choice,
  description: string,
): Option<Choice> =>
  option(name, choices.join(' | '), fallback, description, (value) => {
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw new Error(`one of ${choices.join(', ')}`);
    return choice;
  });

/** The signatures that are taken (RFC 7518 section 3.1, RFC 8037 section 3.1). */
export const ALGORITHMS = ['ES256', 'RS256', 'EdDSA'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

const roleRules = (name: string, description: string): Option<readonly RoleRule[]> =>
  option(name, 'rules', '', description, parseRoleRules);

/** A `StringOrURI` (RFC 7519 section 2), compared letter by letter. */
const issuer = (name: string, description: string): Option<string> =>
  option(name, 'text', '', description, (value) => {
    if (!/^[\x21\x23-\x5b\x5d-\x7e]{0,512}$/.test(value)) throw new Error('the issuer exactly as its tokens have it, usually https://…');
    return value;
  });

const claimName = (name: string, fallback: string, description: string): Option<string> =>
  option(name, 'text', fallback, description, (value) => {
    if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(value)) throw new Error('the name of a claim');
    return value;
  });

/** Every option of the component. This table makes the parsing, the error for bad keys, and docs/configuration.md. */
export const OPTIONS = {
  petstoreUrl: baseUrl('PETSTORE_URL', 'http://petstore.petstore.svc.cluster.local:8080/api/v3', 'Base URL of the Petstore API.'),
  petstoreApiKey: secret('PETSTORE_API_KEY', 'Sent to the Petstore as `api_key`, and to no other origin.'),
  petstoreToken: secret('PETSTORE_TOKEN', 'Sent to the Petstore as `Authorization: Bearer`, and to no other origin.'),
  kubernetesUrl: baseUrl(
    'KUBERNETES_URL',
    'https://kubernetes.default.svc',
    'Base URL of the Kubernetes API; where the host does not trust the cluster’s CA, that of a `kubectl proxy`.',
  ),
  kubernetesToken: secret('KUBERNETES_TOKEN', 'ServiceAccount token for the Kubernetes API; leave it unset behind a `kubectl proxy`.'),
  kubernetesTokenFrom: text(
    'KUBERNETES_TOKEN_FROM',
    '',
    'Name under which the host gives that token, where it is not KUBERNETES_TOKEN: `token` for a Secret of type `kubernetes.io/service-account-token`.',
  ),
  namespaces: namespaceList('NAMESPACES', 'Only these namespaces are read, for rights that are limited to some; empty means all.'),
  linkerdNamespace: namespace('LINKERD_NAMESPACE', 'linkerd', 'Namespace of Linkerd’s control plane.'),
  linkerdTrustDomain: domain('LINKERD_TRUST_DOMAIN', 'cluster.local', 'Trust domain in Linkerd’s workload identities.'),
  linkerdDefaultInboundPolicy: oneOf(
    'LINKERD_DEFAULT_INBOUND_POLICY',
    DEFAULT_POLICIES,
    'all-unauthenticated',
    'What Linkerd’s proxies do with ports that no Server selects: `proxy.defaultInboundPolicy` of its chart.',
  ),
  linkerdClusterNetworks: networkList(
    'LINKERD_CLUSTER_NETWORKS',
    '10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16,fd00::/8',
    'The networks of the cluster, as Linkerd knows them: `clusterNetworks` of its chart.',
  ),
  linkerdProbeNetworks: networkList(
    'LINKERD_PROBE_NETWORKS',
    '0.0.0.0/0,::/0',
    'The networks that the kubelet’s probes come from: `policyController.probeNetworks` of Linkerd’s chart.',
  ),
  istioRootNamespace: namespace('ISTIO_ROOT_NAMESPACE', 'istio-system', 'Istio’s root namespace, whose policies hold for the whole mesh.'),
  istioTrustDomain: domain('ISTIO_TRUST_DOMAIN', 'cluster.local', 'Trust domain in Istio’s SPIFFE ids.'),
  istioTrustDomainAliases: list(
    'ISTIO_TRUST_DOMAIN_ALIASES',
    '',
    'Other trust domains that Istio’s policies hold as the same: `meshConfig.trustDomainAliases`.',
  ),
  prometheusUrl: optionalBaseUrl('PROMETHEUS_URL', 'Base URL of the Prometheus API; without it the graph has no traffic.'),
  prometheusToken: secret('PROMETHEUS_TOKEN', 'Sent to Prometheus as `Authorization: Bearer`.'),
  prometheusUser: text('PROMETHEUS_USER', '', 'User for basic authentication to Prometheus, where no token is set.'),
  prometheusPassword: secret('PROMETHEUS_PASSWORD', 'Password for basic authentication to Prometheus.'),
  prometheusTenant: tenant('PROMETHEUS_TENANT', 'Tenant of Thanos or Mimir, sent as `X-Scope-OrgID`.'),
  collectToken: secret(
    'COLLECT_TOKEN',
    'Whoever calls `/v1/collect` must send it as `Authorization: Bearer`; without it nobody may, since a run costs the cluster work.',
  ),
  collectWindowMs: integer('COLLECT_WINDOW_MS', 10_000, 0, 60_000, 'How long one run of the collector watches, in milliseconds.'),
  collectSyncMs: integer(
    'COLLECT_SYNC_MS',
    60_000,
    1_000,
    600_000,
    'How long a run may take where it has to list the cluster anew, in milliseconds.',
  ),
  trafficIntervalMs: integer('TRAFFIC_INTERVAL_MS', 15_000, 1_000, 600_000, 'How often Prometheus is asked for traffic, in milliseconds.'),
  trafficWindow: duration('TRAFFIC_WINDOW', '1m', 'The window of all rates. Less than four scrape intervals gives gaps.'),
  selfWorkload: option(
    'SELF_WORKLOAD',
    'namespace/Kind/name',
    '',
    'The workload that serves this component, such as `mesh-mcp/Deployment/hostgroup`: a change in its namespace, or one that would cut it off, must be accepted by name.',
    (value) => {
      if (!/^$|^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\/[A-Z][A-Za-z0-9]{0,62}\/[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/.test(value))
        throw new Error('namespace/Kind/name, such as mesh-mcp/Deployment/hostgroup');
      return value;
    },
  ),
  deltaRing: integer('DELTA_RING', 512, 16, 10_000, 'How many changes of the graph are kept for `watch_mesh_graph`.'),
  toolsets: option(
    'TOOLSETS',
    `list of ${TOOLSETS.join(', ')}`,
    'petstore,graph,policy',
    'Which groups of tools are offered; `change` lets them change the mesh.',
    (value) => {
      const names = splitList(value);
      const known = TOOLSETS.filter((toolset) => names.includes(toolset));
      if (known.length !== new Set(names).size) throw new Error(`names out of ${TOOLSETS.join(', ')}`);
      return known;
    },
  ),
  anonymousRole: oneOf(
    'ANONYMOUS_ROLE',
    ['none', 'viewer', 'operator', 'admin'],
    'none',
    'What callers may do who show neither a token nor a mesh identity: nothing, read, also change, everything. See docs/access.md.',
  ),
  roles: roleRules(
    'ROLES',
    'Who has which role, by token or mesh identity: `viewer=sub:*; operator@shop,pay=group:sre; admin=scope:mesh:admin`.',
  ),
  publicUrl: optionalBaseUrl(
    'PUBLIC_URL',
    'Base URL under which clients reach this server, for OAuth’s metadata; without it, what the request’s Host and X-Forwarded-Proto say.',
  ),
  jwtIssuer: issuer(
    'JWT_ISSUER',
    'Issuer of the tokens that are taken, as in their `iss`; empty takes none. Needs JWT_AUDIENCE, JWKS_URL and ROLES.',
  ),
  jwtAudience: list('JWT_AUDIENCE', '', 'A token must be for one of these: its `aud`. Usually this server’s URL, `https://…/v1/mcp`.'),
  jwksUrl: optionalBaseUrl(
    'JWKS_URL',
    'Where the issuer’s public keys are: `jwks_uri` in its metadata. Everything rests on this answer, so https where it leaves the mesh.',
  ),
  jwtAlgorithms: option(
    'JWT_ALGORITHMS',
    `list of ${ALGORITHMS.join(', ')}`,
    ALGORITHMS.join(','),
    'Which signatures are taken.',
    (value) => {
      const names = splitList(value);
      const known = ALGORITHMS.filter((algorithm) => names.includes(algorithm));
      if (known.length === 0 || known.length !== new Set(names).size) throw new Error(`names out of ${ALGORITHMS.join(', ')}`);
      return known;
    },
  ),
  jwtLeewayMs: integer('JWT_LEEWAY_MS', 60_000, 0, 300_000, 'By how much the clocks of issuer and server may differ, in milliseconds.'),
  jwtGroupsClaim: claimName(
    'JWT_GROUPS_CLAIM',
    'groups',
    'Claim with the names of groups or roles; dots lead into objects: `realm_access.roles`.',
  ),
  trustedIdentityHeader: oneOf(
    'TRUSTED_IDENTITY_HEADER',
    ['none', 'l5d-client-id', 'xfcc'],
    'none',
    'Header in which a mesh says who calls: Linkerd’s `l5d-client-id`, or Envoy’s `x-forwarded-client-cert`. Needs ROLES and a TRUSTED_HOP.',
  ),
  trustedHop: oneOf(
    'TRUSTED_HOP',
    ['secret', 'mesh-proxy'],
    'secret',
    'Why that header is believed: the hop that sets it sends TRUSTED_HOP_SECRET; or nothing reaches this server but through a mesh proxy that sets or removes it.',
  ),
  trustedHopSecret: secret('TRUSTED_HOP_SECRET', 'What the trusted hop sends as `x-mesh-mcp-hop`.'),
  trustedHopIdentity: text(
    'TRUSTED_HOP_IDENTITY',
    '',
    'SPIFFE id of the trusted hop: what `By` says in the last element of `x-forwarded-client-cert`.',
  ),
  impersonate: oneOf(
    'IMPERSONATE',
    ['off', 'user'],
    'off',
    'Whether changes are made in the Kubernetes API as the caller (`Impersonate-User`), or as this server.',
  ),
  impersonatePrefix: option(
    'IMPERSONATE_PREFIX',
    'text',
    '',
    'Stands before the names of users and groups that are impersonated, such as `oidc:`.',
    (value) => {
      if (!/^(?:[A-Za-z0-9][-A-Za-z0-9._:/#]{0,63})?$/.test(value) || value.toLowerCase().startsWith('system:'))
        throw new Error('at most 64 letters, digits and -._:/#, not system:');
      return value;
    },
  ),
  allowedHosts: list(
    'ALLOWED_HOSTS',
    'localhost,127.0.0.1,[::1],*.localhost.cosmonic.sh',
    'Hosts a request may be addressed to (its `Host` header, port aside). `*.example.com` admits every name below it; `*` admits all.',
  ),
  allowedOrigins: list(
    'ALLOWED_ORIGINS',
    'localhost,127.0.0.1,[::1],*.localhost.cosmonic.sh',
    'Hosts whose pages may call this server from a browser (the `Origin` header, scheme and port aside), written as in ALLOWED_HOSTS. Requests without an Origin are not affected.',
  ),
  maxBodyBytes: integer('MAX_BODY_BYTES', 4_194_304, 1024, 67_108_864, 'Largest request body taken, in bytes; more is answered 413.'),
  maxJsonDepth: integer('MAX_JSON_DEPTH', 64, 8, 512, 'Deepest nesting taken in a JSON request.'),
  maxBatch: integer('MAX_BATCH', 20, 1, 1000, 'Most messages taken in one JSON-RPC batch (protocol 2025-03-26 and older).'),
  maxAnswerCharacters: integer(
    'MAX_ANSWER_CHARACTERS',
    40_000,
    2_000,
    1_000_000,
    'Longest text of one tool answer; what is longer is cut, and the answer says how to ask for the rest.',
  ),
  upstreamTimeoutMs: integer('UPSTREAM_TIMEOUT_MS', 10_000, 100, 120_000, 'Time for one call to an upstream, in milliseconds.'),
  keyvalueBucket: text(
    'KEYVALUE_BUCKET',
    'default',
    'Identifier of the wasi:keyvalue bucket; `(empty)` stands for the empty identifier that `wasmtime serve` wants. Deployments with different rights in a cluster must not share one.',
  ),
  logLevel: oneOf('LOG_LEVEL', ['debug', 'info', 'warn', 'error'], 'info', 'Least severity that is logged.'),
} as const satisfies Record<string, Option<unknown>>;

/** The parsed options. A secret that is not set is the empty text. */
export type Config = { readonly [Key in keyof typeof OPTIONS]: ReturnType<(typeof OPTIONS)[Key]['parse']> };

const ENTRIES = Object.entries<Option<unknown>>(OPTIONS);

// Parsed once, at build time: most deployments set a handful of options, and a request should pay for those alone.
const DEFAULTS = Object.fromEntries(ENTRIES.map(([key, { parse, default: fallback }]) => [key, parse(fallback)]));

/** A host that hands over the keys of a Secret cannot rename them, so the token may have a name that another option gives. */
function elsewhere(name: string, source: ConfigSource): string {
  if (name !== OPTIONS.kubernetesToken.name) return '';
  const from = source.get(OPTIONS.kubernetesTokenFrom.name)?.trim() ?? '';
  return from === '' ? '' : (source.get(from)?.trim() ?? '');
}

/**
 * Reads every option. One error names all the bad ones and what each should have been; it shows no values, since
 * it also goes to whoever asks the misconfigured server.
 * An option that is set to the empty text counts as unset.
 */
export function parseConfig(source: ConfigSource): Config {
  const values: Record<string, unknown> = { ...DEFAULTS };
  const problems: string[] = [];
  for (const [key, { name, parse }] of ENTRIES) {
    const given = (source.get(name) ?? '').trim() || elsewhere(name, source);
    if (given === '') continue;
    try {
      values[key] = parse(given);
    } catch (error) {
      problems.push(`${name} must be ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (problems.length > 0) throw new MeshError('invalid', `Configuration: ${problems.join('; ')}.`);
  // Each value came from the parse function of its own key, so the record has exactly the shape that Config derives from the table.
  const config = values as Config;
  const contradiction = contradictionIn(config);
  if (contradiction !== undefined) throw new MeshError('invalid', `Configuration: ${contradiction}.`);
  return config;
}

/** Who may do what is never half configured. */
function contradictionIn(config: Config): string | undefined {
  if (config.jwtIssuer !== '') {
    if (config.jwtAudience.length === 0) return 'JWT_ISSUER needs JWT_AUDIENCE: a token for somebody else must not be taken here';
    if (config.jwksUrl === '') return 'JWT_ISSUER needs JWKS_URL, where its public keys are';
    if (config.roles.length === 0) return 'JWT_ISSUER needs ROLES, which say what its users may do; viewer=sub:* lets all of them read';
  } else if (config.jwtAudience.length > 0 || config.jwksUrl !== '') {
    return 'JWT_AUDIENCE and JWKS_URL need JWT_ISSUER';
  }
  if (config.trustedIdentityHeader === 'none') return undefined;
  if (config.roles.length === 0) return 'TRUSTED_IDENTITY_HEADER needs ROLES, which say what those callers may do';
  if (config.trustedHop === 'secret' && config.trustedHopSecret === '') {
    return 'TRUSTED_IDENTITY_HEADER needs TRUSTED_HOP_SECRET, or TRUSTED_HOP=mesh-proxy where nothing else reaches this server';
  }
  if (config.trustedIdentityHeader === 'xfcc' && config.trustedHop === 'mesh-proxy' && config.trustedHopIdentity === '') {
    return 'TRUSTED_IDENTITY_HEADER=xfcc with TRUSTED_HOP=mesh-proxy needs TRUSTED_HOP_IDENTITY';
  }
  return undefined;
}
