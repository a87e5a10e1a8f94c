import type { RouteAnswer } from '../../../../src/policy/routing/answer.ts';
import type { RouteRequest } from '../../../../src/policy/routing/request.ts';
import { resolveRoute } from '../../../../src/policy/routing/resolve.ts';

interface Meta {
  readonly namespace?: string;
  readonly created?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** An Istio object in `shop`, unless said otherwise. */
export function istio(kind: string, name: string, spec: object, { namespace = 'shop', created }: Meta = {}): object {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind,
    metadata: { name, namespace, ...(created === undefined ? {} : { creationTimestamp: created }) },
    spec,
  };
}

/** A VirtualService with HTTP rules. */
export function routes(name: string, hosts: readonly string[], http: readonly object[], more: object = {}, meta: Meta = {}): object {
  return istio('VirtualService', name, { hosts, http, ...more }, meta);
}

/** A destination with a weight. */
export function to(host: string, subset?: string, weight?: number): object {
  return { destination: { host, ...(subset === undefined ? {} : { subset }) }, ...(weight === undefined ? {} : { weight }) };
}

interface ServicePort {
  readonly name?: string;
  readonly port: number;
}

/** A Service that selects `app: name`, with one HTTP port unless said otherwise. */
export function service(
  name: string,
  ports: readonly ServicePort[] = [{ name: 'http', port: 80 }],
  { namespace = 'shop' }: Meta = {},
): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { selector: { app: name }, ports } };
}

/** A Deployment whose pods bear `app: app` and more labels. */
export function deployment(name: string, app: string, labels: Readonly<Record<string, string>> = {}, namespace = 'shop'): object {
  const template = { metadata: { labels: { app, ...labels } }, spec: { containers: [] } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec: { template } };
}

/** A request of a workload in `shop` to `web`. */
export function request(change: Partial<RouteRequest> = {}): RouteRequest {
  return { from: { tag: 'workload', namespace: 'shop', labels: { app: 'client' } }, host: 'web', port: 80, protocol: 'http', ...change };
}

/** Resolves in a world that holds all that there is. */
export function resolve(objects: readonly unknown[], change: Partial<RouteRequest> = {}): RouteAnswer {
  return resolveRoute(objects, request(change), { complete: true });
}

/** `host:port/subset share` of each destination, or the tag and reason of another answer. */
export function brief(answer: RouteAnswer): string {
  switch (answer.tag) {
    case 'routed':
      return answer.destinations
        .map(({ host, port, subset, share, problem }) => {
          const name = host.replace('.svc.cluster.local', '');
          const suffix = `${subset === undefined ? '' : `/${subset}`} ${share.numerator}/${share.denominator}`;
          return `${name}:${port}${suffix}${problem === undefined ? '' : ` (${problem.tag})`}`;
        })
        .join(', ');
    case 'redirected': {
      const { scheme, authority, port, path } = answer.location;
      return `${answer.status} ${scheme}://${authority}${port === undefined ? '' : `:${port}`}${path}`;
    }
    case 'answered':
      return `${answer.status} ${answer.body ?? ''}`;
    case 'refused':
      return `refused: ${answer.reason}`;
    default:
      return answer.tag;
  }
}
