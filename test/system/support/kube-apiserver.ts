import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { toolPath } from '../tools/cache.ts';
import { compact, startEtcd } from './etcd.ts';
import { onFreePort } from './ports.ts';
import { run, startProcess } from './process.ts';
import type { Servers } from './servers.ts';
import { until } from './wait.ts';

/** An answer of the API, its body as JSON where it is JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A real API server with RBAC, its etcd, and nothing else: no controller, no scheduler, no node. */
export interface KubeApiServer {
  /** `https://127.0.0.1:PORT` under a certificate that only `caFile` vouches for. */
  readonly url: string;
  readonly caFile: string;
  /** For `--kubeconfig`: full rights. */
  readonly kubeconfig: string;
  /** A bearer token with full rights. */
  readonly adminToken: string;
  /** What tokens of ServiceAccounts are signed with. */
  readonly serviceAccountKeyFile: string;
  /** One call with full rights. A PATCH is a merge patch. */
  readonly call: (method: string, path: string, body?: object) => Promise<ApiAnswer>;
  /** kubectl with full rights; resolves to its output. */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
  /** Applies objects in their order. */
  readonly apply: (objects: readonly object[]) => Promise<void>;
  /** A fresh token of a ServiceAccount, by TokenRequest. */
  readonly token: (namespace: string, serviceAccount: string) => Promise<string>;
  /** Has etcd forget every state of the cluster but the present one, as a cluster does every few minutes. */
  readonly compact: () => Promise<void>;
  /** Ends the API server; etcd goes on until the tests are over. */
  readonly stop: () => Promise<void>;
  /** Starts it again after `stop`, at the same address, with what etcd has. Resolves once it is ready. */
  readonly start: () => Promise<void>;
}

/** Starts etcd and the API server on it, with more options of its own. Resolves once `/readyz` says ok, which includes the built-in roles. */
export async function startKubeApiServer(servers: Servers, options: readonly string[] = []): Promise<KubeApiServer> {
  const etcd = await startEtcd(servers);
  const folder = servers.folder();
  const adminToken = randomBytes(24).toString('base64url');
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicKey = file('sa.pub', keys.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const privateKey = file('sa.key', keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const tokens = file('tokens.csv', `${adminToken},admin,admin,system:masters\n`);

  return onFreePort(async (port) => {
    const args = [
      ...['--etcd-servers', etcd, '--bind-address', '127.0.0.1', '--secure-port', String(port)],
      // Nobody finds it by its Endpoints, and an Endpoints object may not hold a loopback address.
      ...['--advertise-address', '127.0.0.1', '--endpoint-reconciler-type', 'none', '--service-cluster-ip-range', '10.96.0.0/16'],
      // It finds no certificate there, so it makes a CA and a certificate of its own.
      ...['--cert-dir', folder],
      ...['--authorization-mode', 'RBAC', '--token-auth-file', tokens, '--service-account-issuer', 'https://kubernetes.default.svc'],
      ...['--service-account-key-file', publicKey, '--service-account-signing-key-file', privateKey],
      ...options,
    ];
    const launch = () => startProcess(servers, { command: toolPath('kube-apiserver'), args });
    let server = await launch();
    const url = `https://127.0.0.1:${port}`;
    // The server's own certificate, then its CA's.
    const caFile = join(folder, 'apiserver.crt');
    const call = (method: string, path: string, body?: object): Promise<ApiAnswer> =>
      callApi({ url: `${url}${path}`, method, ca: readFileSync(caFile, 'utf8'), token: adminToken, body });
    const ready = () =>
      until('the API server is ready', async () => {
        server.check();
        return (await call('GET', '/readyz')).status === 200 || undefined;
      });
    await ready();

    const kubeconfig = file('kubeconfig.json', JSON.stringify(kubeconfigOf(url, caFile, adminToken)));
    const kubectl = (args: readonly string[], input?: string): Promise<string> =>
      run(toolPath('kubectl'), ['--kubeconfig', kubeconfig, '--cache-dir', join(folder, 'kubectl'), ...args], input);
    return {
      url,
      caFile,
      kubeconfig,
      adminToken,
      serviceAccountKeyFile: privateKey,
      call,
      kubectl,
      apply: async (objects) => {
        await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
      },
      token: async (namespace, serviceAccount) => (await kubectl(['create', 'token', serviceAccount, '-n', namespace])).trim(),
      compact: () => compact(etcd),
      stop: () => server.stop(),
      start: async () => {
        server = await launch();
        await ready();
      },
    };
  });
}

function kubeconfigOf(server: string, caFile: string, token: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': caFile } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  };
}

interface ApiCall {
  readonly url: string;
  readonly method: string;
  readonly ca: string;
  readonly token: string;
  readonly body: object | undefined;
}

/** `fetch` cannot be given a CA; `node:https` can. */
function callApi({ url, method, ca, token, body }: ApiCall): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': contentType }) };
    const outgoing = request(url, { method, ca, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: jsonOr(text) }));
    });
    outgoing.once('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
