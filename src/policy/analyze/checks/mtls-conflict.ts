import { quote, wordOrQuote } from '../../objects/field.ts';
import { type KubeObject, nameOf } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';
import { trafficPolicies } from '../destination-rules.ts';
import type { Host } from '../registry.ts';
import type { View } from '../view.ts';
import type { Workload } from '../workloads.ts';

/**
 * Clients and servers agree on mutual TLS. Without `tls` in a DestinationRule the proxies find out by themselves; with it they do as they are told, and fail where the
 * server takes something else.
 */
export const mtlsConflict: Check = {
  name: 'mtls-conflict',
  codes: ['MESH0204'],
  run(view, report) {
    for (const rule of view.rules.all) {
      const lookup = rule.host.startsWith('*') ? undefined : view.registry.lookUp(rule.host, rule.object.namespace);
      if (lookup?.tag !== 'found') continue;
      for (const policy of trafficPolicies(rule)) {
        const field = policy.field.at('tls', 'mode');
        const mode = field.text;
        if (mode === undefined) continue;
        const problem = findProblem(view, lookup.hosts, mode, policy.port, policy.subset?.labels ?? new Map());
        if (problem !== undefined) report({ object: rule.object, field, ...problem });
      }
    }
  },
};

/** Behind one host there are hardly ever more; what is left out can only hide a finding. */
const MOST_WORKLOADS = 50;

interface Problem {
  readonly message: string;
  readonly fix: string;
  readonly severity?: 'warning';
}

function findProblem(
  view: View,
  hosts: readonly Host[],
  mode: string,
  port: number | undefined,
  subset: ReadonlyMap<string, string>,
): Problem | undefined {
  if (mode === 'ISTIO_MUTUAL' && hosts.every((host) => host.external && host.selector === undefined)) {
    const message = 'ISTIO_MUTUAL is for servers of the mesh, and this host is outside it.';
    return { message, fix: 'Use SIMPLE or MUTUAL, or set location: MESH_INTERNAL on its ServiceEntry.' };
  }
  for (const host of hosts) {
    if (host.selector === undefined) continue;
    const workloads = view.workloads.select(new Map([...host.selector, ...subset]), host.namespace);
    for (const workload of workloads.slice(0, MOST_WORKLOADS)) {
      if (workload.membership === 'none' && mode === 'ISTIO_MUTUAL') {
        const message = `ISTIO_MUTUAL, and ${describe(workload)} has no proxy that could answer it.`;
        return { message, fix: 'Enable injection (label the namespace istio-injection=enabled), or remove tls.' };
      }
      if (workload.membership === 'none') continue;
      for (const target of targetPorts(host, workload, port)) {
        const setting = view.mtls.of(workload, target);
        const said = setting.object === undefined ? '' : ` by PeerAuthentication ${quote(nameOf(setting.object))}`;
        if (setting.mode === 'STRICT' && mode !== 'ISTIO_MUTUAL') {
          const message = `${wordOrQuote(mode)}, and ${describe(workload)} takes mutual TLS only${said}: every connection fails.`;
          return { message, fix: 'Remove tls, so that the proxies use mutual TLS by themselves, or set ISTIO_MUTUAL.' };
        }
        if (setting.mode === 'DISABLE' && mode === 'ISTIO_MUTUAL') {
          const message = `ISTIO_MUTUAL, and ${describe(workload)} takes plain text only${said}: every connection fails.`;
          return { message, fix: 'Remove tls here, or set PERMISSIVE or STRICT there.' };
        }
      }
    }
  }
  return undefined;
}

function describe(workload: Workload): string {
  const object: KubeObject = workload.object;
  return `${object.kind} ${quote(nameOf(workload))}`;
}

/** The workload’s ports behind a Service’s port, or behind all of them: the ones that PeerAuthentication speaks of. */
function targetPorts(host: Host, workload: Workload, port: number | undefined): readonly (number | undefined)[] {
  const ports = host.ports.filter(({ number }) => port === undefined || number === port);
  const targets = ports.map(({ target }) => (typeof target === 'number' ? target : workload.portNames.get(target)));
  return targets.length > 0 ? targets : [undefined];
}
