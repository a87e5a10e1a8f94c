import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { impersonation } from '../../../src/access/impersonation.ts';
import type { Principal } from '../../../src/access/principal.ts';
import { MeshError } from '../../../src/lib/errors.ts';
import { ADMIN } from '../../support/principals.ts';

const BOB: Principal = { name: 'bob', via: 'token', groups: ['dev', 'sre'], grants: [] };
const ON = { impersonate: 'user', impersonatePrefix: '' } as const;

function refused(principal: Principal, impersonatePrefix = ''): boolean {
  try {
    impersonation(principal, { ...ON, impersonatePrefix });
    return false;
  } catch (error) {
    if (error instanceof MeshError && error.code === 'denied') return true;
    throw error;
  }
}

describe('impersonation', () => {
  it('is off where it is not configured', () => {
    expect(impersonation(BOB, { ...ON, impersonate: 'off' })).toEqual([]);
    expect(impersonation(ADMIN, { ...ON, impersonate: 'off' })).toEqual([]);
  });

  it('names the caller and each of their groups', () => {
    expect(impersonation(BOB, ON)).toEqual([
      ['impersonate-user', 'bob'],
      ['impersonate-group', 'dev'],
      ['impersonate-group', 'sre'],
    ]);
    expect(impersonation({ ...BOB, name: 'Bob Smith', groups: [] }, { ...ON, impersonatePrefix: 'oidc:' })).toEqual([
      ['impersonate-user', 'oidc:Bob Smith'],
    ]);
    expect(impersonation(BOB, { ...ON, impersonatePrefix: 'oidc:' })).toContainEqual(['impersonate-group', 'oidc:sre']);
  });

  it('never falls back to the server’s own rights', () => {
    expect(refused(ADMIN)).toBe(true);
  });

  it.each([
    'system:masters',
    'system:admin',
    'System:Masters',
    'system:serviceaccount:kube-system:x',
    '',
    'Jürgen',
    'a\r\nImpersonate-Group: system:masters',
    ' bob',
    'bob ',
    'b\tob',
    'x'.repeat(257),
  ])('refuses the name %j, as a user and as a group', (name) => {
    expect(refused({ ...BOB, name })).toBe(true);
    expect(refused({ ...BOB, groups: ['dev', name] })).toBe(true);
  });

  it('cannot be led to Kubernetes’ own names by a prefix', () => {
    expect(refused({ ...BOB, name: 'tem:masters' }, 'sys')).toBe(true);
  });

  it('gives only headers that go over the wire as they are', () => {
    const name = fc.string({
      unit: fc.constantFrom('system:', 'S', 'a', 'b', ' ', ':', '\t', '\r', '\n', '\u0000', '\u007f', 'ü', '🙂', '%', '~'),
    });
    fc.assert(
      fc.property(name, fc.array(name, { maxLength: 3 }), (own, groups) => {
        if (refused({ ...BOB, name: own, groups })) return;
        const headers = impersonation({ ...BOB, name: own, groups }, ON);
        expect(headers).toHaveLength(1 + groups.length);
        for (const [, value] of headers) {
          expect(value).toMatch(/^[\x20-\x7e]+$/);
          expect(value.trim()).toBe(value);
          expect(value.toLowerCase().startsWith('system:')).toBe(false);
        }
      }),
    );
  });
});
