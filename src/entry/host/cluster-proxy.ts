import { randomBytes, timingSafeEqual } from 'node:crypto';
import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Listening } from '../../adapters/node/demo-server.ts';
import { explainSocketError } from '../../adapters/node/socket-error.ts';
import type { Authorization, ClusterAccess } from './kubeconfig.ts';

export interface ClusterProxyOptions {
  readonly access: ClusterAccess;
  /** Whether requests that change something are passed on. */
  readonly writes: boolean;
  /** Is told when the cluster or its credentials cannot be had, and when they can again, a line at a time. */
  readonly say: (line: string) => void;
}

/** A proxy that is listening. */
export interface ClusterProxy extends Listening {
  /** Whoever asks it must send this as `Authorization: Bearer`. */
  readonly token: string;
}

const READING = ['GET'];
const WRITING = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const TOKEN_BYTES = 32;

/** What of a request goes on to the cluster. Everything else is between the two ends of the loopback, or the credentials' business. */
const REQUEST_HEADERS: readonly string[] = ['accept', 'content-type', 'content-length', 'if-none-match', 'user-agent'];
/**
 * For whom the component acts, where IMPERSONATE says so. Without these the cluster would take the user of the kubeconfig for the caller, who may do much less. They come from the
 * component alone, for nobody else knows the token; the cluster decides whether its user may do that.
 */
const IMPERSONATION_HEADERS: readonly string[] = ['impersonate-user', 'impersonate-group'];

/** What of an answer concerns its connection alone (RFC 9110 section 7.6.1), or a browser. */
const CONNECTION_HEADERS: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'set-cookie',
];

/**
 * Stands between the component and a cluster, so that the component sees a plain address on the loopback interface and no credentials, whatever the kubeconfig
 * asks for. Answers pass as they come, so that a watch works, and a client that leaves ends the request to the cluster. Only who knows the token is let
 * through: other users of this machine reach the port, too.
 */
export async function startClusterProxy({ access, writes, say }: ClusterProxyOptions): Promise<ClusterProxy> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const methods = writes ? WRITING : READING;
  const told = once(say, `the cluster of the context ${access.context}`);
  const server = http.createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    if (!isSame(headers.authorization ?? '', `Bearer ${token}`)) {
      refuse(response, 401, 'Unauthorized', 'This proxy serves its own host alone.');
    } else if (!methods.includes(method)) {
      response.setHeader('allow', methods.join(', '));
      refuse(response, 405, 'MethodNotAllowed', `This proxy passes on ${methods.join(', ')} alone.`);
    } else if (!url.startsWith('/')) {
      refuse(response, 400, 'BadRequest', 'A path is wanted.');
    } else {
      void forward(request, response, access, told);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      access.close();
    },
  };
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** An answer of our own in the form of the Kubernetes API (kubernetes, apimachinery, meta/v1, Status). */
function refuse(response: ServerResponse, code: number, reason: string, message: string): void {
  const body = JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code });
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Never rejects. */
async function forward(request: IncomingMessage, response: ServerResponse, access: ClusterAccess, told: Told): Promise<void> {
  const acting = impersonationOf(request);
  let authorization: Authorization;
  try {
    authorization = await access.authorize();
  } catch {
    // What a program for credentials printed may be anything.
    told.failed('its credentials cannot be had: does kubectl work with this context?');
    refuse(response, 502, 'BadGateway', 'The host has no credentials for the cluster.');
    return;
  }
  if (acting.length > 0 && Object.keys(authorization.headers).some((name) => /^impersonate-/i.test(name))) {
    refuse(response, 403, 'Forbidden', 'The kubeconfig impersonates somebody already, so nobody else can be impersonated.');
    return;
  }
  pass(request, response, { access, authorization, told, again: request.method === 'GET' });
}

interface Passage {
  readonly access: ClusterAccess;
  readonly authorization: Authorization;
  readonly told: Told;
  /** Whether it is tried once more where the cluster has just closed the kept connection that was chosen: nothing has happened then. */
  readonly again: boolean;
}

function pass(request: IncomingMessage, response: ServerResponse, { access, authorization, told, again }: Passage): void {
  if (response.destroyed) return;
  const upstream = send(request, access.url, authorization);
  // A client that leaves, in the middle or before the answer, ends the request to the cluster.
  response.once('close', () => upstream.destroy());
  upstream.once('response', (answer) => {
    if (answer.statusCode === 401) access.renew();
    told.worked();
    response.writeHead(answer.statusCode ?? 502, passedOn(answer.rawHeaders));
    // A watch sends its head at once and its first event perhaps much later.
    response.flushHeaders();
    // An answer that breaks off must not look complete.
    answer.once('error', () => response.destroy());
    answer.pipe(response);
  });
  upstream.once('error', (error) => {
    if (response.destroyed) return;
    if (again && upstream.reusedSocket && !response.headersSent) {
      pass(request, response, { access, authorization, told, again: false });
      return;
    }
    const why = explainSocketError(error) ?? 'it ended the connection';
    told.failed(why);
    if (response.headersSent) response.destroy();
    else refuse(response, 502, 'BadGateway', `The cluster cannot be reached: ${why}.`);
  });
  request.pipe(upstream);
}

function send(request: IncomingMessage, base: URL, { headers, agent }: Authorization): ClientRequest {
  const own = REQUEST_HEADERS.flatMap((name) => {
    const value = request.headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const acting = Map.groupBy(impersonationOf(request), ([name]) => name);
  return (base.protocol === 'https:' ? https : http).request({
    agent,
    hostname: base.hostname.replace(/^\[|\]$/g, ''),
    port: base.port,
    method: request.method,
    path: base.pathname.replace(/\/$/, '') + request.url,
    headers: {
      ...Object.fromEntries(own),
      // A list stands for a header that is there several times: joined by commas, several groups would be one.
      ...Object.fromEntries([...acting].map(([name, pairs]) => [name, pairs.map(([, value]) => value)])),
      ...headers,
    },
  });
}

/** In the flat form that keeps order and repetitions. */
function passedOn(raw: readonly string[]): string[] {
  return pairsOf(raw)
    .filter(([name]) => !CONNECTION_HEADERS.includes(name.toLowerCase()))
    .flat();
}

function pairsOf(raw: readonly string[]): readonly (readonly [name: string, value: string])[] {
  return Array.from({ length: Math.floor(raw.length / 2) }, (_, index) => [raw[2 * index] ?? '', raw[2 * index + 1] ?? '']);
}

/** With names in lower case. */
function impersonationOf({ rawHeaders }: IncomingMessage): readonly (readonly [name: string, value: string])[] {
  return pairsOf(rawHeaders)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => IMPERSONATION_HEADERS.includes(name));
}

/** Says that something fails when it begins to, and that it works when it does again. */
interface Told {
  readonly failed: (why: string) => void;
  readonly worked: () => void;
}

function once(say: (line: string) => void, what: string): Told {
  let failing = false;
  return {
    failed: (why) => {
      if (!failing) say(`${what} cannot be reached: ${why}`);
      failing = true;
    },
    worked: () => {
      if (failing) say(`${what} answers again`);
      failing = false;
    },
  };
}
