import { describe, expect, it } from 'vitest';
import { connectionOf, headersOf, secretsOf } from '../../../../src/sources/prometheus/connection.ts';

const NONE = {
  prometheusUrl: 'http://prometheus:9090',
  prometheusToken: '',
  prometheusUser: '',
  prometheusPassword: '',
  prometheusTenant: '',
};

describe('connectionOf', () => {
  it('is none without a URL', () => {
    expect(connectionOf({ ...NONE, prometheusUrl: '' })).toBeUndefined();
  });

  it('sends a token, or user and password in UTF-8, and a tenant', () => {
    const headers = (options: Partial<typeof NONE>) => headersOf(connectionOf({ ...NONE, ...options }) ?? expect.fail());
    expect(headers({})).toEqual([['accept', 'application/json']]);
    expect(headers({ prometheusToken: 't0ken', prometheusUser: 'u', prometheusPassword: 'p', prometheusTenant: 'shop|bank' })).toEqual([
      ['accept', 'application/json'],
      ['authorization', 'Bearer t0ken'],
      ['x-scope-orgid', 'shop|bank'],
    ]);
    expect(headers({ prometheusUser: 'test', prometheusPassword: '123£' })).toContainEqual(['authorization', 'Basic dGVzdDoxMjPCow==']);
  });

  it('knows what must not be repeated, in each form that was sent', () => {
    const secrets = (options: Partial<typeof NONE>) => secretsOf(connectionOf({ ...NONE, ...options }) ?? expect.fail());
    expect(secrets({})).toEqual([]);
    expect(secrets({ prometheusToken: 't0ken' })).toEqual(['t0ken']);
    expect(secrets({ prometheusUser: 'test', prometheusPassword: '123£' })).toEqual(['123£', 'dGVzdDoxMjPCow==']);
    expect(secrets({ prometheusUser: 'test' })).toEqual(['dGVzdDo=']);
  });
});
