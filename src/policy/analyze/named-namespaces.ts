import { compareText } from '../../lib/order.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { ROUTE_KINDS } from './routes.ts';

/** Where an object names others of another namespace: as hosts, as `namespace/name`, as references that have a `namespace`, as SPIFFE principals. */
interface Places {
  readonly hosts?: readonly Field[];
  readonly qualified?: readonly Field[];
  readonly references?: readonly Field[];
  readonly principals?: readonly Field[];
}

const PRINCIPAL = /\/ns\/([^/*]+)\/sa\//;

/**
 * The namespaces, other than their own, of which these objects name something, sorted: what must be known beside them so that they can be judged.
 * `clusterDomain` is the domain of Services' names.
 */
export function namedNamespaces(objects: readonly KubeObject[], clusterDomain: string): readonly string[] {
  const domain = `.svc.${clusterDomain}`;
  const found = new Set<string>();
  for (const object of objects) {
    const { hosts = [], qualified = [], references = [], principals = [] } = placesOf(object);
    const names = [
      ...hosts.map(({ text = '' }) => (text.endsWith(domain) ? text.slice(0, -domain.length).split('.')[1] : undefined)),
      ...qualified.map(({ text = '' }) => (text.includes('/') ? text.split('/')[0] : undefined)),
      ...references.map((reference) => reference.at('namespace').text),
      ...principals.map(({ text = '' }) => PRINCIPAL.exec(text)?.[1]),
    ];
    for (const name of names) if (name !== undefined && name !== object.namespace) found.add(name);
  }
  return [...found].sort(compareText);
}

function placesOf({ group, kind, spec, root }: KubeObject): Places {
  switch (`${group}/${kind}`) {
    case 'networking.istio.io/VirtualService': {
      const rules = ROUTE_KINDS.flatMap((each) => spec.at(each).items);
      const destinations = rules.flatMap((rule) => [
        ...rule.at('route').items.map((route) => route.at('destination')),
        rule.at('mirror'),
        ...rule.at('mirrors').items.map((mirror) => mirror.at('destination')),
      ]);
      return { hosts: destinations.map((destination) => destination.at('host')), qualified: spec.at('gateways').items };
    }
    case 'networking.istio.io/DestinationRule':
      return { hosts: [spec.at('host')] };
    case 'security.istio.io/AuthorizationPolicy': {
      const sources = spec.at('rules').items.flatMap((rule) => rule.at('from').items.map((from) => from.at('source')));
      return {
        principals: sources.flatMap((source) => source.at('principals').items),
        qualified: sources.flatMap((source) => source.at('serviceAccounts').items),
      };
    }
    case 'policy.linkerd.io/AuthorizationPolicy':
      return { references: spec.at('requiredAuthenticationRefs').items };
    case 'policy.linkerd.io/MeshTLSAuthentication':
      return { references: spec.at('identityRefs').items };
    case 'policy.linkerd.io/HTTPLocalRateLimitPolicy':
      return { references: spec.at('overrides').items.flatMap((override) => override.at('clientRefs').items) };
    case 'policy.linkerd.io/ServerAuthorization':
      return { references: spec.at('client', 'meshTLS', 'serviceAccounts').items };
    case 'linkerd.io/ServiceProfile':
      // It is called after its Service.
      return { hosts: [root.at('metadata', 'name')] };
    case 'policy.linkerd.io/HTTPRoute':
    case 'gateway.networking.k8s.io/HTTPRoute':
    case 'gateway.networking.k8s.io/GRPCRoute':
    case 'gateway.networking.k8s.io/TCPRoute':
    case 'gateway.networking.k8s.io/TLSRoute':
      return { references: [...spec.at('parentRefs').items, ...spec.at('rules').items.flatMap((rule) => rule.at('backendRefs').items)] };
    default:
      return {};
  }
}
