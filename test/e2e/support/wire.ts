import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';

/** An answer as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** One request on a connection of its own, with any Host header. */
export async function ask(url: string, { method = 'GET', headers = {}, body }: AskOptions = {}): Promise<Answer> {
  const request = httpRequest(url, { method, headers, agent: false });
  const answered = once(request, 'response');
  request.end(body);
  const [response]: IncomingMessage[] = await answered;
  if (response === undefined) throw new Error('no response');
  let text = '';
  response.setEncoding('utf8');
  for await (const piece of response) text += piece;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

const MCP_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** Posts a JSON-RPC request, and gives back the message in the answer, whatever its framing. */
export async function callRpc(url: string, method: string, params: object = {}, headers: Readonly<Record<string, string>> = {}) {
  const answer = await ask(`${url}/v1/mcp`, {
    method: 'POST',
    headers: { ...MCP_HEADERS, ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  return { ...answer, message: messageIn(answer.text) };
}

/** The last JSON-RPC message of an answer: the whole body, or the last `data:` line. */
export function messageIn(text: string): unknown {
  const data = text.startsWith('{')
    ? text
    : text
        .split('\n')
        .findLast((line) => line.startsWith('data: '))
        ?.slice('data: '.length);
  return data === undefined || data === '' ? undefined : JSON.parse(data);
}

/** The text of a POST to the endpoint as it goes over the wire. */
export function wirePost(body: string, announced: number = Buffer.byteLength(body)): string {
  const headers = Object.entries(MCP_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /v1/mcp HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${announced}\r\n${headers.join('')}\r\n${body}`;
}

/** A bare connection. Errors on it are what these tests make, and are nobody else's business. */
export async function dial(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** A ping whose JSON has exactly so many bytes. */
export function pingOfSize(bytes: number): string {
  const frame = '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"pad":""}}}';
  return frame.replace('"pad":""', `"pad":"${'x'.repeat(bytes - frame.length)}"`);
}
