import { describe, expect, it } from 'vitest';
import { anonymous } from '../../../src/access/anonymous.ts';
import { type Principal, permits, permitsAll, ROLES } from '../../../src/access/principal.ts';

const OPERATOR: Principal = { name: 'bob', via: 'token', groups: [], grants: [{ role: 'operator', namespaces: ['shop'] }] };

describe('permits', () => {
  it('lets each role do what those before it may', () => {
    for (const [place, role] of ROLES.entries()) {
      const allowed = ROLES.filter((each) => permits(anonymous(role), each));
      expect(allowed).toEqual(ROLES.slice(0, place + 1));
      expect(ROLES.filter((each) => permitsAll(anonymous(role), each))).toEqual(allowed);
      expect(ROLES.filter((each) => permits(anonymous(role), each, 'shop'))).toEqual(allowed);
    }
    expect(ROLES.filter((role) => permits(anonymous('none'), role))).toEqual([]);
  });

  it('keeps to the namespaces of a grant', () => {
    expect(permits(OPERATOR, 'operator')).toBe(true);
    expect(permits(OPERATOR, 'operator', 'shop')).toBe(true);
    expect(permits(OPERATOR, 'operator', 'bank')).toBe(false);
    expect(permits(OPERATOR, 'admin', 'shop')).toBe(false);
    expect(permitsAll(OPERATOR, 'operator')).toBe(false);
    expect(permitsAll(OPERATOR, 'viewer')).toBe(false);
  });
});
