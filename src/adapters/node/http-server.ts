import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { HostRequest, ResponseSink } from './exchange.ts';
import type { WireHeaders } from './protocol.ts';
import { rawHeaders, wireHeaders } from './upstream-call.ts';

/**
 * How much of a request's body is still taken when the answer is out already: enough that a client in the middle of an upload reads the answer
 * instead of seeing its connection reset, and bounded.
 */
const LINGER_BYTES = 16_777_216;
const LINGER_MS = 5_000;

/** The time for a whole request to arrive: until then its body holds an instance. */
const REQUEST_MS = 60_000;

/** Hands every request of a node:http server to `run`. */
export function componentServer(run: (request: HostRequest, sink: ResponseSink) => void): Server {
  return createServer({ requestTimeout: REQUEST_MS }, (message, response) => run(hostRequest(message), serverSink(message, response)));
}

function hostRequest(message: IncomingMessage): HostRequest {
  const hasBody = message.headers['content-length'] !== undefined || message.headers['transfer-encoding'] !== undefined;
  return {
    method: message.method ?? 'GET',
    scheme: 'HTTP',
    authority: message.headers.host,
    pathWithQuery: message.url ?? '/',
    headers: wireHeaders(message.rawHeaders),
    body: hasBody && message.headers['content-length'] !== '0' ? message : undefined,
  };
}

function serverSink(message: IncomingMessage, response: ServerResponse): ResponseSink {
  let announced: number | undefined;
  let written = 0;
  return {
    head: (status, headers) => {
      announced = announcedLength(message, status, headers);
      response.writeHead(status, rawHeaders(headers));
      // The head travels with the first piece of the body; where none comes in this turn, it goes alone.
      setImmediate(() => {
        if (!response.writableEnded && !response.destroyed && written === 0) response.flushHeaders();
      });
    },
    write: (bytes, taken) => {
      written += bytes.length;
      response.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), (error) => {
        if (!error) taken();
      });
    },
    end: () => {
      if (announced !== undefined && announced !== written) response.destroy();
      else response.end();
      linger(message);
    },
    breakOff: () => response.destroy(),
    onLeft: (listener) => {
      if (response.destroyed && !response.writableFinished) listener();
      else {
        response.once('close', () => {
          if (!response.writableEnded) listener();
        });
      }
    },
  };
}

/** The body's length where one must come, by RFC 9110 section 6.4.1: not after HEAD, nor with 204 and 304. */
function announcedLength(message: IncomingMessage, status: number, headers: WireHeaders): number | undefined {
  const header = headers.find(([name]) => name === 'content-length')?.[1];
  const bodiless = message.method === 'HEAD' || status === 204 || status === 304;
  return header === undefined || bodiless ? undefined : Number(Buffer.from(header).toString('latin1'));
}

/** Reads and drops what is left of a request's body, so that the connection can be used again or closed in peace. */
function linger(message: IncomingMessage): void {
  if (message.readableEnded || message.destroyed) return;
  let dropped = 0;
  const timer = setTimeout(() => message.destroy(), LINGER_MS);
  timer.unref();
  message.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > LINGER_BYTES) message.destroy();
  });
  message.once('close', () => clearTimeout(timer));
  message.resume();
}
