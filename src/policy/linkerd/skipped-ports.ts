import type { Callee } from '../access/model.ts';
import { called } from './wording.ts';

const SKIPPED = 'config.linkerd.io/skip-inbound-ports';
const ADMIN_PORT = 'config.linkerd.io/admin-port';

/** The default of `proxyInit.ignoreInboundPorts` in Linkerd's chart. */
const SKIPPED_BY_CHART: readonly number[] = [4567, 4568];

const DEFAULT_ADMIN_PORT = 4191;
const RANGE = /^\+?(\d{1,5})(?:-\+?(\d{1,5}))?$/;
const LAST_PORT = 65_535;

/** Why connections to a port do not pass the proxy. */
export interface SkippedPort {
  readonly says: string;
  readonly assumed: readonly string[];
}

/**
 * Whether connections to a port go to the container directly: the pod's annotation lists it, or in its absence the chart (linkerd2, pkg/inject/inject.go;
 * charts/partials/templates/_proxy-init.tpl). The proxy's own admin port is let through too, but there the proxy asks for the policy by itself (linkerd2-proxy,
 * linkerd/app/admin/src/stack.rs). Unlike in other lists a part that is no port is left out, be it for a space before
 * it (linkerd2-proxy-init, pkg/iptables: `makeMultiportDestinations`; pkg/util: `ParsePortRange`).
 */
export function skipsPort(callee: Callee, port: number): SkippedPort | undefined {
  const { annotations } = callee;
  const text = Object.hasOwn(annotations, SKIPPED) ? annotations[SKIPPED] : undefined;
  if (String(port) === (annotations[ADMIN_PORT] ?? String(DEFAULT_ADMIN_PORT))) return undefined;
  const passes = `connections to it pass the proxy of ${called(callee)} by, and no policy is enforced on them.`;
  if (text !== undefined) {
    return lists(text, port) ? { says: `${SKIPPED} has port ${port}: ${passes}`, assumed: [] } : undefined;
  }
  if (!SKIPPED_BY_CHART.includes(port)) return undefined;
  return {
    says: `Linkerd's chart has its proxies leave out port ${port}: ${passes}`,
    assumed: ['Linkerd is installed with the default of `proxyInit.ignoreInboundPorts`, which is 4567 and 4568.'],
  };
}

function lists(text: string, port: number): boolean {
  return text.split(',').some((part) => {
    const [, first, last = first] = RANGE.exec(part) ?? [];
    return Number(first) <= port && port <= Number(last) && Number(last) <= LAST_PORT;
  });
}
