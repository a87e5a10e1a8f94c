import { describe, expect, it } from 'vitest';
import type { RouteRequest } from '../../../../src/policy/routing/request.ts';
import { brief, resolve, routes, service, to } from './objects.ts';

/** Where a request goes when the match of the first rule leads to `a` and the second rule takes the rest to `b`. */
function decide(match: unknown, change: Partial<RouteRequest> = {}): string {
  const first = { match, route: [to('a')] };
  const objects = [service('web'), service('a'), service('b'), routes('web', ['web'], [first, { route: [to('b')] }])];
  const answer = brief(resolve(objects, change));
  return { 'a.shop:80 1/1': 'a', 'b.shop:80 1/1': 'b' }[answer] ?? answer;
}

const header = (name: string, value: string): Partial<RouteRequest> => ({ headers: [[name, value]] });

describe('one match block', () => {
  it.each<[string, object, Partial<RouteRequest>, string]>([
    ['an empty block takes everything', {}, {}, 'a'],
    ['exact path', { uri: { exact: '/cart' } }, { path: '/cart' }, 'a'],
    ['exact path, longer', { uri: { exact: '/cart' } }, { path: '/cart/1' }, 'b'],
    ['the query is no part of the path', { uri: { exact: '/cart' } }, { path: '/cart?x=1' }, 'a'],
    ['prefix is one of characters, not of segments', { uri: { prefix: '/cart' } }, { path: '/cartoon' }, 'a'],
    ['prefix', { uri: { prefix: '/cart/' } }, { path: '/cart' }, 'b'],
    ['the case of a path counts', { uri: { prefix: '/cart' } }, { path: '/CART/1' }, 'b'],
    ['ignoreUriCase, prefix', { uri: { prefix: '/cart' }, ignoreUriCase: true }, { path: '/CART/1' }, 'a'],
    ['ignoreUriCase, exact', { uri: { exact: '/Cart' }, ignoreUriCase: true }, { path: '/cART' }, 'a'],
    ['ignoreUriCase does not reach expressions', { uri: { regex: '/cart' }, ignoreUriCase: true }, { path: '/CART' }, 'b'],
    ['an expression is anchored at both ends', { uri: { regex: '/v[12]' } }, { path: '/v1/x' }, 'b'],
    ['an expression', { uri: { regex: '/v[12]/.*' } }, { path: '/v1/x' }, 'a'],
    ['an expression that cannot be read is no guess', { uri: { regex: '(?=/v1).*' } }, { path: '/v1' }, 'unknown'],
    ['the lone star is no expression for a path', { uri: { regex: '*' } }, { path: '/v1' }, 'unknown'],
    ['two types at once', { uri: { exact: '/a', prefix: '/a' } }, { path: '/a' }, 'unknown'],
    ['a type that is no text', { uri: { exact: 7 } }, { path: '/a' }, 'unknown'],
    ['what does not hold decides, whatever is unknown beside it', { uri: { regex: '(?=/v1).*' }, method: { exact: 'PUT' } }, {}, 'b'],
    ['method', { method: { exact: 'POST' } }, { method: 'POST' }, 'a'],
    ['method, default GET', { method: { exact: 'GET' } }, {}, 'a'],
    ['method, another', { method: { regex: 'POST|PUT' } }, { method: 'GET' }, 'b'],
    ['scheme', { scheme: { exact: 'http' } }, {}, 'a'],
    ['scheme, another', { scheme: { exact: 'https' } }, {}, 'b'],
    ['authority as sent', { authority: { exact: 'web' } }, {}, 'a'],
    ['authority, given', { authority: { prefix: 'shop.' } }, { authority: 'shop.example.com' }, 'a'],
    ['header', { headers: { 'x-stage': { exact: 'green' } } }, header('X-Stage', 'green'), 'a'],
    ['header, another value', { headers: { 'x-stage': { exact: 'green' } } }, header('x-stage', 'blue'), 'b'],
    ['header, value in another case', { headers: { 'x-stage': { exact: 'green' } } }, header('x-stage', 'Green'), 'b'],
    ['header, missing', { headers: { 'x-stage': { exact: 'green' } } }, {}, 'b'],
    ['header, prefix', { headers: { 'x-stage': { prefix: 'gr' } } }, header('x-stage', 'green'), 'a'],
    ['header, expression', { headers: { 'user-agent': { regex: '.*iPhone.*' } } }, header('user-agent', 'x iPhone y'), 'a'],
    ['header, present by an empty condition', { headers: { 'x-stage': {} } }, header('x-stage', ''), 'a'],
    ['header, present by a star', { headers: { 'x-stage': { regex: '*' } } }, header('x-stage', 'any'), 'a'],
    ['header, star, missing', { headers: { 'x-stage': { regex: '*' } } }, {}, 'b'],
    [
      'several values are one text',
      { headers: { 'x-stage': { exact: 'a,b' } } },
      {
        headers: [
          ['x-stage', 'a'],
          ['X-Stage', 'b'],
        ],
      },
      'a',
    ],
    ['a pseudo header', { headers: { ':method': { exact: 'GET' } } }, {}, 'a'],
    ['two headers, both needed', { headers: { a: { exact: '1' }, b: { exact: '2' } } }, header('a', '1'), 'b'],
    ['a claim of the token', { headers: { '@request.auth.claims[group]': { exact: 'x' } } }, {}, 'unknown'],
    ['without, header there', { withoutHeaders: { 'x-stage': { exact: 'green' } } }, header('x-stage', 'green'), 'b'],
    ['without, other value', { withoutHeaders: { 'x-stage': { exact: 'green' } } }, header('x-stage', 'blue'), 'a'],
    ['without, missing', { withoutHeaders: { 'x-stage': { exact: 'green' } } }, {}, 'a'],
    ['without, missing counts as empty', { withoutHeaders: { 'x-stage': { exact: '' } } }, {}, 'b'],
    ['without any, missing', { withoutHeaders: { 'x-stage': {} } }, {}, 'a'],
    ['without any, there', { withoutHeaders: { 'x-stage': {} } }, header('x-stage', 'x'), 'b'],
    ['query', { queryParams: { v: { exact: '2' } } }, { path: '/?v=2' }, 'a'],
    ['query, decoded', { queryParams: { v: { exact: 'a b' } } }, { path: '/?v=a%20b' }, 'a'],
    ['query, the first of several', { queryParams: { v: { exact: '2' } } }, { path: '/?v=1&v=2' }, 'b'],
    ['query, missing', { queryParams: { v: { exact: '2' } } }, {}, 'b'],
    ['query, given apart', { queryParams: { v: { regex: '\\d+' } } }, { query: [['v', '12']] }, 'a'],
    ['port', { port: 80 }, {}, 'a'],
    ['another port', { port: 8080 }, {}, 'b'],
    ['sourceLabels', { sourceLabels: { app: 'client' } }, {}, 'a'],
    ['sourceLabels, other', { sourceLabels: { app: 'other' } }, {}, 'b'],
    ['sourceNamespace', { sourceNamespace: 'shop' }, {}, 'a'],
    ['sourceNamespace, other', { sourceNamespace: 'bank' }, {}, 'b'],
    ['gateway mesh', { gateways: ['mesh'] }, {}, 'a'],
    ['another gateway', { gateways: ['shop/front'] }, {}, 'b'],
    ['with gateways, the sender is not asked', { gateways: ['mesh'], sourceLabels: { app: 'other' } }, {}, 'a'],
  ])('%s', (_, match, change, expected) => {
    expect(decide([match], change)).toBe(expected);
  });
});

describe('several match blocks', () => {
  const blocks = [{ uri: { exact: '/a' }, method: { exact: 'GET' } }, { headers: { x: { exact: '1' } } }];

  it('are alternatives', () => {
    expect(decide(blocks, { path: '/a' })).toBe('a');
    expect(decide(blocks, header('x', '1'))).toBe('a');
    expect(decide(blocks, { path: '/a', method: 'PUT' })).toBe('b');
  });

  it('one in doubt does not matter beside one of the same rule that holds', () => {
    expect(decide([{ uri: { regex: '\\C' } }, {}])).toBe('a');
  });

  it('an empty list takes everything', () => {
    expect(decide([])).toBe('a');
  });
});

it('the first rule that matches wins, and the answer says why others did not', () => {
  const rules = [
    { name: 'one', match: [{ uri: { prefix: '/x' } }], route: [to('a')] },
    { name: 'two', match: [{ uri: { prefix: '/y' } }], route: [to('b')] },
    { name: 'three', match: [{ uri: { prefix: '/y' } }], route: [to('a')] },
  ];
  const answer = resolve([service('web'), service('a'), service('b'), routes('web', ['web'], rules)], { path: '/y' });
  expect(brief(answer)).toBe('b.shop:80 1/1');
  expect(answer).toMatchObject({ rule: { field: 'spec.http[1]', name: 'two', object: { name: 'web' } } });
  expect(answer.steps.map(({ field, outcome }) => `${field} ${outcome}`)).toEqual([
    'spec.ports[0] note',
    'spec.http[0].match[0] passed over',
    'spec.http[1].match[0] chosen',
  ]);
  expect(answer.steps[1]?.because).toBe('the path is "/y", which does not begin with "/x"');
});

it('a host whose rules all fail gives 404', () => {
  const answer = resolve([service('web'), routes('web', ['web'], [{ match: [{ uri: { exact: '/x' } }], route: [to('web')] }])]);
  expect(answer).toMatchObject({ tag: 'refused', reason: 'no rule', status: 404 });
});
