import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bearsToken } from '../../../src/server/bearer.ts';

const sent = (value: string) => [['authorization', value]] as const;

describe('bearsToken', () => {
  it('takes the token, whatever the case of the scheme', () => {
    expect(bearsToken(sent('Bearer secret'), 'secret')).toBe(true);
    expect(bearsToken(sent('bearer   secret '), 'secret')).toBe(true);
  });

  it.each(['Basic secret', 'secret', 'Bearer', 'Bearer secret more', 'Bearer Secret', 'Bearer secre', 'Bearer secrets', ''])(
    'refuses %j',
    (value) => {
      expect(bearsToken(sent(value), 'secret')).toBe(false);
    },
  );

  it('refuses a request without one', () => {
    expect(bearsToken([], 'secret')).toBe(false);
  });

  it('admits nobody where no token is expected', () => {
    expect(bearsToken([], '')).toBe(false);
    expect(bearsToken(sent('Bearer '), '')).toBe(false);
  });

  it('tells any two tokens apart', () => {
    const token = fc.stringMatching(/^[\x21-\x7e]{1,40}$/);
    fc.assert(fc.property(token, token, (given, expected) => bearsToken(sent(`Bearer ${given}`), expected) === (given === expected)));
  });
});
