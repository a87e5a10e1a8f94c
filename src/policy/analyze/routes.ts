import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import type { Lookup, Registry } from './registry.ts';

/** The three lists of rules of a VirtualService. */
export const ROUTE_KINDS = ['http', 'tls', 'tcp'] as const;
export type RouteKind = (typeof ROUTE_KINDS)[number];

/** The name for all proxies that are no gateways. */
export const MESH = 'mesh';

/** A place where a VirtualService names a host to send to. */
export interface Destination {
  readonly object: KubeObject;
  readonly kind: RouteKind;
  /** The `destination` or `mirror` object. */
  readonly field: Field;
  readonly host: string;
  /** The host, fully qualified. */
  readonly qualified: string;
  readonly lookup: Lookup;
  readonly subset: string | undefined;
  readonly port: number | undefined;
}

/** Every destination of a VirtualService: routes and mirrors. */
export function readDestinations(object: KubeObject, registry: Registry): readonly Destination[] {
  return ROUTE_KINDS.flatMap((kind) =>
    object.spec.at(kind).items.flatMap((rule) => {
      const fields = [
        ...rule.at('route').items.map((route) => route.at('destination')),
        rule.at('mirror'),
        ...rule.at('mirrors').items.map((mirror) => mirror.at('destination')),
      ];
      return fields.flatMap((field) => {
        const host = field.at('host').text;
        if (host === undefined) return [];
        return [
          {
            object,
            kind,
            field,
            host,
            qualified: registry.qualify(host, object.namespace),
            lookup: registry.lookUp(host, object.namespace),
            subset: field.at('subset').text,
            port: field.at('port', 'number').number,
          },
        ];
      });
    }),
  );
}

/** A gateway that an object names. */
export interface GatewayName {
  readonly field: Field;
  readonly text: string;
  /** `mesh`, or `namespace/name`. */
  readonly qualified: string;
}

/** The gateways in a list such as `spec.gateways`; a name without a namespace is one of the object's own. */
export function gatewayNames(list: Field, namespace: string): readonly GatewayName[] {
  return list.items.flatMap((field) => {
    const { text } = field;
    return text === undefined ? [] : [{ field, text, qualified: qualifyGateway(text, namespace) }];
  });
}

/** `mesh`, or `namespace/name`. */
export function qualifyGateway(name: string, namespace: string): string {
  return name === MESH || name.includes('/') ? name : `${namespace}/${name}`;
}

/** Where a VirtualService applies: its gateways, qualified; the mesh where it names none. */
export function gatewaysOf(object: KubeObject): readonly string[] {
  const names = gatewayNames(object.spec.at('gateways'), object.namespace);
  return names.length === 0 ? [MESH] : [...new Set(names.map(({ qualified }) => qualified))];
}
