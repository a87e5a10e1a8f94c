import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DemoPrometheusOptions, demoPrometheus } from '../../../../src/demo/prometheus/api.ts';
import { formatValue } from '../../../../src/demo/prometheus/format.ts';
import { header } from '../../../../src/lib/headers.ts';
import { decodeUtf8, encodeUtf8 } from '../../../../src/lib/utf8.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const HANDLER = demoPrometheus({ now: () => NOW, amplitude: 0 });

function ask(target: string, { method = 'GET', form = '', handler = HANDLER } = {}) {
  const [path = '', query = ''] = target.split('?');
  const headers = form === '' ? [] : ([['content-type', 'application/x-www-form-urlencoded']] as const);
  const { status, headers: answered, body } = handler({ method, path, query, headers, body: encodeUtf8(form) });
  return { status, text: decodeUtf8(body), demo: header(answered, 'x-mesh-mcp-demo'), type: header(answered, 'content-type') };
}

const query = (text: string, more = '') => `/api/v1/query?query=${encodeURIComponent(text)}${more}`;
const json = (target: string) => JSON.parse(ask(target).text);

describe('demoPrometheus', () => {
  it('says in every answer that it is a demo', () => {
    for (const target of [
      query('1'),
      query('('),
      '/-/ready',
      '/-/healthy',
      '/nowhere',
      '/api/v1/labels',
      '/demo/metrics',
      '/api/v1/status/buildinfo',
    ]) {
      expect(ask(target).demo, target).toBe('true');
    }
  });

  it('answers instant queries by GET and by POST alike', () => {
    const expression = 'sum by (dst_deployment) (rate(response_total{direction="outbound",deployment="web",dst_deployment="catalog"}[1m]))';
    const answer = json(query(expression));
    expect(answer).toEqual({
      status: 'success',
      data: {
        resultType: 'vector',
        result: [{ metric: { dst_deployment: 'catalog' }, value: [NOW / 1000, expect.stringMatching(/^4[12]\.?\d*$/)] }],
      },
    });
    expect(Number(answer.data.result[0].value[1])).toBeCloseTo(42, 5);
    expect(JSON.parse(ask('/api/v1/query', { method: 'POST', form: `query=${encodeURIComponent(expression)}` }).text)).toEqual(answer);
  });

  it('answers at the time that is asked for', () => {
    const at = (time: string) => json(query('sum(response_total)', `&time=${time}`)).data.result[0].value;
    expect(at('1700000000')[0]).toBe(1_700_000_000);
    expect(at('1700000000.5')[0]).toBe(1_700_000_000.5);
    expect(at('2023-11-14T22:13:20Z')).toEqual(at('1700000000'));
    expect(Number(at('1700000060')[1])).toBeGreaterThan(Number(at('1700000000')[1]));
  });

  it('answers a scalar for a number', () => {
    expect(json(query('1 / 0')).data).toEqual({ resultType: 'scalar', result: [NOW / 1000, '+Inf'] });
  });

  it('cuts an answer at the limit, and says so', () => {
    const answer = json(query('response_total', '&limit=3'));
    expect(answer.data.result).toHaveLength(3);
    expect(answer.warnings).toEqual(['results truncated due to limit']);
    expect(json(query('response_total', '&limit=0')).warnings).toBeUndefined();
  });

  it.each([
    [query('sum('), 400, 'bad_data', 'invalid parameter "query": 1:5: parse error: unexpected end of input'],
    [query(''), 400, 'bad_data', 'invalid parameter "query": unknown position: parse error: no expression found in input'],
    ['/api/v1/query', 400, 'bad_data', 'invalid parameter "query": unknown position: parse error: no expression found in input'],
    [query('deriv(m[1m])'), 400, 'bad_data', expect.stringContaining('does not know the function "deriv"')],
    [query('1', '&time=noon'), 400, 'bad_data', 'invalid parameter "time": cannot parse "noon" to a valid timestamp'],
    [query('1', '&timeout=soon'), 400, 'bad_data', 'invalid parameter "timeout": cannot parse "soon" to a valid duration'],
    [query('1', '&limit=-1'), 400, 'bad_data', 'invalid parameter "limit": limit must be non-negative'],
    [query('rate({__name__=~"tcp_.*_bytes_total"}[1m])'), 422, 'execution', 'vector cannot contain metrics with the same labelset'],
    ['/api/v1/query_range?query=1&start=0', 400, 'bad_data', 'invalid parameter "end": cannot parse "" to a valid timestamp'],
    [
      '/api/v1/query_range?query=1&start=9&end=1&step=1',
      400,
      'bad_data',
      'invalid parameter "end": end timestamp must not be before start time',
    ],
    [
      '/api/v1/query_range?query=1&start=0&end=99999&step=1',
      400,
      'bad_data',
      expect.stringContaining('exceeded maximum resolution of 11,000 points'),
    ],
    ['/api/v1/query_range?query=1&start=0&end=9&step=0', 400, 'bad_data', 'invalid parameter "step": cannot parse "0" to a valid duration'],
    ['/api/v1/label/namespace/values?match[]=sum(m)', 400, 'bad_data', 'invalid parameter "match[]": expected a series selector'],
  ])('refuses %s as Prometheus does', (target, status, errorType, error) => {
    expect(ask(target).status).toBe(status);
    expect(json(target)).toEqual({ status: 'error', errorType, error });
  });

  it('answers range queries point by point', () => {
    const range = json(
      `/api/v1/query_range?query=${encodeURIComponent('sum(rate(response_total{deployment="web",direction="outbound"}[1m]))')}&start=1700000000&end=1700000120&step=1m`,
    );
    expect(range.data.resultType).toBe('matrix');
    expect(range.data.result).toHaveLength(1);
    expect(range.data.result[0].values.map(([time]: [number]) => time)).toEqual([1_700_000_000, 1_700_000_060, 1_700_000_120]);
    expect(json('/api/v1/query_range?query=7&start=1&end=2&step=1').data.result).toEqual([
      {
        metric: {},
        values: [
          [1, '7'],
          [2, '7'],
        ],
      },
    ]);
  });

  it('knows its labels and their values', () => {
    expect(json('/api/v1/labels').data).toEqual(expect.arrayContaining(['__name__', 'dst_namespace', 'namespace', 'reporter']));
    expect(json('/api/v1/label/namespace/values').data).toEqual(expect.arrayContaining(['bank', 'shop']));
    expect(json(`/api/v1/label/namespace/values?match[]=${encodeURIComponent('response_total{direction="outbound"}')}`).data).toEqual([
      'shop',
    ]);
    expect(json('/api/v1/label/__name__/values?match[]=tcp_open_total').data).toEqual(['tcp_open_total']);
  });

  it('is well, and ready, and says what it is', () => {
    expect(ask('/-/ready')).toMatchObject({ status: 200, text: 'Prometheus Server is Ready.\n' });
    expect(ask('/-/healthy')).toMatchObject({ status: 200, text: 'Prometheus Server is Healthy.\n' });
    expect(json('/api/v1/status/buildinfo').data.version).toContain('demo');
    for (const target of ['/', '/api/v1/nowhere', '/demo/metrics/shop', '/demo/metrics/shop/web-0/x'])
      expect(ask(target).status, target).toBe(404);
    expect(ask('/-/ready', { method: 'POST' }).status).toBe(405);
    expect(ask('/api/v1/query', { method: 'DELETE' }).status).toBe(405);
  });

  it('serves what a proxy exposes, without what scraping adds', () => {
    const { text, type } = ask('/demo/metrics/shop/web-0');
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain('response_total{direction="outbound",authority="cart.shop.svc.cluster.local"');
    expect(text).toContain('grpc_status="",error=""');
    expect(text).not.toMatch(/[{,](?:namespace|pod|deployment|job)="/);
    expect(ask('/demo/metrics').text).toMatch(/,namespace="shop",pod="web-0",control_plane_ns="linkerd",deployment="web"}/);
    expect(ask('/demo/metrics/shop/nobody').text.trim()).toBe('');
  });

  it('moves with its clock', () => {
    let now = NOW;
    const options: DemoPrometheusOptions = { now: () => now, amplitude: 0.5, livelySinceMs: NOW };
    const handler = demoPrometheus(options);
    const rate = () =>
      Number(JSON.parse(ask(query('sum(rate(response_total{dst_deployment="catalog"}[1m]))'), { handler }).text).data.result[0].value[1]);
    const rates = [0, 150, 300, 450].map((seconds) => {
      now = NOW + seconds * 1000;
      return rate();
    });
    expect(Math.max(...rates) - Math.min(...rates)).toBeGreaterThan(10);
  });

  it('takes any request without failing', () => {
    const path = fc.oneof(
      fc.constantFrom('/api/v1/query', '/api/v1/query_range', '/api/v1/label/a/values', '/demo/metrics/shop', '/demo/metrics'),
      fc.string().map((text) => `/${text}`),
    );
    const parameter = fc.tuple(
      fc.constantFrom('query', 'time', 'start', 'end', 'step', 'limit', 'timeout', 'match[]'),
      fc.oneof(fc.string(), fc.constantFrom('1', '0', 'm', '-1')),
    );
    fc.assert(
      fc.property(path, fc.array(parameter, { maxLength: 5 }), fc.constantFrom('GET', 'POST', 'PUT'), (target, parameters, method) => {
        const form = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
        const answer = ask(`${target.replaceAll('?', '')}?${method === 'GET' ? form : ''}`, { method, form: method === 'GET' ? '' : form });
        expect([200, 400, 404, 405, 422]).toContain(answer.status);
        expect(answer.demo).toBe('true');
      }),
    );
  });
});

describe('formatValue', () => {
  it('writes any number without an exponent, and loses nothing of it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = formatValue(value);
        expect(text).toMatch(/^-?\d+(?:\.\d+)?$/);
        expect(Number(text)).toBe(value === 0 ? 0 : value);
      }),
    );
    expect([1e21, 1.5e-7, -2e-10, 123e20, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(formatValue)).toEqual([
      '1000000000000000000000',
      '0.00000015',
      '-0.0000000002',
      '12300000000000000000000',
      'NaN',
      '+Inf',
      '-Inf',
    ]);
  });
});
