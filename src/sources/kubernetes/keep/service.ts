import { isObject, type JsonObject } from '../../../lib/json.ts';
import type { ServicePort } from '../../../mesh/objects.ts';
import { arrayAt, choiceAt, DNS_LABEL, isPort, Malformed, objectAt, optionalTextAt, QUALIFIED_NAME } from '../decode/fields.ts';
import { keepLabels } from './labels.ts';

const TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] as const;
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
// An external name may end with a dot, and real ones contain underscores and capitals.
const HOST_NAME = /^(?=.{1,254}$)[A-Za-z0-9_](?:[-A-Za-z0-9_.]*[A-Za-z0-9_])?\.?$/;
// Names of containers' ports are IANA service names: at most 15 characters.
const PORT_NAME = /^[a-z0-9](?:[-a-z0-9]{0,13}[a-z0-9])?$/;

/**
 * A Service (core/v1): `{type, clusterIP: "None" where it is headless, selector, ports, externalName}`, in Kubernetes' own shape without addresses. An
 * ExternalName Service selects nothing, whatever its selector says. Throws `Malformed`.
 */
export function keepService(item: Record<string, unknown>): { readonly spec: JsonObject } {
  const spec = objectAt(item, 'spec', 'spec');
  const type = choiceAt(spec, 'type', 'spec.type', TYPES, 'ClusterIP');
  const selector = keepLabels(spec, 'selector', 'spec.selector');
  const ports = arrayAt(spec, 'ports', 'spec.ports').map((port): JsonObject => ({ ...keepServicePort(port) }));
  if (type === 'ExternalName') {
    const externalName = optionalTextAt(spec, 'externalName', 'spec.externalName', HOST_NAME);
    return { spec: { type, ports, ...(externalName === undefined ? {} : { externalName }) } };
  }
  return { spec: { type, ...(spec.clusterIP === 'None' ? { clusterIP: 'None' } : {}), selector, ports } };
}

/** One of `spec.ports`. Throws `Malformed`. */
export function keepServicePort(value: unknown): ServicePort {
  if (!isObject(value)) throw new Malformed('spec.ports', 'an array of objects');
  const { port } = value;
  if (!isPort(port)) throw new Malformed('spec.ports.port', 'a port number');
  const name = optionalTextAt(value, 'name', 'spec.ports.name', DNS_LABEL);
  const targetPort = keepTargetPort(value);
  const appProtocol = optionalTextAt(value, 'appProtocol', 'spec.ports.appProtocol', QUALIFIED_NAME);
  return {
    port,
    protocol: choiceAt(value, 'protocol', 'spec.ports.protocol', PROTOCOLS, 'TCP'),
    ...(name === undefined ? {} : { name }),
    ...(targetPort === undefined || targetPort === port ? {} : { targetPort }),
    ...(appProtocol === undefined ? {} : { appProtocol }),
  };
}

/** A number, a name, or 0 and the empty text for "the same as the port". */
function keepTargetPort({ targetPort }: Record<string, unknown>): number | string | undefined {
  if (targetPort === undefined || targetPort === null || targetPort === 0 || targetPort === '') return undefined;
  if (isPort(targetPort) || (typeof targetPort === 'string' && PORT_NAME.test(targetPort))) return targetPort;
  throw new Malformed('spec.ports.targetPort', 'a port number or a port name');
}
