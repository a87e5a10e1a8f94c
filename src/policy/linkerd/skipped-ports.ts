import type { Callee } from '../access/model.ts';
import { named } from '../access/steps.ts';
import { ADMIN_PORT, SKIP_INBOUND_PORTS } from '../objects/linkerd-words.ts';
import { lists, parseSkippedPorts } from '../objects/port-list.ts';

/** The default of `proxyInit.ignoreInboundPorts` in Linkerd's chart. */
const SKIPPED_BY_CHART: readonly number[] = [4567, 4568];

const DEFAULT_ADMIN_PORT = 4191;

/** Why connections to a port do not pass the proxy. */
export interface SkippedPort {
  readonly says: string;
  readonly assumed: readonly string[];
}

/**
 * Whether connections to a port go to the container directly: the pod's annotation lists it, or in its absence the chart (linkerd2, pkg/inject/inject.go;
 * charts/partials/templates/_proxy-init.tpl). The proxy's own admin port is let through too, but there the proxy asks for the policy by itself (linkerd2-proxy,
 * linkerd/app/admin/src/stack.rs).
 */
export function skipsPort(callee: Callee, port: number): SkippedPort | undefined {
  const { annotations } = callee;
  const text = annotations[SKIP_INBOUND_PORTS];
  if (String(port) === (annotations[ADMIN_PORT] ?? String(DEFAULT_ADMIN_PORT))) return undefined;
  const passes = `connections to it pass the proxy of ${named(callee)} by, and no policy is enforced on them.`;
  if (text !== undefined) {
    return lists(parseSkippedPorts(text), port) ? { says: `${SKIP_INBOUND_PORTS} has port ${port}: ${passes}`, assumed: [] } : undefined;
  }
  if (!SKIPPED_BY_CHART.includes(port)) return undefined;
  return {
    says: `Linkerd's chart has its proxies leave out port ${port}: ${passes}`,
    assumed: ['Linkerd is installed with the default of `proxyInit.ignoreInboundPorts`, which is 4567 and 4568.'],
  };
}
