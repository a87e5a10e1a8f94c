import { RPC_ERROR } from '../constants.ts';
import { ProtocolError } from '../failure.ts';
import { requiredObject, requiredText } from '../params.ts';
import { isImplementation } from '../request-meta.ts';
import { isInitializeVersion, NEWEST_HANDSHAKE } from '../versions.ts';
import type { Method } from './method.ts';

/**
 * 2024-11-05 to 2025-11-25, basic/lifecycle, initialization and version negotiation: the version asked for if we speak it, our newest
 * otherwise. Nothing is remembered: a stateless server hands out no session (2025-03-26, basic/transports, session management), so a
 * client that never shakes hands is served just as well.
 */
export const initialize: Method = {
  handle: ({ server, request: { params } }) => {
    const { clientInfo } = params;
    const asked = requiredText(params, 'protocolVersion');
    requiredObject(params, 'capabilities');
    if (!isImplementation(clientInfo)) {
      throw new ProtocolError(RPC_ERROR.invalidParams, '"params.clientInfo" must have a "name" and a "version".');
    }
    const version = isInitializeVersion(asked) ? asked : NEWEST_HANDSHAKE;
    return { pieces: [`{"protocolVersion":"${version}",`, server.handshake] };
  },
};
