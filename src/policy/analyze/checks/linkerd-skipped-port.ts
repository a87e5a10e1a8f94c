import { quote } from '../../objects/field.ts';
import { nameOf } from '../../objects/kube-object.ts';
import { OPAQUE_PORTS, SKIP_INBOUND_PORTS, SKIP_OUTBOUND_PORTS } from '../../objects/linkerd-words.ts';
import { lists, parseSkippedPorts, singlePorts } from '../../objects/port-list.ts';
import type { Check, Report } from '../check.ts';
import { type LinkerdServer, serverPorts } from '../linkerd.ts';
import { injectedObjects } from '../linkerd-annotations.ts';
import { protocolOfPort } from '../server-first.ts';
import type { View } from '../view.ts';

/**
 * No policy is for a port that is skipped: the proxy never sees its connections, and so they are neither encrypted nor authorized nor counted. What only cannot be told from
 * its first bytes belongs among the opaque ports (linkerd.io, "Protocol detection", "Skip ports").
 */
export const linkerdSkippedPort: Check = {
  name: 'linkerd-skipped-port',
  codes: ['MESH0905'],
  run(view, report) {
    for (const server of view.linkerd.servers) checkServer(server, report);
    reportMisused(view, report);
  },
};

function checkServer(server: LinkerdServer, report: Report): void {
  for (const pods of server.pods ?? []) {
    const skipped = pods.annotations.get(SKIP_INBOUND_PORTS);
    if (skipped === undefined || pods.injected === false) continue;
    const list = parseSkippedPorts(skipped);
    const port = serverPorts(server, pods).find((each) => lists(list, each));
    if (port === undefined) continue;
    const { workload } = pods;
    const message = `Port ${port} of ${workload.object.kind} ${quote(nameOf(workload))} is in ${SKIP_INBOUND_PORTS}, so the proxy never sees its connections and no policy of this Server holds.`;
    report({
      object: server.object,
      field: 'spec.port',
      message,
      fix: `Take it out of the annotation; use ${OPAQUE_PORTS} where the protocol cannot be detected.`,
    });
    return;
  }
}

/** Ports of which the usual protocol needs to be opaque, and no more than that. */
function reportMisused(view: View, report: Report): void {
  for (const { object, read } of injectedObjects(view)) {
    for (const name of [SKIP_INBOUND_PORTS, SKIP_OUTBOUND_PORTS]) {
      const annotation = read(name);
      const known = annotation && knownPort(annotation.text);
      if (annotation === undefined || known === undefined) continue;
      const message = `Port ${known.port} (${known.protocol}) is skipped: its connections are neither encrypted nor authorized nor counted.`;
      report({
        object,
        field: annotation.field,
        message,
        fix: `Name it in ${OPAQUE_PORTS} instead, which keeps mutual TLS.`,
      });
    }
  }
}

/** The first single port of a list whose protocol is known; a range says nothing of any port. */
function knownPort(text: string): { readonly port: number; readonly protocol: string } | undefined {
  for (const port of singlePorts(parseSkippedPorts(text))) {
    const protocol = protocolOfPort(port);
    if (protocol !== undefined) return { port, protocol };
  }
  return undefined;
}
