import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grantsOf, parseRoleRules, ROLES, scopesFor } from '../../../src/lib/roles.ts';

describe('parseRoleRules', () => {
  it('reads rules with their namespaces and marks', () => {
    expect(
      parseRoleRules(' viewer = sub:* ; operator@shop, pay,shop=group:sre,group:on-call;admin=sub:auth0|alice,scope:mesh:admin; '),
    ).toEqual([
      { grant: { role: 'viewer', namespaces: '*' }, marks: [{ trait: 'sub', value: '*' }] },
      {
        grant: { role: 'operator', namespaces: ['shop', 'pay'] },
        marks: [
          { trait: 'group', value: 'sre' },
          { trait: 'group', value: 'on-call' },
        ],
      },
      {
        grant: { role: 'admin', namespaces: '*' },
        marks: [
          { trait: 'sub', value: 'auth0|alice' },
          { trait: 'scope', value: 'mesh:admin' },
        ],
      },
    ]);
    expect(parseRoleRules('viewer@shop=sub:*')).toEqual([
      { grant: { role: 'viewer', namespaces: ['shop'] }, marks: [{ trait: 'sub', value: '*' }] },
    ]);
    expect(parseRoleRules('')).toEqual([]);
  });

  it('takes what separates as escapes, equals signs as they are', () => {
    expect(parseRoleRules('admin=group:CN=a%2COU=b%3b c%20d'.replace(' ', '%20'))[0]?.marks).toEqual([
      { trait: 'group', value: 'CN=a,OU=b; c d' },
    ]);
    expect(parseRoleRules('admin=sub:J%C3%BCrgen')[0]?.marks).toEqual([{ trait: 'sub', value: 'Jürgen' }]);
  });

  it.each([
    'boss=sub:planted',
    'admin',
    'admin=',
    'admin=planted',
    'admin=sub:',
    'admin=name:planted',
    'Admin=sub:planted',
    'admin=sub:pla nted',
    'admin=sub:planted%FF',
    'admin=sub:planted%',
    'admin=sub:%2A',
    'admin=sub:planted,',
    'admin@=sub:planted',
    'admin@shop,=sub:planted',
    'admin@Shop=sub:planted',
    'admin@*=sub:planted',
    'admin=identity:a*planted',
    'admin=identity:*planted*',
    'admin=identity:**',
    'viewer=sub:*; admin=sub',
  ])('refuses %j with a form to follow, and without its words', (text) => {
    expect(() => parseRoleRules(text)).toThrow(/rules such as viewer=sub:\*.*in rule [12]/);
    expect(() => parseRoleRules(text)).not.toThrow(/planted/);
  });

  it('never gives a role from text that it does not understand', () => {
    const word = fc.constantFrom(
      'viewer',
      'operator',
      'admin',
      '@',
      '=',
      ':',
      ',',
      ';',
      'sub',
      'group',
      'scope',
      'identity',
      '*',
      'x',
      '%2C',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        let rules: ReturnType<typeof parseRoleRules> = [];
        try {
          rules = parseRoleRules(words.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        expect(grantsOf(rules, {})).toEqual([]);
        for (const { marks } of rules) expect(marks.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('grantsOf', () => {
  const rules = parseRoleRules(
    'viewer=sub:*; operator@shop=group:sre; admin=sub:alice; operator=identity:*.shop.serviceaccount.identity.linkerd.cluster.local,identity:spiffe://td/ns/shop/*',
  );
  const roles = (shown: Parameters<typeof grantsOf>[1]) => grantsOf(rules, shown).map(({ role }) => role);

  it('gives what each rule says of whom it fits', () => {
    expect(roles({ sub: ['bob'] })).toEqual(['viewer']);
    expect(grantsOf(rules, { sub: ['bob'], group: ['dev', 'sre'] })).toEqual([
      { role: 'viewer', namespaces: '*' },
      { role: 'operator', namespaces: ['shop'] },
    ]);
    expect(roles({ sub: ['alice'] })).toEqual(['viewer', 'admin']);
    expect(roles({ identity: ['web.shop.serviceaccount.identity.linkerd.cluster.local'] })).toEqual(['operator']);
    expect(roles({ identity: ['spiffe://td/ns/shop/sa/web'] })).toEqual(['operator']);
  });

  it.each([
    [{}],
    [{ sub: [] }],
    [{ group: ['alice', '*'] }],
    [{ identity: ['alice'] }],
    [{ identity: ['spiffe://td/ns/shopping/sa/web'] }],
    [{ identity: ['web.bank.serviceaccount.identity.linkerd.cluster.local'] }],
    [{ scope: ['sre'] }],
  ])('gives nothing to %j', (shown) => {
    expect(roles(shown)).toEqual([]);
  });

  it('compares letter by letter', () => {
    expect(roles({ sub: ['Alice'] })).toEqual(['viewer']);
    expect(roles({ sub: ['alice '] })).toEqual(['viewer']);
  });

  it('makes an asterisk within a subject no wildcard', () => {
    expect(grantsOf(parseRoleRules('admin=sub:a*'), { sub: ['alice'] })).toEqual([]);
  });
});

describe('scopesFor', () => {
  it('gives the scopes that are enough, the least first', () => {
    const rules = parseRoleRules('admin=scope:all; viewer=scope:read,sub:*,scope:*; operator@shop=scope:write,scope:all');
    expect(ROLES.map((role) => scopesFor(rules, role))).toEqual([['read', 'write', 'all'], ['write', 'all'], ['all']]);
    expect(scopesFor(rules, 'viewer', true)).toEqual(['read', 'all']);
    expect(scopesFor(rules, 'operator', true)).toEqual(['all']);
    expect(scopesFor(parseRoleRules('admin=sub:alice'), 'viewer')).toEqual([]);
  });
});
