import { describe, expect, it } from 'vitest';
import { errorCodeOf } from '../../../../src/adapters/node/error-code.ts';

const failed = (code: string) => Object.assign(new Error('in Node’s words'), { code });

describe('errorCodeOf', () => {
  it.each([
    ['ECONNREFUSED', 'connection-refused'],
    ['ECONNRESET', 'connection-terminated'],
    ['ETIMEDOUT', 'connection-timeout'],
    ['EHOSTUNREACH', 'destination-unavailable'],
    ['ENOTFOUND', 'DNS-error'],
    ['EAI_AGAIN', 'DNS-timeout'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS-certificate-error'],
    ['CERT_HAS_EXPIRED', 'TLS-certificate-error'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TLS-certificate-error'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS-certificate-error'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TLS-protocol-error'],
    ['HPE_INVALID_CONSTANT', 'HTTP-protocol-error'],
    ['ERR_UNESCAPED_CHARACTERS', 'HTTP-request-URI-invalid'],
    ['SOMETHING_NEW', 'internal-error'],
  ])('%s is %s', (code, tag) => {
    expect(errorCodeOf(failed(code)).tag).toBe(tag);
  });

  it('looks into what several addresses said', () => {
    expect(errorCodeOf(new AggregateError([failed('ECONNREFUSED'), failed('EHOSTUNREACH')])).tag).toBe('connection-refused');
  });

  it('keeps the words of what it does not know', () => {
    expect(errorCodeOf(new Error('odd'))).toEqual({ tag: 'internal-error', val: 'odd' });
    expect(errorCodeOf('odd')).toEqual({ tag: 'internal-error', val: 'odd' });
  });
});
