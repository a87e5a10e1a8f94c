import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolPath } from '../tools/cache.ts';
import { type Process, startProcess } from './process.ts';
import type { Servers } from './servers.ts';
import { until } from './wait.ts';

/** Envoy's own default for a route (`RouteAction.timeout`), and so the ingress' where nothing else is set: the whole answer has to be there by then. */
export const DEFAULT_ROUTE_TIMEOUT_MS = 15_000;

/** A host name that the ingress routes, as an HTTPTrigger has it in `ingress.host`. */
export interface IngressRoute {
  readonly host: string;
  /** `http://127.0.0.1:PORT` of what serves it. */
  readonly upstream: string;
  /** The route's time-out; Envoy's default where it is not given. */
  readonly timeoutMs?: number;
}

/** An Envoy that stands before components as the platform's ingress does. */
export interface Ingress extends Process {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** One of Envoy's counters, such as `http.ingress.downstream_rq_total`. Throws where it has none of that name. */
  readonly counter: (name: string) => Promise<number>;
}

/**
 * Starts it. As far as a client can tell it does what Cosmonic Control's ingress does: it picks a route by the Host header alone, port aside, hands that header on
 * unchanged (a host finds the component by it), buffers nothing, and gives up after the route's time-out. Whatever no route names is answered 404.
 */
export async function startIngress(servers: Servers, routes: readonly IngressRoute[]): Promise<Ingress> {
  const folder = servers.folder();
  const config = join(folder, 'envoy.json');
  const adminAddress = join(folder, 'admin');
  writeFileSync(config, JSON.stringify(bootstrap(routes)));
  const process = await startProcess(servers, {
    command: toolPath('envoy'),
    // Hot restart wants shared memory under a number that every Envoy on this machine would share.
    args: [
      '--config-path',
      config,
      '--admin-address-path',
      adminAddress,
      '--disable-hot-restart',
      '--log-level',
      'warning',
      '--concurrency',
      '1',
    ],
    name: 'ingress',
  });
  const admin = await until('Envoy names its address', async () => {
    process.check();
    return `http://${readFileSync(adminAddress, 'utf8')}`;
  });
  const port = await until('Envoy listens', async () => {
    process.check();
    const { listener_statuses: listeners } = (await (await fetch(`${admin}/listeners?format=json`)).json()) as Listeners;
    return listeners?.[0]?.local_address.socket_address.port_value;
  });
  return {
    ...process,
    url: `http://127.0.0.1:${port}`,
    counter: async (name) => {
      const { stats } = (await (await fetch(`${admin}/stats?format=json&filter=^${name}$`)).json()) as Stats;
      const [found] = stats.filter((stat) => stat.name === name);
      if (found?.value === undefined) throw new Error(`Envoy has no counter ${name}`);
      return found.value;
    },
  };
}

/** Of Envoy's admin interface: `envoy.admin.v3.Listeners`. */
interface Listeners {
  readonly listener_statuses?: readonly { readonly local_address: { readonly socket_address: { readonly port_value: number } } }[];
}

interface Stats {
  readonly stats: readonly { readonly name?: string; readonly value?: number }[];
}

/** A static configuration in the form of `envoy.config.bootstrap.v3.Bootstrap`. */
function bootstrap(routes: readonly IngressRoute[]): object {
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'ingress',
    strip_any_host_port: true,
    route_config: {
      virtual_hosts: routes.map(({ host, timeoutMs = DEFAULT_ROUTE_TIMEOUT_MS }) => ({
        name: host,
        domains: [host],
        routes: [{ match: { prefix: '/' }, route: { cluster: host, timeout: `${timeoutMs / 1000}s` } }],
      })),
    },
    http_filters: [{ name: 'router', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' } }],
  };
  return {
    admin: { address: address('127.0.0.1', 0) },
    static_resources: {
      listeners: [
        {
          name: 'http',
          address: address('127.0.0.1', 0),
          filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }],
        },
      ],
      clusters: routes.map(({ host, upstream }) => ({
        name: host,
        connect_timeout: '5s',
        load_assignment: {
          cluster_name: host,
          endpoints: [{ lb_endpoints: [{ endpoint: { address: address('127.0.0.1', Number(new URL(upstream).port)) } }] }],
        },
      })),
    },
  };
}

function address(host: string, port: number): object {
  return { socket_address: { address: host, port_value: port } };
}
