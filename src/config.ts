import { MeshError } from './lib/errors.ts';
import type { ConfigSource } from './ports/config.ts';

/** Groups of tools that can be switched off together. */
export const TOOLSETS = ['petstore', 'graph'] as const;
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
  istioRootNamespace: namespace('ISTIO_ROOT_NAMESPACE', 'istio-system', 'Istio’s root namespace, whose policies hold for the whole mesh.'),
  istioTrustDomain: domain('ISTIO_TRUST_DOMAIN', 'cluster.local', 'Trust domain in Istio’s SPIFFE ids.'),
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
  deltaRing: integer('DELTA_RING', 512, 16, 10_000, 'How many changes of the graph are kept for `watch_mesh_graph`.'),
  toolsets: option('TOOLSETS', `list of ${TOOLSETS.join(', ')}`, TOOLSETS.join(','), 'Which groups of tools are offered.', (value) => {
    const names = splitList(value);
    const known = TOOLSETS.filter((toolset) => names.includes(toolset));
    if (known.length !== new Set(names).size) throw new Error(`names out of ${TOOLSETS.join(', ')}`);
    return known;
  }),
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
  return values as Config;
}
