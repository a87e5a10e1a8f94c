import { FutureTrailers, IncomingBody, OutgoingBody } from './bodies.ts';
import { Fields } from './fields.ts';
import { IncomingRequest, OutgoingResponse, ResponseOutparam } from './incoming.ts';
import { InputStream } from './input-stream.ts';
import { IoError } from './io-error.ts';
import { keyvalueImports } from './keyvalue.ts';
import type { Mailbox } from './mailbox.ts';
import { FutureIncomingResponse, IncomingResponse, OutgoingRequest, RequestOptions } from './outgoing.ts';
import { OutputStream } from './output-stream.ts';
import { Pollable, poll } from './poll.ts';
import { cliImports, clockImports, configImports, randomImports } from './system.ts';

/**
 * Everything the component can import, by interface. Written here rather than taken from preview2-shim, which decides over
 * the process (it exits on an unknown error), keeps connections open that the component has dropped, and knows neither wasi:keyvalue nor wasi:config.
 */
export function guestImports(mailbox: Mailbox, options: ReadonlyMap<string, string>) {
  return {
    ...clockImports(mailbox),
    ...randomImports,
    ...configImports(options),
    ...cliImports(mailbox),
    ...keyvalueImports(mailbox),
    'wasi:io/error': { Error: IoError },
    'wasi:io/poll': { Pollable, poll },
    'wasi:io/streams': { InputStream, OutputStream },
    'wasi:http/types': {
      Fields,
      FutureIncomingResponse,
      FutureTrailers,
      IncomingBody,
      IncomingRequest,
      IncomingResponse,
      OutgoingBody,
      OutgoingRequest,
      OutgoingResponse,
      RequestOptions,
      ResponseOutparam,
      httpErrorCode: (error: IoError) => IoError.codeOf(error),
    },
    'wasi:http/outgoing-handler': {
      handle: (request: OutgoingRequest, options: RequestOptions | undefined) => OutgoingRequest.send(request, options, mailbox),
    },
  };
}
