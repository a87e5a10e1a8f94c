import type { AccessStep, Callee } from '../access/model.ts';
import { bears } from '../analyze/workloads.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import type { Named } from './attachment.ts';
import { parseBool } from './lists.ts';
import { servicesOf } from './port-protocol.ts';
import { aboutField } from './steps.ts';

/** The way that calls from within the mesh take to ambient pods. */
export type Way = { readonly tag: 'direct'; readonly step: AccessStep } | { readonly tag: 'waypoint'; readonly waypoint: Waypoint };

/** The way of what calls one of the callee's Services; `called`: its name, undefined for a pod's own address. */
export type WayTo = Way & { readonly called: string | undefined };

/** A waypoint that stands before the pods. */
export interface Waypoint {
  readonly namespace: string;
  readonly name: string;
  /** Its Gateway; undefined where its namespace was not read. */
  readonly object: KubeObject | undefined;
  /** What is called by way of it; undefined for a pod's own address. */
  readonly service: Named | undefined;
  /** The Service's own object, whose ports the waypoint sees. */
  readonly serviceObject: KubeObject | undefined;
  readonly serviceAccount: string;
  /** Whether gateways send calls of the Service to it, which they do where they are told to. */
  readonly fromGateways: boolean;
  readonly assumed: readonly string[];
}

const USE = 'istio.io/use-waypoint';
const USE_NAMESPACE = 'istio.io/use-waypoint-namespace';
const FOR = 'istio.io/waypoint-for';
const FROM_GATEWAYS = 'istio.io/ingress-use-waypoint';
const SERVICE_ACCOUNT = 'gateway.istio.io/service-account';

/**
 * The ways to the callee, one for each of its Services, or the one to the pods where there is no Service. The label of the Service, or the pods, goes before
 * the namespace's; `none` stands for no waypoint (istio, pilot/pkg/serviceregistry/ambient/waypoints.go: `fetchWaypointForTarget`). A headless Service has no address
 * of its own, so that what calls it calls the pods (the same folder, services.go: `getVIPs`; ztunnel, src/proxy/outbound.rs: `build_request`).
 */
export function findWays(objects: readonly KubeObject[], callee: Callee, holds: (namespace: string) => boolean): readonly WayTo[] {
  const known = servicesOf(objects, callee);
  const toPods = () => findWay(objects, callee, new Map(Object.entries(callee.labels)), undefined, undefined, holds);
  if (callee.services.length === 0) return [{ ...toPods(), called: undefined }];
  return callee.services.map((name) => {
    const object = known.find((service) => service.name === name);
    if (object?.spec.at('clusterIP').value === 'None') return { ...toPods(), called: name };
    const labels = object?.labels ?? new Map<string, string>();
    return { ...findWay(objects, callee, labels, { namespace: callee.namespace, name }, object, holds), called: name };
  });
}

function findWay(
  objects: readonly KubeObject[],
  callee: Callee,
  labels: ReadonlyMap<string, string>,
  service: Named | undefined,
  serviceObject: KubeObject | undefined,
  holds: (namespace: string) => boolean,
): Way {
  const own = labels.has(USE);
  const from = own ? labels : new Map(Object.entries(callee.namespaceLabels));
  const name = from.get(USE);
  if (name === undefined) return direct('No label istio.io/use-waypoint asks for a waypoint.');
  if (name === 'none') return direct('The label istio.io/use-waypoint says none.');
  const namespace = from.get(USE_NAMESPACE) ?? callee.namespace;
  const gateway = objects.find(
    (object) =>
      object.kind === 'Gateway' && object.group === 'gateway.networking.k8s.io' && object.namespace === namespace && object.name === name,
  );
  const fromGateways = service !== undefined && parseBool(labels.get(FROM_GATEWAYS) ?? callee.namespaceLabels[FROM_GATEWAYS]);
  const waypoint = { namespace, name, object: gateway, service, serviceObject, serviceAccount: name, fromGateways };
  if (gateway === undefined) {
    if (holds(namespace))
      return direct('There is no Gateway of the name that the label istio.io/use-waypoint gives, so calls go to the pods.');
    return {
      tag: 'waypoint',
      waypoint: { ...waypoint, assumed: ['The waypoint, whose namespace was not read, is ready and for these pods.'] },
    };
  }
  const refusal = refuses(gateway, service !== undefined, callee);
  if (refusal !== undefined) return { tag: 'direct', step: aboutField(gateway, refusal.field, refusal.says) };
  const assumed = [
    ...(readiness(gateway) === undefined ? ['The waypoint is ready, of which its Gateway says nothing.'] : []),
    ...(tunnelNamespaces(gateway)?.at('selector', 'matchExpressions').size
      ? ['The namespace satisfies the expressions by which the waypoint selects namespaces.']
      : []),
  ];
  return { tag: 'waypoint', waypoint: { ...waypoint, serviceAccount: gateway.annotations.get(SERVICE_ACCOUNT) ?? name, assumed } };
}

function direct(says: string): Way {
  return { tag: 'direct', step: { says } };
}

/**
 * Whether a Gateway has an address, without which it is no waypoint (waypoints.go: `gatewayToWaypointTransform`). Where addresses are not kept, its condition
 * `Programmed` says the same (istio, pilot/pkg/config/kube/gatewaycommon/conversion.go: `AddressNotAssigned`); undefined where nothing does.
 */
function readiness({ root }: KubeObject): boolean | undefined {
  const status = root.at('status');
  if (status.at('addresses').exists) return status.at('addresses').size > 0;
  const programmed = status.at('conditions').items.find((condition) => condition.at('type').value === 'Programmed');
  const value = programmed?.at('status').value;
  return value === 'True' ? true : value === 'False' ? false : undefined;
}

/** Why a Gateway is no waypoint for the callee, so that calls go past it. */
function refuses(gateway: KubeObject, isService: boolean, callee: Callee): { readonly field: Field; readonly says: string } | undefined {
  if (readiness(gateway) === false) {
    return { field: gateway.root.at('status'), says: 'The waypoint is not ready, so calls go to the pods.' };
  }
  const traffic = gateway.labels.get(FOR) ?? 'service';
  if (traffic !== 'all' && traffic !== (isService ? 'service' : 'workload')) {
    const field = gateway.root.at('metadata', 'labels', FOR);
    return { field, says: `The waypoint is for other traffic than that to ${isService ? 'Services' : 'pods'}, so calls go past it.` };
  }
  return admits(gateway, callee)
    ? undefined
    : { field: gateway.spec.at('listeners'), says: 'The waypoint takes no traffic of this namespace.' };
}

/** Whether its listener for tunnels lets the namespace in (waypoints.go: `makeAllowedRoutes`). */
function admits(gateway: KubeObject, callee: Callee): boolean {
  const namespaces = tunnelNamespaces(gateway);
  const from = namespaces?.at('from').text ?? 'Same';
  if (from === 'All') return true;
  if (from !== 'Selector' || namespaces === undefined) return gateway.namespace === callee.namespace;
  return bears(new Map(Object.entries(callee.namespaceLabels)), namespaces.at('selector', 'matchLabels').labels);
}

function tunnelNamespaces({ spec }: KubeObject): Field | undefined {
  const listener = spec.at('listeners').items.find((each) => each.at('protocol').value === 'HBONE' && each.at('port').value === 15_008);
  return listener?.at('allowedRoutes', 'namespaces');
}
