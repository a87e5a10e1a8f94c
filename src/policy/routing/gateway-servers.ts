import { parseProtocol } from '../analyze/protocol.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';

/** What a server of a Gateway does with connections (istio, pkg/config/gateway). */
export type ServerKind =
  /** HTTP without TLS. */
  | 'http'
  /** Ends TLS and routes requests. */
  | 'https'
  /** Ends TLS and routes connections. */
  | 'tls'
  /** Routes by SNI, and does not end TLS. */
  | 'passthrough'
  /** The same, by names that proxies of the mesh make. */
  | 'auto passthrough'
  | 'tcp';

export interface GatewayServer {
  readonly field: Field;
  readonly port: number;
  readonly kind: ServerKind;
  readonly httpsRedirect: boolean;
  /** A namespace: only VirtualServices from there. */
  readonly hosts: readonly { readonly namespace: string | undefined; readonly host: string }[];
}

export function readServers(gateway: KubeObject): readonly GatewayServer[] {
  return gateway.spec.at('servers').items.flatMap((field) => {
    const port = field.at('port', 'number').number;
    if (port === undefined) return [];
    return [
      {
        field,
        port,
        kind: kindOf(field),
        httpsRedirect: field.at('tls', 'httpsRedirect').value === true,
        hosts: field.at('hosts').texts.map((host) => readHost(host, gateway.namespace)),
      },
    ];
  });
}

/** The hosts that VirtualServices of a namespace may claim. */
export function hostsFor({ hosts }: GatewayServer, namespace: string): readonly string[] {
  return hosts.flatMap((each) => (each.namespace === undefined || each.namespace === namespace ? each.host : []));
}

function kindOf(server: Field): ServerKind {
  const name = server.at('port', 'protocol').text;
  const tls = server.at('tls');
  if (parseProtocol(name) === 'http') return 'http';
  if (!tls.exists) return 'tcp';
  const mode = tls.at('mode').text;
  // The first mode of Istio's message is the one that is meant where none is given.
  if (mode === undefined || mode === 'PASSTHROUGH') return 'passthrough';
  if (mode === 'AUTO_PASSTHROUGH') return 'auto passthrough';
  return name?.toLowerCase() === 'https' ? 'https' : 'tls';
}

/** `host`, `namespace/host`, `./host` for the Gateway's own namespace, `*` + `/host` for any (istio, pilot/pkg/model: `sanitizeServerHostNamespace`). */
function readHost(text: string, own: string): { readonly namespace: string | undefined; readonly host: string } {
  const lower = text.toLowerCase();
  const slash = lower.indexOf('/');
  if (slash === -1) return { namespace: undefined, host: lower };
  const scope = lower.slice(0, slash);
  return { namespace: scope === '*' ? undefined : scope === '.' ? own : scope, host: lower.slice(slash + 1) };
}
