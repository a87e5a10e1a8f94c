import * as v1 from '@modelcontextprotocol/sdk/types.js';
import * as v2 from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';
import { LOG_LEVELS, META, RPC_ERROR } from '../../../../src/mcp/protocol/constants.ts';
import { DEFAULT_VERSION, INITIALIZE_ERA, NEWEST_HANDSHAKE } from '../../../../src/mcp/protocol/versions.ts';

describe('our constants against those of the SDKs', () => {
  it('has the error codes of SDK v1', () => {
    const { ErrorCode } = v1;
    expect(RPC_ERROR).toMatchObject({
      parse: ErrorCode.ParseError,
      invalidRequest: ErrorCode.InvalidRequest,
      methodNotFound: ErrorCode.MethodNotFound,
      invalidParams: ErrorCode.InvalidParams,
      internal: ErrorCode.InternalError,
    });
  });

  it('has the error codes of SDK v2', () => {
    const { ProtocolErrorCode } = v2;
    expect(RPC_ERROR).toMatchObject({
      parse: ProtocolErrorCode.ParseError,
      resourceNotFound: ProtocolErrorCode.ResourceNotFound,
      missingClientCapability: ProtocolErrorCode.MissingRequiredClientCapability,
      unsupportedVersion: ProtocolErrorCode.UnsupportedProtocolVersion,
    });
  });

  it('has the reserved keys of SDK v2', () => {
    expect(META).toEqual({
      protocolVersion: v2.PROTOCOL_VERSION_META_KEY,
      clientInfo: v2.CLIENT_INFO_META_KEY,
      clientCapabilities: v2.CLIENT_CAPABILITIES_META_KEY,
      logLevel: v2.LOG_LEVEL_META_KEY,
      serverInfo: v2.SERVER_INFO_META_KEY,
      subscriptionId: v2.SUBSCRIPTION_ID_META_KEY,
    });
  });

  it('has the severities of SDK v1', () => {
    expect(LOG_LEVELS).toEqual(v1.LoggingLevelSchema.options);
  });

  it('has the versions of SDK v1, but for the draft before the first release', () => {
    expect([...INITIALIZE_ERA].reverse()).toEqual(v1.SUPPORTED_PROTOCOL_VERSIONS.filter((version) => version !== '2024-10-07'));
    expect(NEWEST_HANDSHAKE).toBe(v1.LATEST_PROTOCOL_VERSION);
    expect(DEFAULT_VERSION).toBe(v1.DEFAULT_NEGOTIATED_PROTOCOL_VERSION);
  });
});
