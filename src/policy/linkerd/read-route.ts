import { compareText } from '../../lib/order.ts';
import { GATEWAY_API } from '../analyze/references.ts';
import { createdAt } from '../objects/age.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { readTexts } from './authentications.ts';
import { readGrpcRule } from './grpc-routes.ts';
import { readHttpRule } from './http-routes.ts';
import type { RouteRule } from './route.ts';

/** Routes by age, then by name, group and kind (linkerd2, policy-controller/grpc/src/inbound/http.rs: `to_route_list`; core/src/routes.rs: `GroupKindName`). */
export function byPrecedence(a: KubeObject, b: KubeObject): number {
  const [first, second] = [createdAt(a), createdAt(b)];
  if (first !== second) return first < second ? -1 : 1;
  return compareText(a.name, b.name) || compareText(a.group, b.group) || compareText(a.kind, b.kind);
}

/** What a route says, or which field of its `spec` Linkerd cannot read, so that it ignores the route. */
export type ReadRoute =
  | { readonly hosts: readonly string[]; readonly rules: readonly RouteRule[]; readonly breaks: boolean }
  | { readonly unread: 'hostnames' | 'rules' };

export function readRoute({ spec, group }: KubeObject, protocol: 'http' | 'grpc'): ReadRoute {
  const hosts = readTexts(spec.at('hostnames'));
  const list = spec.at('rules');
  if (hosts === undefined) return { unread: 'hostnames' };
  if (list.exists && !Array.isArray(list.value)) return { unread: 'rules' };
  const rules: RouteRule[] = [];
  let breaks = false;
  for (const field of list.items) {
    const read = readRule(field, protocol, group);
    if (read === undefined) return { unread: 'rules' };
    rules.push(read.rule);
    breaks ||= read.breaks;
  }
  return { hosts, rules, breaks };
}

function readRule(
  field: Field,
  protocol: 'http' | 'grpc',
  group: string,
): { readonly rule: RouteRule; readonly breaks: boolean } | undefined {
  if (protocol === 'grpc') return readGrpcRule(field);
  const rule = readHttpRule(field, group === GATEWAY_API);
  return rule && { rule, breaks: false };
}
