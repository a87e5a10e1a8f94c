import type { RouteBackend, RouteNode } from '../../graph/model.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import { cut, type Problems } from '../wording.ts';

/** What one route may carry; an answer counts what is more. */
const MOST_ATTACHMENTS = 32;
const MOST_HOSTS = 16;
const MOST_BACKENDS = 32;

/** What was read of a route, in its own order and with what it says twice. */
export interface RouteParts {
  readonly attachedTo: readonly string[];
  readonly hosts: readonly string[];
  readonly backends: readonly RouteBackend[];
  readonly problems: Problems;
}

/** Hosts and backends keep the order in which the route gives them; what it hangs on is sorted, the mesh among it. */
export function routeNode({ group, kind, name }: KubeObject, parts: RouteParts): RouteNode {
  const attachments = cut([...new Set(parts.attachedTo)].sort(), MOST_ATTACHMENTS);
  const hosts = cut([...new Set(parts.hosts)], MOST_HOSTS);
  const unique = new Map(parts.backends.map((backend) => [`${backend.to} ${backend.weight} ${backend.subset ?? ''}`, backend]));
  const backends = cut([...unique.values()], MOST_BACKENDS);
  return {
    group,
    kind,
    name,
    attachedTo: attachments.kept,
    ...(attachments.omitted === undefined ? {} : { omittedAttachments: attachments.omitted }),
    hosts: hosts.kept,
    ...(hosts.omitted === undefined ? {} : { omittedHosts: hosts.omitted }),
    backends: backends.kept,
    ...(backends.omitted === undefined ? {} : { omittedBackends: backends.omitted }),
    problems: parts.problems.list(),
  };
}
