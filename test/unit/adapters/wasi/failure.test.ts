import { describe, expect, it, vi } from 'vitest';
import { failure, failureWhileSending } from '../../../../src/adapters/wasi/failure.ts';
import { HttpFailure } from '../../../../src/ports/http.ts';

vi.mock('wasi:clocks/monotonic-clock@0.2.12', () => ({ now: () => 0n }));

const CODES = [
  ['DNS-timeout', 'timeout'],
  ['connection-timeout', 'timeout'],
  ['connection-read-timeout', 'timeout'],
  ['HTTP-response-timeout', 'timeout'],
  ['HTTP-request-denied', 'forbidden'],
  ['destination-IP-prohibited', 'forbidden'],
  ['DNS-error', 'unreachable'],
  ['destination-unavailable', 'unreachable'],
  ['connection-refused', 'unreachable'],
  ['connection-terminated', 'unreachable'],
  ['TLS-certificate-error', 'unreachable'],
  ['HTTP-protocol-error', 'protocol'],
  ['HTTP-request-body-size', 'protocol'],
  ['HTTP-request-URI-invalid', 'protocol'],
  ['internal-error', 'protocol'],
] as const;

describe('a wasi:http error code', () => {
  it.each(CODES)('%s is %s, however the engine throws it', (tag, reason) => {
    expect(failure({ payload: { tag } }).reason).toBe(reason);
    expect(failure({ tag: tag.toLowerCase() }).reason).toBe(reason);
  });

  it('keeps its words for the log', () => {
    expect(failure({ payload: { tag: 'internal-error', val: 'some words' } }).message).toContain('some words');
  });

  it('means that the server cut us short while a body was on its way', () => {
    for (const [tag, reason] of CODES) {
      expect(failureWhileSending({ payload: { tag } }).reason, tag).toBe(tag === 'HTTP-protocol-error' ? 'unreachable' : reason);
    }
  });

  it('is left alone where it is a failure of ours', () => {
    const ours = new HttpFailure('protocol', 'the URL is not absolute');
    expect(failure(ours)).toBe(ours);
    expect(failureWhileSending(ours)).toBe(ours);
  });
});
