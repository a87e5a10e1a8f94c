import type { Destination, HttpTreatment, RouteAnswer } from '../../../src/policy/routing/answer.ts';
import type { RouteRequest, Sender } from '../../../src/policy/routing/request.ts';
import { documents, MANIFESTS } from './manifests.ts';

/** What is deployed without an overlay: the mesh's installation and the base. */
export function shipped(): readonly unknown[] {
  return [...documents('istio/installation.yaml'), ...MANIFESTS.map(({ value }) => value)];
}

/** A workload of mcp-system. */
export function sidecarOf(app: string): Sender {
  return { tag: 'workload', namespace: 'mcp-system', labels: { app } };
}

/** A call of mcp-gateway, on the port that all services have. */
export function callTo(host: string, change: Partial<RouteRequest> = {}): RouteRequest {
  return { from: sidecarOf('mcp-gateway'), host, port: 8080, protocol: 'http', ...change };
}

/** A request from the internet. */
export function ingress(change: Partial<RouteRequest> = {}): RouteRequest {
  return {
    from: { tag: 'gateway', gateway: 'istio-ingress/mcp-ingress' },
    host: 'mcp.example.com',
    port: 443,
    protocol: 'https',
    ...change,
  };
}

/** The destinations of a request that is sent on. */
export function destinationsOf(answer: RouteAnswer): readonly Destination[] {
  if (answer.tag !== 'routed') throw new Error(`not routed: ${JSON.stringify(answer)}`);
  return answer.destinations;
}

/** The only one of them. */
export function destinationOf(answer: RouteAnswer): Destination {
  const [destination, ...others] = destinationsOf(answer);
  if (destination === undefined || others.length > 0) throw new Error(`not one destination: ${JSON.stringify(answer)}`);
  return destination;
}

/** What happens to a request of HTTP that is sent on. */
export function treatmentOf(answer: RouteAnswer): HttpTreatment {
  if (answer.tag !== 'routed' || answer.http === undefined) throw new Error(`not routed by HTTP: ${JSON.stringify(answer)}`);
  return answer.http;
}

/** `subset 9/10` of each destination. */
export function subsetsOf(answer: RouteAnswer): readonly string[] {
  return destinationsOf(answer).map(({ subset, share }) => `${subset ?? 'all'} ${share.numerator}/${share.denominator}`);
}
