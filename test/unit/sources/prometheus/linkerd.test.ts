import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observeLinkerd } from '../../../../src/sources/prometheus/linkerd.ts';
import { QUERY_NAMES, type QueryName, queryOf } from '../../../../src/sources/prometheus/queries.ts';
import { type Row, rowsOf } from './fake.ts';

const observe = (rows: Partial<Record<QueryName, readonly Row[]>>) => observeLinkerd(rowsOf(rows));

const workload = (name: string, kind = 'Deployment', namespace = 'shop') => ({ tag: 'workload', namespace, kind, name });
const WEB = { namespace: 'shop', deployment: 'web' };
const PAYMENTS = { dst_namespace: 'shop', dst_service: 'payments', dst_deployment: 'payments', target_port: '9090' };
const EDGE = { ...WEB, ...PAYMENTS };
const PLAIN = { tls: 'no_identity', no_tls_reason: 'not_provided_by_service_discovery' };

describe('observeLinkerd', () => {
  it('makes one edge of its rows: classes, security, latency and bytes', () => {
    const { traffic, ...rest } = observe({
      linkerdRequests: [
        [{ ...EDGE, tls: 'true', classification: 'success', grpc_status: '0' }, 6],
        [{ ...EDGE, tls: 'true', classification: 'failure', grpc_status: '14' }, 1],
        [{ ...EDGE, tls: 'true', classification: 'failure' }, 0.5],
        [{ ...EDGE, ...PLAIN, classification: 'success', grpc_status: '0' }, 2.5],
      ],
      linkerdLatencyP50: [[EDGE, 12]],
      linkerdLatencyP95: [[EDGE, 80]],
      linkerdLatencyP99: [[EDGE, 95.5]],
      linkerdTcpOpen: [[{ ...EDGE, tls: 'true' }, 3]],
      linkerdTcpRead: [[EDGE, 9000]],
      linkerdTcpWrite: [[EDGE, 400]],
    });
    expect(traffic).toEqual([
      {
        mesh: 'linkerd',
        source: workload('web'),
        destination: workload('payments'),
        service: { namespace: 'shop', name: 'payments' },
        port: 9090,
        protocol: 'grpc',
        reporter: 'source',
        requests: 10,
        failures: 1.5,
        latency: { p50: 12, p95: 80, p99: 95.5 },
        security: { mutual_tls: 7.5, not_provided_by_service_discovery: 2.5 },
        sentBytes: 400,
        receivedBytes: 9000,
      },
    ]);
    expect(rest).toEqual({ decisions: [], routes: [], rows: 10, unattributed: 0, malformed: 0 });
  });

  it('makes TCP of connections without requests', () => {
    const redis = {
      namespace: 'shop',
      deployment: 'cart',
      dst_namespace: 'shop',
      dst_service: 'cart-redis',
      dst_statefulset: 'cart-redis',
      target_port: '6379',
    };
    const { traffic } = observe({
      linkerdTcpOpen: [
        [{ ...redis, tls: 'true' }, 4],
        [{ ...redis, tls: 'disabled' }, 1],
      ],
      linkerdTcpWrite: [[redis, 100]],
    });
    expect(traffic).toEqual([
      {
        mesh: 'linkerd',
        source: workload('cart'),
        destination: workload('cart-redis', 'StatefulSet'),
        service: { namespace: 'shop', name: 'cart-redis' },
        port: 6379,
        protocol: 'tcp',
        reporter: 'source',
        requests: 0,
        failures: 0,
        security: { mutual_tls: 4, disabled: 1 },
        sentBytes: 100,
      },
    ]);
  });

  it('keeps edges apart that differ in a port, a Service or an end', () => {
    const success = { classification: 'success', tls: 'true' };
    const { traffic } = observe({
      linkerdRequests: [
        [{ ...EDGE, ...success }, 1],
        [{ ...EDGE, ...success, target_port: '8080' }, 1],
        [{ ...EDGE, ...success, dst_service: 'payments-canary' }, 1],
        [{ ...EDGE, ...success, namespace: 'other' }, 1],
        [{ ...EDGE, ...success, grpc_status: '' }, 1],
      ],
    });
    expect(traffic.map(({ requests }) => requests)).toEqual([2, 1, 1, 1]);
  });

  it('names a destination by its Service where no label names its owner', () => {
    const { traffic } = observe({
      linkerdRequests: [[{ ...WEB, dst_namespace: 'shop', dst_service: 'rollout', classification: 'success' }, 1]],
    });
    expect(traffic).toMatchObject([{ destination: { tag: 'service', namespace: 'shop', name: 'rollout' }, service: { name: 'rollout' } }]);
  });

  it('reads destinations outside of the mesh by their authority', () => {
    const external = (authority: string) => ({ ...WEB, authority, target_port: '443', ...PLAIN, classification: 'success' });
    const { traffic, malformed } = observe({
      linkerdExternalRequests: [
        [external('api.tax.example.com'), 2],
        [external('late.shop.svc.cluster.local:80'), 1],
        [external('a b'), 1],
        [{ ...WEB, classification: 'failure' }, 1],
      ],
      linkerdExternalLatencyP99: [[{ ...WEB, authority: 'api.tax.example.com', target_port: '443' }, 480]],
    });
    expect(traffic).toMatchObject([
      {
        destination: { tag: 'external', authority: 'api.tax.example.com' },
        port: 443,
        requests: 2,
        latency: { p99: 480 },
        security: { not_provided_by_service_discovery: 2 },
      },
      { destination: { tag: 'service', namespace: 'shop', name: 'late' }, requests: 1 },
      { destination: { tag: 'unknown' }, failures: 1 },
    ]);
    expect(malformed).toBe(1);
  });

  it('reads callers without identity at the destination', () => {
    const { traffic } = observe({
      linkerdUnmeshed: [
        [
          {
            namespace: 'shop',
            deployment: 'orders',
            target_port: '8080',
            tls: 'no_identity',
            no_tls_reason: 'no_tls_from_remote',
            classification: 'success',
          },
          0.4,
        ],
        [
          {
            namespace: 'shop',
            deployment: 'orders',
            target_port: '8080',
            tls: 'no_identity',
            no_tls_reason: 'no_tls_from_remote',
            classification: 'failure',
          },
          0.1,
        ],
      ],
    });
    expect(traffic).toEqual([
      {
        mesh: 'linkerd',
        source: { tag: 'unmeshed' },
        destination: workload('orders'),
        port: 8080,
        protocol: 'http',
        reporter: 'destination',
        requests: 0.5,
        failures: 0.1,
        security: { no_tls_from_remote: 0.5 },
      },
    ]);
  });

  it('keeps the traffic of pods that were scraped without relabelling, and counts it', () => {
    const { namespace, deployment, ...bare } = { ...EDGE, classification: 'success', tls: 'true' };
    const { traffic, unattributed, rows } = observe({
      linkerdRequests: [
        [bare, 3],
        [{ ...bare, namespace }, 1],
      ],
      linkerdUnmeshed: [[{ target_port: '8080', classification: 'success' }, 1]],
    });
    expect(traffic).toMatchObject([{ source: { tag: 'unknown' }, destination: workload('payments'), requests: 4 }]);
    expect({ unattributed, rows }).toEqual({ unattributed: 3, rows: 3 });
    expect(deployment).toBe('web');
  });

  it('sums decisions by caller, port and policy', () => {
    const orders = { namespace: 'shop', deployment: 'orders', target_port: '8080', srv_kind: 'server', srv_name: 'orders-http' };
    const checkout = {
      ...orders,
      tls: 'true',
      client_id: 'checkout.shop.serviceaccount.identity.linkerd.cluster.local',
      authz_kind: 'authorizationpolicy',
      authz_name: 'orders-callers',
    };
    const { decisions, malformed } = observe({
      linkerdHttpAllowed: [
        [checkout, 5],
        [
          { ...checkout, srv_kind: 'default', srv_name: 'all-unauthenticated', authz_kind: 'default', authz_name: 'all-unauthenticated' },
          1,
        ],
        [{ ...checkout, client_id: 'a b' }, 9],
      ],
      linkerdHttpDenied: [[{ ...orders, tls: 'no_identity' }, 0.8]],
      linkerdTcpAllowed: [[checkout, 2]],
      linkerdTcpDenied: [[{ ...orders, tls: 'true' }, 0.2]],
    });
    const clientId = 'checkout.shop.serviceaccount.identity.linkerd.cluster.local';
    expect(decisions).toEqual([
      {
        destination: workload('orders'),
        clientId,
        port: 8080,
        server: 'orders-http',
        authorization: 'orders-callers',
        allowed: 5,
        denied: 0,
      },
      { destination: workload('orders'), clientId, port: 8080, allowed: 1, denied: 0 },
      { destination: workload('orders'), source: { tag: 'unmeshed' }, port: 8080, server: 'orders-http', allowed: 0, denied: 0.8 },
      {
        destination: workload('orders'),
        clientId,
        port: 8080,
        protocol: 'tcp',
        server: 'orders-http',
        authorization: 'orders-callers',
        allowed: 2,
        denied: 0,
      },
      { destination: workload('orders'), port: 8080, protocol: 'tcp', server: 'orders-http', allowed: 0, denied: 0.2 },
    ]);
    expect(malformed).toBe(1);
  });

  it('counts routes and their backends as linkerd-viz does', () => {
    const route = { route_group: 'gateway.networking.k8s.io', route_kind: 'HTTPRoute', route_namespace: 'shop', route_name: 'checkout' };
    const backend = { backend_kind: 'Service', backend_namespace: 'shop', backend_name: 'checkout-v2' };
    const { routes, malformed } = observe({
      linkerdHttpRoutes: [
        [{ ...route, http_status: '200' }, 5],
        [{ ...route, http_status: '404' }, 2],
        [{ ...route, http_status: '503' }, 1],
        [{ ...route, error: 'REQUEST_TIMEOUT' }, 0.5],
        [{ ...route, route_name: 'NOT A NAME', http_status: '200' }, 1],
      ],
      linkerdGrpcRoutes: [
        [{ ...route, route_kind: 'GRPCRoute', grpc_status: 'OK' }, 3],
        [{ ...route, route_kind: 'GRPCRoute', grpc_status: 'NOT_FOUND' }, 1],
        [{ ...route, route_kind: 'GRPCRoute', grpc_status: 'OK', error: 'IO' }, 1],
      ],
      linkerdHttpBackends: [
        [{ ...route, ...backend, http_status: '200' }, 4],
        [{ ...route, ...backend, backend_kind: 'EgressNetwork', http_status: '200' }, 4],
      ],
      linkerdGrpcBackends: [[{ ...route, ...backend, route_kind: 'GRPCRoute', grpc_status: 'INTERNAL' }, 1]],
    });
    const http = { namespace: 'shop', group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'checkout' };
    const grpc = { ...http, kind: 'GRPCRoute' };
    expect(routes).toEqual([
      { ...http, requests: 8.5, failures: 1.5 },
      { ...grpc, requests: 5, failures: 2 },
      { ...http, backend: { namespace: 'shop', name: 'checkout-v2' }, requests: 4, failures: 0 },
      { ...grpc, backend: { namespace: 'shop', name: 'checkout-v2' }, requests: 1, failures: 1 },
    ]);
    expect(malformed).toBe(1);
  });

  it('takes any rows without throwing, and its sums are those of the rows that it takes', () => {
    const value = fc.oneof(fc.constantFrom('shop', 'web', 'payments', 'true', 'success', 'failure', '8080', '__proto__'), fc.string());
    const rows = fc.dictionary(
      fc.constantFrom(...QUERY_NAMES),
      fc.array(
        fc.tuple(
          fc
            .constantFrom(...new Set(QUERY_NAMES.flatMap((name) => queryOf(name).by)))
            .chain((label) =>
              fc.dictionary(
                fc.constantFrom(label, 'namespace', 'deployment', 'dst_namespace', 'dst_deployment', 'tls', 'classification'),
                value,
              ),
            ),
          fc.double({ min: 0, max: 1000, noNaN: true }),
        ),
        { maxLength: 5 },
      ),
    );
    fc.assert(
      fc.property(rows, (given) => {
        const reading = observe(given);
        const requests = reading.traffic.filter(({ reporter }) => reporter === 'source').reduce((sum, part) => sum + part.requests, 0);
        const most = (given.linkerdRequests ?? []).concat(given.linkerdExternalRequests ?? []).reduce((sum, [, amount]) => sum + amount, 0);
        expect(requests).toBeLessThanOrEqual(most * (1 + 1e-9));
        for (const part of reading.traffic) expect(part.failures).toBeLessThanOrEqual(part.requests * (1 + 1e-9));
        expect(reading.malformed + reading.unattributed).toBeLessThanOrEqual(2 * reading.rows);
      }),
    );
  });
});
