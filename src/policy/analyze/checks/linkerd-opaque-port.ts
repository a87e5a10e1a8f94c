import { quote } from '../../objects/field.ts';
import { type KubeObject, nameOf, UNREAD_VALUE } from '../../objects/kube-object.ts';
import { OPAQUE_PORTS, SKIP_INBOUND_PORTS } from '../../objects/linkerd-words.ts';
import { lists, parsePortList, parseSkippedPorts } from '../../objects/port-list.ts';
import type { Check, Report } from '../check.ts';
import type { LinkerdPods } from '../linkerd.ts';
import { serverPorts } from '../linkerd.ts';
import { DEFAULT_OPAQUE, NATS } from '../server-first.ts';
import type { View } from '../view.ts';

/**
 * Where a server speaks first, the port is opaque: otherwise the proxy waits ten seconds for the client's first bytes. An annotation replaces Linkerd's own list, and a
 * Service needs it as well as its pods, for clients read it there (linkerd2, policy-controller/k8s/index/src/outbound/index.rs; pkg/inject: `FilterPodOpaquePorts`).
 */
export const linkerdOpaquePort: Check = {
  name: 'linkerd-opaque-port',
  codes: ['MESH0906'],
  run(view, report) {
    const opaqueServers = serversWithOpaque(view);
    const waiting = new Set<string>();
    for (const pods of view.linkerd.pods) {
      if (pods.injected !== true) continue;
      const { workload } = pods;
      for (const { number, name } of pods.ports) {
        const protocol = NATS.get(number) ?? DEFAULT_OPAQUE.get(number);
        const key = `${workload.namespace}/${workload.object.kind}/${workload.name}/${number}`;
        if (protocol === undefined || isOpaque(pods.annotations, number, name) || opaqueServers.has(key) || waiting.has(key)) continue;
        waiting.add(key);
        const said = pods.annotations.has(OPAQUE_PORTS) ? `, and ${OPAQUE_PORTS} does not name it` : '';
        const message = `On port ${number} (${protocol}) the server speaks first${said}: the proxy waits for the client until it gives up, ten seconds for each connection.`;
        report({
          object: workload.object,
          field: placeOf(workload.object),
          message,
          fix: `Add ${number} to ${OPAQUE_PORTS} of the pods and of their Service; the annotation replaces Linkerd’s own list.`,
        });
      }
    }
    for (const host of view.registry.hosts) {
      if (host.object.kind !== 'Service' || host.selector === undefined) continue;
      checkService(view, host.object, host.selector, report);
    }
  },
};

/** Whether pods, or a Service, say of a port that it is opaque or skipped. A value that is not kept says what nobody knows. */
function isOpaque(annotations: ReadonlyMap<string, string>, port: number, name: string | undefined): boolean {
  const [opaque, skipped = ''] = [annotations.get(OPAQUE_PORTS), annotations.get(SKIP_INBOUND_PORTS)];
  if (opaque === UNREAD_VALUE || skipped === UNREAD_VALUE) return true;
  if (lists(parseSkippedPorts(skipped), port)) return true;
  return opaque === undefined ? DEFAULT_OPAQUE.has(port) : lists(parsePortList(opaque), port, name);
}

/** Ports of pods for which a Server says the protocol: that counts more than the annotation. */
function serversWithOpaque(view: View): ReadonlySet<string> {
  const found = new Set<string>();
  for (const server of view.linkerd.servers) {
    if (server.protocol !== 'opaque' && server.protocol !== 'TLS') continue;
    for (const pods of server.pods ?? []) {
      const { namespace, object, name } = pods.workload;
      for (const port of serverPorts(server, pods)) found.add(`${namespace}/${object.kind}/${name}/${port}`);
    }
  }
  return found;
}

/** A Service whose pods have a port that an annotation makes opaque says so, too. */
function checkService(view: View, object: KubeObject, selector: ReadonlyMap<string, string>, report: Report): void {
  const own = new Map([...(view.namespaces.get(object.namespace)?.annotations ?? [])].filter(([key]) => key === OPAQUE_PORTS));
  const annotations = new Map([...own, ...[...object.annotations].filter(([key]) => key === OPAQUE_PORTS)]);
  const pods = view.linkerd.selected(view.workloads.select(selector, object.namespace)).filter(({ injected }) => injected === true);
  for (const port of object.spec.at('ports').items) {
    const number = port.at('port').number;
    const target = port.at('targetPort').number ?? port.at('targetPort').text ?? number;
    // With an appProtocol the port says itself what it carries, and the annotation does not count.
    if (number === undefined || port.at('appProtocol').exists || isOpaque(annotations, number, port.at('name').text)) continue;
    const opaque = pods.find((each) => targetIsOpaque(each, target));
    if (opaque === undefined) continue;
    const message = `Port ${number} leads to a port of ${opaque.workload.object.kind} ${quote(nameOf(opaque.workload))} that is opaque, and here it is not: clients still wait for the first bytes.`;
    report({ object, field: port, message, fix: `Annotate the Service, too: ${OPAQUE_PORTS}: "${number}".` });
    return;
  }
}

/** Whether the pods' annotation makes the port behind a Service's port opaque. */
function targetIsOpaque({ annotations, ports }: LinkerdPods, target: number | string | undefined): boolean {
  const opaque = annotations.get(OPAQUE_PORTS);
  if (opaque === undefined || opaque === UNREAD_VALUE) return false;
  const list = parsePortList(opaque);
  return ports.some(({ number, name }) => (number === target || (name !== undefined && name === target)) && lists(list, number, name));
}

function placeOf({ kind }: KubeObject): string {
  if (kind === 'Pod') return 'metadata.annotations';
  return kind === 'CronJob' ? 'spec.jobTemplate.spec.template.metadata.annotations' : 'spec.template.metadata.annotations';
}
