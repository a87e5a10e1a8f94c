import { describe, expect, it } from 'vitest';
import { brief, istio, resolve, routes, service, to } from './objects.ts';

const services = [service('web'), service('a'), service('b')];

/** What one rule does with a request. */
function apply(rule: object, change = {}) {
  return resolve([...services, routes('web', ['web'], [{ route: [to('a')], ...rule }])], change);
}

function treatment(rule: object, change = {}) {
  const answer = apply(rule, change);
  if (answer.tag !== 'routed' || answer.http === undefined) throw new Error(answer.tag);
  return answer.http;
}

describe('time-out', () => {
  it.each([
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['0.5s', 500],
    ['250ms', 250],
    ['1h', 3_600_000],
    ['0s', undefined],
    ['soon', undefined],
  ])('%s', (timeout, expected) => {
    expect(treatment({ timeout }).timeoutMs).toBe(expected);
  });

  it('one that is no duration is told', () => {
    expect(apply({ timeout: 'soon' }).steps.at(-1)).toMatchObject({ outcome: 'note', field: 'spec.http[0].timeout' });
  });
});

describe('retries', () => {
  it('as they are written', () => {
    const retries = { attempts: 3, perTryTimeout: '2s', retryOn: '5xx, reset,connect-failure,refused-stream' };
    expect(treatment({ retries }).retries).toEqual({
      attempts: 3,
      perTryTimeoutMs: 2000,
      retryOn: ['5xx', 'reset', 'connect-failure', 'refused-stream'],
      statuses: [],
      from: 'route',
    });
  });

  it('statuses stand apart and bring their condition', () => {
    expect(treatment({ retries: { attempts: 1, retryOn: 'reset,503,429' } }).retries).toMatchObject({
      retryOn: ['reset', 'retriable-status-codes'],
      statuses: [503, 429],
    });
  });

  it('the condition on statuses is not written twice', () => {
    const retries = { attempts: 1, retryOn: 'retriable-status-codes,503' };
    expect(treatment({ retries }).retries).toMatchObject({ retryOn: ['retriable-status-codes'], statuses: [503] });
  });

  it('none where attempts are zero or not given', () => {
    expect(treatment({ retries: { attempts: 0 } }).retries).toBeUndefined();
    expect(treatment({ retries: { retryOn: '5xx' } }).retries).toBeUndefined();
  });

  it('without conditions, Istio’s own', () => {
    expect(treatment({ retries: { attempts: 5 } }).retries).toMatchObject({
      attempts: 5,
      retryOn: expect.arrayContaining(['unavailable']),
    });
  });

  it('the mesh’s where the route says nothing', () => {
    const operator = {
      apiVersion: 'install.istio.io/v1alpha1',
      kind: 'IstioOperator',
      metadata: { name: 'istio', namespace: 'istio-system' },
      spec: { meshConfig: { defaultHttpRetryPolicy: { attempts: 7, retryOn: 'reset' } } },
    };
    const answer = resolve([...services, operator]);
    expect(answer).toMatchObject({ http: { retries: { attempts: 7, retryOn: ['reset'], from: 'mesh' } } });
  });
});

describe('faults', () => {
  it('delay and abort with their shares', () => {
    const fault = { delay: { percentage: { value: 50 }, fixedDelay: '5s' }, abort: { percentage: { value: 10 }, httpStatus: 503 } };
    expect(treatment({ fault }).fault).toEqual({
      delay: { share: { numerator: 1, denominator: 2 }, ms: 5000 },
      abort: { share: { numerator: 1, denominator: 10 }, httpStatus: 503 },
    });
  });

  it('without a percentage no request is hit; a whole percentage of old counts', () => {
    expect(treatment({ fault: { delay: { fixedDelay: '5s' } } }).fault?.delay?.share).toEqual({ numerator: 0, denominator: 1 });
    expect(treatment({ fault: { delay: { percent: 5, fixedDelay: '5s' } } }).fault?.delay?.share).toEqual({
      numerator: 1,
      denominator: 20,
    });
  });

  it('Envoy counts in millionths and cuts off what is finer', () => {
    expect(treatment({ fault: { abort: { percentage: { value: 0.00019 }, grpcStatus: 'UNAVAILABLE' } } }).fault?.abort).toEqual({
      share: { numerator: 1, denominator: 1_000_000 },
      grpcStatus: 'UNAVAILABLE',
    });
  });

  it('a delay that is not fixed and an abort without a status do nothing', () => {
    expect(
      treatment({ fault: { delay: { percentage: { value: 1 }, exponentialDelay: '5s' }, abort: { percentage: { value: 1 } } } }).fault,
    ).toBeUndefined();
  });
});

describe('rewrite', () => {
  it.each([
    ['a prefix', { uri: { prefix: '/api/' } }, '/', '/api/v1?x=1', '/v1?x=1'],
    ['no path in the match: the leading slash', {}, '/new/', '/v1', '/new/v1'],
    ['an exact path as a whole', { uri: { exact: '/old' } }, '/new', '/old?x=1', '/new?x=1'],
    ['an expression as a whole', { uri: { regex: '/o.*' } }, '/new', '/old', '/new'],
  ])('%s', (_, match, uri, path, expected) => {
    expect(treatment({ match: [match], rewrite: { uri } }, { path }).rewrite).toMatchObject({ path: expected });
  });

  it('authority: of the rewrite, else of the headers, else of the only destination', () => {
    const set = (authority: string) => ({ request: { set: { Host: authority } } });
    expect(treatment({ rewrite: { authority: 'one' }, headers: set('two') }).rewrite?.authority).toBe('one');
    expect(treatment({ headers: set('two') }).rewrite?.authority).toBe('two');
    expect(treatment({ route: [{ ...to('a'), headers: set('three') }] }).rewrite?.authority).toBe('three');
  });

  it('an authority that is set counts before one that is added', () => {
    const headers = { request: { add: { ':authority': 'added' }, set: { ':authority': 'set' } } };
    expect(treatment({ headers }).rewrite?.authority).toBe('set');
  });

  it('an expression is told, not applied', () => {
    expect(treatment({ rewrite: { uriRegexRewrite: { match: '^/a', rewrite: '/b' } } }).rewrite).toEqual({
      authority: undefined,
      path: undefined,
      regex: { match: '^/a', rewrite: '/b' },
    });
  });
});

describe('headers', () => {
  it('of the rule and of a destination; the authority is no header', () => {
    const changes = { request: { set: { 'x-a': '1', host: 'other' }, remove: ['x-b'] }, response: { add: { 'x-c': '2' } } };
    const answer = apply({ headers: changes, route: [{ ...to('a'), headers: { request: { add: { 'x-d': '3' } } } }] });
    expect(answer).toMatchObject({
      http: {
        headers: { request: { set: { 'x-a': '1' }, add: {}, remove: ['x-b'] }, response: { set: {}, add: { 'x-c': '2' }, remove: [] } },
      },
      destinations: [{ headers: { request: { set: {}, add: { 'x-d': '3' }, remove: [] } } }],
    });
  });
});

it('headers that are set hold no authority', () => {
  const headers = { request: { set: { 'x-a': '1', host: 'other' }, remove: [':path'] } };
  expect(treatment({ headers }).headers?.request).toEqual({ set: { 'x-a': '1' }, add: {}, remove: [] });
});

describe('redirect', () => {
  it.each([
    [{ uri: '/new' }, '301 http://web/new'],
    [{ authority: 'other.example.com' }, '301 http://other.example.com/old?x=1'],
    [{ scheme: 'https', redirectCode: 308 }, '308 https://web/old?x=1'],
    [{ scheme: 'https', port: 443 }, '301 https://web/old?x=1'],
    [{ port: 8080 }, '301 http://web:8080/old?x=1'],
    [{ derivePort: 'FROM_REQUEST_PORT', scheme: 'https' }, '301 https://web:80/old?x=1'],
    [{ redirectCode: 299 }, 'unknown'],
  ])('%j', (redirect, expected) => {
    expect(brief(apply({ redirect, route: [] }, { path: '/old?x=1' }))).toBe(expected);
  });

  it('a port takes the place of the one in the authority', () => {
    expect(brief(apply({ redirect: { port: 8443 }, route: [] }, { authority: 'web:8080' }))).toBe('301 http://web:8443/');
  });

  it('replaces the matched prefix', () => {
    expect(brief(apply({ match: [{ uri: { prefix: '/old' } }], redirect: { prefixRewrite: '/new' } }, { path: '/old/x' }))).toBe(
      '301 http://web/new/x',
    );
  });
});

it('direct response', () => {
  expect(brief(apply({ directResponse: { status: 503, body: { string: 'later' } } }))).toBe('503 later');
});

describe('mirrors', () => {
  const shares = (rule: object) =>
    treatment(rule).mirrors.map(({ host, share }) => `${host.split('.')[0]} ${share.numerator}/${share.denominator}`);

  it('all requests unless a percentage says otherwise; none at zero', () => {
    expect(shares({ mirror: { host: 'b' } })).toEqual(['b 1/1']);
    expect(shares({ mirror: { host: 'b' }, mirrorPercentage: { value: 12.5 } })).toEqual(['b 1/8']);
    expect(shares({ mirror: { host: 'b' }, mirrorPercentage: { value: 0 } })).toEqual([]);
    expect(shares({ mirrors: [{ destination: { host: 'b' }, percentage: { value: 50 } }, { destination: { host: 'a' } }] })).toEqual([
      'b 1/2',
      'a 1/1',
    ]);
  });
});

describe('delegates', () => {
  const delegate = (http: readonly object[], more: object = {}, namespace = 'shop') =>
    istio('VirtualService', 'inner', { http, ...more }, { namespace });
  const root = (rule: object) => routes('web', ['web'], [{ delegate: { name: 'inner' }, ...rule }, { route: [to('b')] }]);
  const go = (outer: object, inner: object, change = {}) => resolve([...services, root(outer), inner], change);

  it('its rules stand in the place of the rule, and have from it what they leave out', () => {
    const answer = go({ timeout: '3s', headers: { request: { set: { x: '1' } } } }, delegate([{ name: 'in', route: [to('a')] }]));
    expect(brief(answer)).toBe('a.shop:80 1/1');
    expect(answer).toMatchObject({
      rule: { object: { name: 'inner' }, field: 'spec.http[0]' },
      http: { timeoutMs: 3000, headers: { request: { set: { x: '1' } } } },
    });
  });

  it('conditions of both hold', () => {
    const outer = { match: [{ uri: { prefix: '/shop' } }] };
    const inner = delegate([{ match: [{ uri: { prefix: '/shop/cart' } }], route: [to('a')] }]);
    expect(brief(go(outer, inner, { path: '/shop/cart/1' }))).toBe('a.shop:80 1/1');
    expect(brief(go(outer, inner, { path: '/shop/other' }))).toBe('b.shop:80 1/1');
    const headers = delegate([{ match: [{ headers: { x: { exact: '1' } } }], route: [to('a')] }]);
    expect(brief(go(outer, headers, { path: '/shop', headers: [['x', '1']] }))).toBe('a.shop:80 1/1');
    expect(brief(go(outer, headers, { path: '/', headers: [['x', '1']] }))).toBe('b.shop:80 1/1');
  });

  it.each([
    ['another prefix', { uri: { prefix: '/shop' } }, { uri: { prefix: '/bank' } }],
    ['a wider prefix', { uri: { prefix: '/shop/cart' } }, { uri: { prefix: '/shop' } }],
    ['an expression beside anything', { uri: { prefix: '/' } }, { uri: { regex: '/.*' } }],
    ['another port', { port: 80 }, { port: 81 }],
    ['another header', { headers: { x: { exact: '1' } } }, { headers: { x: { exact: '2' } } }],
    ['other labels', { sourceLabels: { app: 'client' } }, { sourceLabels: { app: 'x' } }],
    ['other gateways', { gateways: ['mesh'] }, { gateways: ['mesh', 'front'] }],
    ['case of the path', { ignoreUriCase: true }, { ignoreUriCase: false, method: { exact: 'GET' } }],
  ])('a contradiction drops the rule: %s', (_, outer, inner) => {
    const request = { path: '/shop/cart', headers: [['x', '2']] as const };
    expect(brief(go({ match: [outer] }, delegate([{ match: [inner], route: [to('a')] }]), request))).toBe('b.shop:80 1/1');
  });

  it('one that does not exist, has hosts or is not exported is passed over', () => {
    expect(brief(resolve([...services, root({})]))).toBe('b.shop:80 1/1');
    expect(brief(go({}, routes('inner', ['a'], [{ route: [to('a')] }])))).toBe('b.shop:80 1/1');
    const remote = (exportTo: readonly string[]) => delegate([{ route: [to('a.shop.svc.cluster.local')] }], { exportTo }, 'bank');
    const outer = { delegate: { name: 'inner', namespace: 'bank' } };
    expect(brief(go(outer, remote(['shop'])))).toBe('a.shop:80 1/1');
    expect(brief(go(outer, remote(['.'])))).toBe('b.shop:80 1/1');
  });
});
