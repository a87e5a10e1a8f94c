import type { Field } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import { reachOf, selectionOf, targetsOf } from '../../objects/selection.ts';
import type { Check, Report } from '../check.ts';
import type { Protocol } from '../protocol.ts';
import type { View } from '../view.ts';
import type { Workload } from '../workloads.ts';

const OPERATION = ['hosts', 'notHosts', 'methods', 'notMethods', 'paths', 'notPaths'];
const SOURCE = ['requestPrincipals', 'notRequestPrincipals'];

/**
 * An AuthorizationPolicy that speaks of HTTP is for ports that carry it. On a TCP port such an ALLOW rule drops out and allows nothing, and a DENY rule
 * loses its HTTP fields and denies more than was meant (istio, pilot/pkg/security/authz/builder).
 */
export const httpFieldsOnTcp: Check = {
  name: 'http-fields-on-tcp',
  codes: ['MESH0503'],
  run(view, report) {
    const ports = new ServedPorts(view);
    for (const object of view.security('AuthorizationPolicy')) {
      if (targetsOf(object).length > 0) continue;
      const labels = selectionOf(object)?.labels ?? new Map<string, string>();
      const served = ports.of(view.workloads.select(labels, reachOf(object, view.rootNamespace)));
      for (const rule of object.spec.at('rules').items) checkRule(object, rule, served, report);
    }
  },
};

type Served = ReadonlyMap<number, ReadonlySet<Protocol>>;

function checkRule(object: KubeObject, rule: Field, served: Served, report: Report): void {
  const field = httpField(rule);
  if (field === undefined) return;
  const named = rule.at('to').items.flatMap((to) => to.at('operation', 'ports').texts.map(Number));
  const meant = named.length > 0 ? named.filter((port) => served.has(port)) : [...served.keys()];
  const opaque = meant.filter((port) => [...(served.get(port) ?? [])].every((protocol) => protocol === 'tcp' || protocol === 'tls'));
  if (opaque.length === 0) return;
  const list = opaque.slice(0, 5).join(', ');
  const action = object.spec.at('action').text ?? 'ALLOW';
  if (action === 'DENY') {
    const message = `On port ${list}, which carries no HTTP, the HTTP fields drop out and the rule denies the rest of what it says.`;
    report({ object, field, message, fix: 'Name the HTTP ports in to.operation.ports.' });
  } else if (action === 'ALLOW' && opaque.length === meant.length) {
    const message = `Port ${list} carries no HTTP, so the rule drops out and allows nothing there.`;
    report({ object, field, message, fix: 'Use principals, namespaces and ports only, or declare the port’s protocol as HTTP.' });
  }
}

/** The first field of a rule that only HTTP has. */
function httpField(rule: Field): Field | undefined {
  const candidates = [
    ...rule.at('to').items.flatMap((to) => OPERATION.map((key) => to.at('operation', key))),
    ...rule.at('from').items.flatMap((from) => SOURCE.map((key) => from.at('source', key))),
  ];
  const found = candidates.find(({ size }) => size > 0);
  return found ?? rule.at('when').items.find((when) => when.at('key').text?.startsWith('request.'));
}

/** What workloads serve on which of their ports, by the Services that select them. */
class ServedPorts {
  readonly #byWorkload = new Map<Workload, Map<number, Set<Protocol>>>();
  readonly #known = new Map<readonly Workload[], Served>();

  constructor(view: View) {
    for (const host of view.registry.hosts) {
      if (host.selector === undefined) continue;
      for (const workload of view.workloads.select(host.selector, host.namespace)) {
        for (const { target, protocol } of host.ports) {
          const port = typeof target === 'number' ? target : workload.portNames.get(target);
          if (port === undefined) continue;
          const ports = this.#byWorkload.get(workload) ?? new Map<number, Set<Protocol>>();
          this.#byWorkload.set(workload, ports);
          ports.set(port, (ports.get(port) ?? new Set<Protocol>()).add(protocol));
        }
      }
    }
  }

  /** Joined over the workloads; the same list is only gone through once. */
  of(workloads: readonly Workload[]): Served {
    const known = this.#known.get(workloads);
    if (known !== undefined) return known;
    const joined = new Map<number, Set<Protocol>>();
    for (const workload of workloads) {
      for (const [port, protocols] of this.#byWorkload.get(workload) ?? []) {
        const all = joined.get(port) ?? new Set<Protocol>();
        joined.set(port, all);
        for (const protocol of protocols) all.add(protocol);
      }
    }
    this.#known.set(workloads, joined);
    return joined;
  }
}
