import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFailure, observeIstio } from '../../../../src/sources/prometheus/istio.ts';
import type { QueryName } from '../../../../src/sources/prometheus/queries.ts';
import { type Row, rowsOf } from './fake.ts';

const observe = (rows: Partial<Record<QueryName, readonly Row[]>>) => observeIstio(rowsOf(rows));

const workload = (name: string, namespace = 'bank') => ({ tag: 'workload', namespace, kind: undefined, name });
const from = (name: string, namespace = 'bank') => ({ source_workload: name, source_workload_namespace: namespace });
const to = (name: string, service = name, namespace = 'bank') => ({
  destination_workload: name,
  destination_workload_namespace: name === 'unknown' ? 'unknown' : namespace,
  destination_service: `${service}.${namespace}.svc.cluster.local`,
  destination_service_name: service,
});
const UNKNOWN_SOURCE = { source_workload: 'unknown', source_workload_namespace: 'unknown' };
const BY_SOURCE = { reporter: 'source', connection_security_policy: 'unknown' };
const BY_SERVER = { reporter: 'destination', connection_security_policy: 'mutual_tls' };
const OK = { request_protocol: 'http', response_code: '200' };
const GRPC_OK = { request_protocol: 'grpc', response_code: '200', grpc_response_status: '0' };

describe('isFailure', () => {
  it.each([
    ['http', '200', undefined, false],
    ['http', '301', undefined, false],
    ['http', '404', undefined, false],
    ['http', '403', undefined, false],
    ['http', '500', undefined, true],
    ['http', '503', undefined, true],
    ['http', '0', undefined, true],
    ['grpc', '200', '0', false],
    ['grpc', '200', '14', true],
    ['grpc', '200', '5', true],
    ['grpc', '200', undefined, false],
    ['grpc', '0', '0', true],
    ['grpc', '403', '0', true],
    ['grpc', '503', undefined, true],
  ])('%s %s %s: %s', (request_protocol, response_code, status, failed) => {
    expect(isFailure({ request_protocol, response_code, ...(status === undefined ? {} : { grpc_response_status: status }) })).toBe(failed);
  });
});

describe('observeIstio', () => {
  it('gives what either end reports of a call, of which the server alone knows how it was secured', () => {
    const { traffic, decisions } = observe({
      istioRequests: [
        [{ ...BY_SOURCE, ...from('portal'), ...to('accounts'), ...GRPC_OK }, 10],
        [{ ...BY_SOURCE, ...from('portal'), ...to('accounts'), ...GRPC_OK, grpc_response_status: '14' }, 2],
        [{ ...BY_SERVER, ...from('portal'), ...to('accounts'), ...GRPC_OK }, 9.9],
        [{ ...BY_SERVER, ...from('portal'), ...to('accounts'), ...GRPC_OK, grpc_response_status: '14' }, 1.1],
        [{ ...BY_SERVER, connection_security_policy: 'none', ...from('portal'), ...to('accounts'), ...GRPC_OK }, 0.5],
      ],
      istioLatencyP50: [
        [{ reporter: 'source', ...from('portal'), ...to('accounts'), request_protocol: 'grpc' }, 25],
        [{ reporter: 'destination', ...from('portal'), ...to('accounts'), request_protocol: 'grpc' }, 20],
      ],
      istioLatencyP99: [[{ reporter: 'source', ...from('portal'), ...to('accounts'), request_protocol: 'grpc' }, 250]],
    });
    expect(traffic).toEqual([
      {
        mesh: 'istio',
        source: workload('portal'),
        destination: workload('accounts'),
        service: { namespace: 'bank', name: 'accounts' },
        protocol: 'grpc',
        reporter: 'source',
        requests: 12,
        failures: 2,
        latency: { p50: 25, p99: 250 },
        security: {},
      },
      {
        mesh: 'istio',
        source: workload('portal'),
        destination: workload('accounts'),
        service: { namespace: 'bank', name: 'accounts' },
        protocol: 'grpc',
        reporter: 'destination',
        requests: 11.5,
        failures: 1.1,
        latency: { p50: 20 },
        security: { mutual_tls: 11, plaintext: 0.5 },
      },
    ]);
    expect(decisions).toEqual([]);
  });

  it('shows callers from outside of the mesh, whom the server alone reports', () => {
    const { traffic } = observe({
      istioRequests: [
        [{ reporter: 'destination', connection_security_policy: 'none', ...UNKNOWN_SOURCE, ...to('accounts'), ...OK }, 1.2],
        [{ reporter: 'destination', connection_security_policy: 'mutual_tls', ...UNKNOWN_SOURCE, ...to('accounts'), ...OK }, 0.3],
      ],
    });
    expect(traffic).toMatchObject([
      { source: { tag: 'unmeshed' }, reporter: 'destination', requests: 1.2, security: { plaintext: 1.2 } },
      { source: { tag: 'unknown' }, requests: 0.3, security: { mutual_tls: 0.3 } },
    ]);
  });

  it('gives calls that never arrived to the one workload that answers the others', () => {
    const { traffic } = observe({
      istioRequests: [
        [{ ...BY_SOURCE, ...from('portal'), ...to('ledger'), ...OK }, 5],
        [{ ...BY_SOURCE, ...from('portal'), ...to('unknown', 'ledger'), ...OK, response_code: '503' }, 1],
        [{ ...BY_SERVER, ...from('portal'), ...to('ledger'), ...OK }, 5],
      ],
    });
    expect(traffic).toMatchObject([
      { reporter: 'source', destination: workload('ledger'), requests: 6, failures: 1 },
      { reporter: 'destination', destination: workload('ledger'), requests: 5 },
    ]);
  });

  it('leaves them at the Service where several workloads answer', () => {
    const { traffic } = observe({
      istioRequests: [
        [{ ...BY_SOURCE, ...from('portal'), ...to('ledger-v1', 'ledger'), ...OK }, 5],
        [{ ...BY_SOURCE, ...from('portal'), ...to('ledger-v2', 'ledger'), ...OK }, 3],
        [{ ...BY_SOURCE, ...from('portal'), ...to('unknown', 'ledger'), ...OK, response_code: '403' }, 2],
      ],
    });
    expect(
      traffic.map(({ destination, requests }) => [
        destination.tag === 'workload' || destination.tag === 'service' ? destination.name : '',
        requests,
      ]),
    ).toEqual([
      ['ledger-v1', 5],
      ['ledger-v2', 3],
      ['ledger', 2],
    ]);
  });

  it('takes a Service from the host: at a server the namespace label is the proxy’s own', () => {
    const { traffic } = observe({
      istioRequests: [
        [
          {
            reporter: 'waypoint',
            connection_security_policy: 'mutual_tls',
            ...from('a'),
            ...to('unknown', 'forecast', 'weather'),
            destination_service_namespace: 'gateways',
            ...OK,
          },
          1,
        ],
      ],
    });
    expect(traffic).toMatchObject([
      { destination: { tag: 'service', namespace: 'weather', name: 'forecast' }, service: { namespace: 'weather', name: 'forecast' } },
    ]);
  });

  it('reads destinations outside of the mesh', () => {
    const outside = (destination_service: string, destination_service_name = destination_service) => ({
      ...BY_SOURCE,
      ...from('portal'),
      destination_workload: 'unknown',
      destination_workload_namespace: 'unknown',
      destination_service,
      destination_service_name,
      ...OK,
    });
    const { traffic, malformed } = observe({
      istioRequests: [
        [outside('api.example.com'), 1],
        [outside('203.0.113.9:443', 'PassthroughCluster'), 2],
        [outside('10.1.2.3:8080'), 3],
        [outside('unknown', 'PassthroughCluster'), 4],
        [outside('please run this'), 5],
      ],
    });
    expect(traffic.map(({ destination, requests }) => [destination, requests])).toEqual([
      [{ tag: 'external', authority: 'api.example.com' }, 1],
      [{ tag: 'external', authority: '203.0.113.9:443' }, 2],
      [{ tag: 'unknown' }, 7],
    ]);
    expect(malformed).toBe(1);
  });

  it('names bytes from the client’s side, where Istio names them from the server’s', () => {
    const db = { ...from('ledger'), ...to('ledger-db') };
    const { traffic } = observe({
      istioTcpOpened: [
        [{ ...BY_SOURCE, ...db }, 0.2],
        [{ ...BY_SERVER, ...db }, 0.2],
      ],
      istioTcpReceived: [
        [{ ...BY_SOURCE, ...db }, 24_000],
        [{ ...BY_SERVER, ...db }, 24_000],
      ],
      istioTcpSent: [
        [{ ...BY_SOURCE, ...db }, 310_000],
        [{ ...BY_SERVER, ...db }, 310_000],
      ],
    });
    const bytes = { protocol: 'tcp', requests: 0, sentBytes: 24_000, receivedBytes: 310_000 };
    expect(traffic).toMatchObject([
      { ...bytes, reporter: 'source', security: {} },
      { ...bytes, reporter: 'destination', security: { mutual_tls: 0.2 } },
    ]);
  });

  it('tells by bytes how connections are secured when none was opened in the window', () => {
    const db = { ...from('ledger'), ...to('ledger-db') };
    const { traffic } = observe({
      istioTcpReceived: [
        [{ ...BY_SERVER, ...db }, 300],
        [{ ...BY_SERVER, ...db, connection_security_policy: 'none' }, 100],
      ],
    });
    expect(traffic).toMatchObject([{ security: { mutual_tls: 0.75, plaintext: 0.25 }, reporter: 'destination' }]);
  });

  it('shows what passes a waypoint as one edge, not as the connections to and from it', () => {
    const mtls = { connection_security_policy: 'mutual_tls' };
    const forecast = to('forecast', 'forecast', 'weather');
    const first = { ...from('frontend', 'weather'), ...to('waypoint', 'forecast', 'weather') };
    const second = { ...from('waypoint', 'weather'), ...forecast };
    const { traffic } = observe({
      istioRequests: [[{ reporter: 'waypoint', ...mtls, ...from('frontend', 'weather'), ...forecast, ...GRPC_OK }, 9]],
      istioTcpOpened: (['source', 'destination'] as const).flatMap((reporter): Row[] => [
        [{ reporter, ...mtls, ...first }, 1],
        [{ reporter, ...mtls, ...second }, 1],
        // Another connection, which has nothing to do with a waypoint.
        [{ reporter, ...mtls, ...from('frontend', 'weather'), ...to('cache', 'cache', 'weather') }, 1],
      ]),
    });
    expect(traffic.map(({ source, destination, protocol }) => [source, destination, protocol])).toEqual([
      [workload('frontend', 'weather'), workload('forecast', 'weather'), 'grpc'],
      [workload('frontend', 'weather'), workload('cache', 'weather'), 'tcp'],
      [workload('frontend', 'weather'), workload('cache', 'weather'), 'tcp'],
    ]);
  });

  it('does not count again what a server says of calls that passed a waypoint', () => {
    const call = { ...from('frontend', 'weather'), ...to('forecast', 'forecast', 'weather'), ...GRPC_OK };
    const { traffic } = observe({
      istioRequests: [
        [{ reporter: 'waypoint', connection_security_policy: 'mutual_tls', ...call }, 9],
        [{ ...BY_SERVER, ...call }, 8.9],
        [{ ...BY_SERVER, ...call, ...from('other', 'weather') }, 1],
      ],
    });
    expect(traffic.map(({ source, requests }) => [source, requests])).toEqual([
      [workload('frontend', 'weather'), 9],
      [workload('other', 'weather'), 1],
    ]);
  });

  it('gives the bytes and the security of connections to the requests that they carry', () => {
    const ends = { ...from('gateway', 'ingress'), ...to('frontend', 'frontend', 'weather') };
    const ztunnel = { reporter: 'destination', connection_security_policy: 'mutual_tls', ...ends };
    const { traffic } = observe({
      istioRequests: [[{ ...BY_SOURCE, ...ends, ...OK }, 8]],
      istioTcpOpened: [
        [ztunnel, 0.3],
        [{ ...ztunnel, connection_security_policy: 'none' }, 0.1],
      ],
      istioTcpReceived: [[ztunnel, 500]],
      istioTcpSent: [[ztunnel, 9000]],
    });
    expect(traffic).toMatchObject([
      {
        reporter: 'source',
        protocol: 'http',
        requests: 8,
        security: { mutual_tls: expect.closeTo(6), plaintext: expect.closeTo(2) },
        sentBytes: 500,
        receivedBytes: 9000,
      },
    ]);
    expect(traffic).toHaveLength(1);
  });

  it('does not doubt what is known of how requests were secured', () => {
    const ends = { ...from('portal'), ...to('accounts') };
    const { traffic } = observe({
      istioRequests: [[{ ...BY_SERVER, ...ends, ...OK }, 8]],
      istioTcpOpened: [[{ ...BY_SERVER, connection_security_policy: 'none', ...ends }, 1]],
    });
    expect(traffic).toMatchObject([{ protocol: 'http', security: { mutual_tls: 8 } }]);
    expect(traffic[0]?.security).not.toHaveProperty('plaintext');
  });

  it('counts denials, and what the denying workloads let in', () => {
    const principal = { source_principal: 'spiffe://cluster.local/ns/bank/sa/portal' };
    const forbidden = { ...BY_SERVER, ...from('portal'), ...to('ledger') };
    const { decisions } = observe({
      istioRequests: [
        [{ ...BY_SERVER, ...from('accounts'), ...to('ledger'), ...OK }, 11],
        [{ ...forbidden, ...OK, response_code: '403' }, 0.5],
        [{ ...BY_SERVER, ...from('portal'), ...to('accounts'), ...OK }, 14],
      ],
      istioDenied: [
        [{ ...forbidden, ...principal, response_flags: '-' }, 0.3],
        [{ ...forbidden, ...principal, response_flags: 'UAEX' }, 0.1],
        [{ ...forbidden, ...principal, response_flags: 'DC' }, 0.1],
      ],
      istioTcpDenied: [[{ reporter: 'destination', ...from('portal'), ...to('ledger-db'), source_principal: 'unknown' }, 0.2]],
    });
    expect(decisions).toEqual([
      {
        destination: workload('ledger'),
        source: workload('portal'),
        clientId: 'spiffe://cluster.local/ns/bank/sa/portal',
        allowed: 0,
        denied: 0.4,
      },
      { destination: workload('ledger-db'), source: workload('portal'), protocol: 'tcp', allowed: 0, denied: 0.2 },
      { destination: workload('ledger'), source: workload('accounts'), allowed: 11, denied: 0 },
      { destination: workload('ledger'), source: workload('portal'), allowed: expect.closeTo(0.1), denied: 0 },
    ]);
  });

  it('says how many rows name nothing', () => {
    const { unlabelled, malformed, rows, traffic } = observe({
      istioRequests: [
        [{ reporter: 'source', request_protocol: 'http', response_code: '200' }, 1],
        [{ ...from('a'), ...to('b'), ...OK }, 1],
        [{ ...BY_SOURCE, ...from('A B'), ...to('b'), ...OK }, 1],
      ],
    });
    expect({ unlabelled, malformed, rows }).toEqual({ unlabelled: 2, malformed: 1, rows: 3 });
    expect(traffic).toEqual([]);
  });

  it('takes any rows without throwing, and makes no more of them than they are', () => {
    const name = fc.constantFrom('a', 'b', 'unknown', 'B A D');
    const labels = fc.record(
      {
        reporter: fc.constantFrom('source', 'destination', 'waypoint', 'else'),
        source_workload: name,
        source_workload_namespace: fc.constant('bank'),
        destination_workload: name,
        destination_workload_namespace: fc.constant('bank'),
        destination_service: fc.constantFrom('a.bank.svc.cluster.local', 'b.bank.svc.cluster.local', 'x.example.com', 'unknown', '!'),
        request_protocol: fc.constantFrom('http', 'grpc', 'tcp'),
        response_code: fc.constantFrom('0', '200', '403', '503', ''),
        connection_security_policy: fc.constantFrom('mutual_tls', 'none', 'unknown', 'other'),
      },
      { requiredKeys: [] },
    );
    const rows = fc.array(fc.tuple(labels, fc.double({ min: 0.001, max: 1000, noNaN: true })), { maxLength: 12 });
    fc.assert(
      fc.property(rows, rows, (requests, opened) => {
        const given: Row[] = requests.map(([all, value]) => [all, value]);
        const { traffic } = observe({
          istioRequests: given,
          istioDenied: given,
          istioTcpOpened: opened.map(([all, value]): Row => [all, value]),
          istioTcpDenied: given,
        });
        const sum = (reporter: string) =>
          requests.filter(([all]) => all.reporter === reporter).reduce((total, [, value]) => total + value, 0);
        const counted = traffic.reduce((total, part) => total + part.requests, 0);
        expect(counted).toBeLessThanOrEqual((sum('source') + sum('destination') + sum('waypoint')) * (1 + 1e-9));
        for (const part of traffic) {
          expect(part.failures).toBeLessThanOrEqual(part.requests * (1 + 1e-9));
          expect(Object.keys(part.security).filter((word) => word !== 'mutual_tls' && word !== 'plaintext')).toEqual([]);
        }
      }),
    );
  });
});
