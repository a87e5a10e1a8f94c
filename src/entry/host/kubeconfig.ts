import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https, { type RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Cluster, KubeConfig, User } from '@kubernetes/client-node';
import { parse } from 'yaml';

/** What one request to a cluster needs beside its own. */
export interface Authorization {
  /** Names and values, such as `Authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Makes the connections: with the cluster's CA, a client certificate, through a proxy, as the kubeconfig says. */
  readonly agent: http.Agent;
}

/** A cluster, and how to get in. */
export interface ClusterAccess {
  readonly context: string;
  /** Where its API is, with whatever path it has below its host. */
  readonly url: URL;
  /** Asks for a token where the kubeconfig has a program or a provider for that. Rejects with whatever went wrong there. */
  readonly authorize: () => Promise<Authorization>;
  /** The credentials were refused: they are read and asked for anew, though not in a hurry. */
  readonly renew: () => void;
  readonly close: () => void;
}

/** After a renewal, refused credentials are used for so long: a program that asks a person must not ask all the time. */
const RENEW_MS = 5_000;

/** The files of a kubeconfig by kubectl's rule: the one that is named, else those in KUBECONFIG, else `~/.kube/config` (client-go, clientcmd, ClientConfigLoadingRules). */
export function kubeconfigFiles(
  named: string | undefined,
  { KUBECONFIG, HOME = homedir() }: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  if (named !== undefined) return [named];
  const listed = (KUBECONFIG ?? '').split(path.delimiter).filter((file) => file !== '');
  return listed.length > 0 ? listed : [path.join(HOME, '.kube/config')];
}

/**
 * Opens a context of a kubeconfig, the current one where none is named. Rejects with an error fit for a user, which names contexts and files and shows
 * nothing else of what is in them.
 */
export async function openKubeconfig(files: readonly string[], wanted?: string): Promise<ClusterAccess> {
  const config = await load(files);
  const names = config.contexts.map(({ name }) => name);
  const has = names.length === 0 ? 'It has none.' : `It has: ${names.join(', ')}.`;
  const context = wanted ?? config.currentContext;
  if (context === undefined || context === '') throw new Error(`the kubeconfig has no current context: choose one with --context. ${has}`);
  if (!names.includes(context)) throw new Error(`the kubeconfig has no context named ${context}. ${has}`);
  return new KubeconfigAccess(files, context, await select(config, context));
}

/** What one kubeconfig, or several together, have. */
interface Contents extends Pick<KubeConfig, 'clusters' | 'users' | 'contexts'> {
  readonly currentContext: string | undefined;
}

/** Reads the files and puts them together: of two entries with one name the first counts, and so does the first current context. */
async function load(files: readonly string[]): Promise<Contents> {
  const parts: Contents[] = [];
  for (const file of files) {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENOENT' && files.length > 1) continue;
      throw new Error(
        code === 'ENOENT'
          ? `there is no kubeconfig ${file}: name one with --kubeconfig, or in KUBECONFIG`
          : `the kubeconfig ${file} cannot be read (${code})`,
      );
    }
    parts.push(await contentsOf(text, file));
  }
  if (parts.length === 0) throw new Error(`none of the files in KUBECONFIG is there: ${files.join(', ')}`);
  return {
    clusters: firstOfEach(parts.flatMap((part) => part.clusters)),
    users: firstOfEach(parts.flatMap((part) => part.users)),
    contexts: firstOfEach(parts.flatMap((part) => part.contexts)),
    currentContext: parts.map((part) => part.currentContext).find((name) => name !== undefined && name !== ''),
  };
}

function firstOfEach<Named extends { readonly name: string }>(entries: readonly Named[]): Named[] {
  return entries.filter(({ name }, index) => entries.findIndex((other) => other.name === name) === index);
}

async function contentsOf(text: string, file: string): Promise<Contents> {
  // Takes a moment to load: only where it is used.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const folder = path.dirname(path.resolve(file));
  let raw: unknown;
  try {
    raw = parse(text);
    config.loadFromString(text);
  } catch {
    // The parsers' errors quote lines, and a line may be a token.
    throw new Error(`${file} is no kubeconfig`);
  }
  config.makePathsAbsolute(folder);
  const users = config.users.map((user) => complete(user, raw, folder));
  return { clusters: config.clusters, users, contexts: config.contexts, currentContext: config.currentContext };
}

/** What client-node leaves out of a user: `tokenFile`, and that the path of a program is relative to the kubeconfig (client-go, clientcmd, ResolveLocalPaths). */
function complete(user: User, raw: unknown, folder: string): User {
  const tokenFile = fieldOf(itemNamed(fieldOf(raw, 'users'), user.name), 'user', 'tokenFile');
  const command = fieldOf(user.exec, 'command');
  if (typeof tokenFile === 'string' && tokenFile !== '') {
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: path.resolve(folder, tokenFile) } } };
  }
  return typeof command === 'string' && command.includes(path.sep) && !path.isAbsolute(command)
    ? { ...user, exec: { ...user.exec, command: path.join(folder, command) } }
    : user;
}

function itemNamed(list: unknown, name: string): unknown {
  return Array.isArray(list) ? list.find((item) => fieldOf(item, 'name') === name) : undefined;
}

function fieldOf(value: unknown, ...names: readonly string[]): unknown {
  let at = value;
  for (const name of names)
    at = typeof at === 'object' && at !== null && name in at ? (at as Readonly<Record<string, unknown>>)[name] : undefined;
  return at;
}

/** One context of a kubeconfig. */
interface Selected {
  readonly config: KubeConfig;
  readonly url: URL;
}

async function select(contents: Contents, name: string): Promise<Selected> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const context = contents.contexts.find((candidate) => candidate.name === name);
  const cluster = contents.clusters.find((candidate) => candidate.name === context?.cluster);
  const user = contents.users.find((candidate) => candidate.name === context?.user);
  if (context === undefined || cluster === undefined || user === undefined) {
    throw new Error(`the context ${name} names a cluster or a user that the kubeconfig does not have`);
  }
  const url = URL.parse(cluster.server);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new Error(`the cluster of the context ${name} has no http or https address`);
  const config = new KubeConfig();
  config.loadFromOptions({
    contexts: [context],
    // client-node refuses plain HTTP unless TLS need not be verified, which it has not; kubectl takes it.
    clusters: [url.protocol === 'http:' ? { ...cluster, skipTLSVerify: true } : cluster],
    users: [user.exec ? { ...user, exec: informed(user.exec, cluster) } : user],
    currentContext: name,
  });
  return { config, url };
}

/** A program for credentials is told in its environment what it is asked for (client-go, plugin/pkg/client/auth/exec), which client-node does not do. */
function informed(exec: object, cluster: Cluster): object {
  const env = fieldOf(exec, 'env');
  const info = {
    kind: 'ExecCredential',
    apiVersion: fieldOf(exec, 'apiVersion') ?? 'client.authentication.k8s.io/v1',
    spec: {
      interactive: false,
      ...(fieldOf(exec, 'provideClusterInfo') === true && {
        cluster: {
          server: cluster.server,
          'tls-server-name': cluster.tlsServerName,
          'insecure-skip-tls-verify': cluster.skipTLSVerify,
          'certificate-authority-data': cluster.caData,
        },
      }),
    },
  };
  return { ...exec, env: [...(Array.isArray(env) ? env : []), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }] };
}

class KubeconfigAccess implements ClusterAccess {
  readonly context: string;
  readonly #files: readonly string[];
  readonly #agents = new Map<string, http.Agent>();
  #selected: Selected;
  /** Many requests at once ask for credentials once. */
  #authorizing: Promise<Authorization> | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #refused = false;

  constructor(files: readonly string[], context: string, selected: Selected) {
    this.context = context;
    this.#files = files;
    this.#selected = selected;
  }

  get url(): URL {
    return this.#selected.url;
  }

  authorize(): Promise<Authorization> {
    this.#authorizing ??= this.#authorize().finally(() => {
      this.#authorizing = undefined;
    });
    return this.#authorizing;
  }

  renew(): void {
    this.#refused = true;
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  async #authorize(): Promise<Authorization> {
    if (this.#refused && performance.now() - this.#renewedAt >= RENEW_MS) {
      this.#renewedAt = performance.now();
      this.#refused = false;
      // With it goes every token that was kept.
      this.#selected = await select(await load(this.#files), this.context);
    }
    const options: RequestOptions = { headers: {} };
    await this.#selected.config.applyToHTTPSOptions(options);
    const headers = Object.fromEntries(Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value)]));
    if (typeof options.auth === 'string') headers.Authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    return { headers, agent: this.#agent(options) };
  }

  /** client-node keeps its agent, and with that the client certificate, for ever. Where no proxy is in between we make our own, one for each certificate. */
  #agent(options: RequestOptions): http.Agent {
    if (this.#selected.config.getCurrentCluster()?.proxyUrl !== undefined && options.agent instanceof http.Agent) return options.agent;
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    const identity = JSON.stringify([this.url.protocol, ca, cert, key, servername, rejectUnauthorized].map((part) => String(part)));
    const known = this.#agents.get(identity);
    if (known !== undefined) return known;
    const tls = Object.fromEntries(
      Object.entries({ ca, cert, key, servername, rejectUnauthorized }).filter(([, value]) => value !== undefined),
    );
    const agent = this.url.protocol === 'http:' ? new http.Agent({ keepAlive: true }) : new https.Agent({ keepAlive: true, ...tls });
    this.#agents.set(identity, agent);
    return agent;
  }
}
