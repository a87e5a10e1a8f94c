import fc from 'fast-check';
import { expect, it } from 'vitest';
import { advice } from '../../../../../src/mcp/tools/graph/lookup.ts';

const NAMES = ['cart', 'cart-redis', 'catalog', 'checkout', 'payments', 'web'];

it.each([
  ['crat', ' Did you mean "cart"?'],
  ['car', ' Did you mean "cart" or "cart-redis"?'],
  ['catalogue', ' Did you mean "catalog"?'],
  ['redis', ' Did you mean "cart-redis"?'],
  ['pay', ' Did you mean "payments"?'],
  ['w', ' Did you mean "web"?'],
  ['inventory', ''],
  ['zzz', ''],
])('for %s advises%s', (wanted, expected) => {
  expect(advice(wanted, NAMES)).toBe(expected);
});

it('looks at the name alone where a kind stands in front', () => {
  const names = NAMES.map((name) => `Deployment/${name}`);
  expect(advice('Deployment/serch', [...names, 'Deployment/search'])).toBe(' Did you mean "Deployment/search"?');
  expect(advice('Deployment/inventory', names)).toBe('');
});

it('advises three names at most, the nearest first, each once', () => {
  expect(advice('web-0', ['web-1', 'web-2', 'web-3', 'web-4', 'web-1', 'web-00'])).toBe(' Did you mean "web-00" or "web-1" or "web-2"?');
});

it('always finds a name with one slip in it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), fc.nat(20), fc.constantFrom('', 'x', 'xy'), (name, at, slip) => {
      const place = at % name.length;
      const wanted = name.slice(0, place) + slip + name.slice(place + 1);
      expect(advice(wanted, NAMES)).toContain(`"${name}"`);
    }),
  );
});
