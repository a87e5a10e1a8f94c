import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HeaderList } from '../../src/lib/headers.ts';
import type { IncomingRequest, Responder } from '../../src/ports/exchange.ts';

export type SynchronousHandler = (request: IncomingRequest, responder: Responder) => void;

export interface RunningServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a synchronous handler over real HTTP on loopback: the body is read whole, then the handler runs. */
export async function serveOnLoopback(handler: SynchronousHandler): Promise<RunningServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => handler(incoming(request, Buffer.concat(chunks)), responderOf(response)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Listening on TCP, so the address is an object with a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function incoming(request: IncomingMessage, body: Uint8Array): IncomingRequest {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) headers.push([request.rawHeaders[i] ?? '', request.rawHeaders[i + 1] ?? '']);
  return {
    method: request.method ?? 'GET',
    path,
    query,
    headers,
    body: (maxBytes) => (body.length > maxBytes ? 'too-large' : body),
  };
}

function responderOf(response: ServerResponse): Responder {
  const begin = (status: number, headers: HeaderList) => response.writeHead(status, headers.flat());
  return {
    send: (status, headers, body) => {
      begin(status, headers);
      response.end(body);
    },
    stream: (status, headers) => {
      begin(status, headers);
      return {
        write: (bytes) => {
          if (response.destroyed) return false;
          response.write(bytes);
          return true;
        },
        end: () => response.end(),
      };
    },
  };
}
