import { handle } from 'wasi:http/outgoing-handler@0.2.12';
import { Fields, type FutureIncomingResponse, type Method, OutgoingBody, OutgoingRequest, RequestOptions } from 'wasi:http/types@0.2.12';
import type { HeaderList } from '../../lib/headers.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import { HttpFailure, type HttpRequest } from '../../ports/http.ts';
import { NANOSECONDS_PER_MS } from './clock.ts';
import { toU64 } from './resource.ts';

/** A request that is on its way. */
export interface SentRequest {
  readonly future: FutureIncomingResponse;
  /** Still to be written; absent where the request has no body. */
  readonly body?: OutgoingBody;
}

/** Hands a request to the host. Throws `HttpFailure`, or what the host threw. */
export function sendRequest(request: HttpRequest): SentRequest {
  const target = /^(https?):\/\/([^/?#]+)([^#]*)$/i.exec(request.url);
  const [, scheme = '', authority = '', path = ''] = target ?? [];
  if (target === null) throw new HttpFailure('protocol', 'the URL is not absolute');
  const length: HeaderList = request.body === undefined ? [] : [['content-length', String(request.body.length)]];
  const fields = Fields.fromList([...request.headers, ...length].map(([name, value]) => [name.toLowerCase(), encodeUtf8(value)]));
  const outgoing = new OutgoingRequest(fields);
  outgoing.setMethod(methodOf(request.method));
  outgoing.setScheme({ tag: scheme.toLowerCase() === 'https' ? 'HTTPS' : 'HTTP' });
  outgoing.setAuthority(authority);
  outgoing.setPathWithQuery(path.startsWith('/') ? path : `/${path}`);
  const body = outgoing.body();
  const future = handle(outgoing, optionsOf(request));
  if (request.body !== undefined) return { future, body };
  OutgoingBody.finish(body, undefined);
  return { future };
}

/** The host's own time-outs stand behind our deadline, for hosts on which dropping a call does not close its connection. */
function optionsOf(request: HttpRequest): RequestOptions {
  const options = new RequestOptions();
  const duration = toU64(request.timeoutMs * NANOSECONDS_PER_MS);
  try {
    options.setConnectTimeout(duration);
    options.setFirstByteTimeout(duration);
    options.setBetweenBytesTimeout(duration);
  } catch {
    // A host may support none of the three: our deadline holds alone.
  }
  return options;
}

const KNOWN_METHODS = ['get', 'head', 'post', 'put', 'delete', 'connect', 'options', 'trace', 'patch'] as const;

function methodOf(name: string): Method {
  const known = KNOWN_METHODS.find((method) => method === name.toLowerCase());
  return known === undefined ? { tag: 'other', val: name } : { tag: known };
}
