import { isObject } from '../../../lib/json.ts';
import type { Service, ServicePort } from '../../../mesh/objects.ts';
import { arrayAt, choiceAt, DNS_LABEL, isPort, Malformed, objectAt, optionalTextAt, QUALIFIED_NAME, textMapAt } from './fields.ts';
import type { Metadata } from './metadata.ts';

const TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] as const;
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
// An external name may end with a dot, and real ones contain underscores and capitals.
const HOST_NAME = /^(?=.{1,254}$)[A-Za-z0-9_](?:[-A-Za-z0-9_.]*[A-Za-z0-9_])?\.?$/;
// Names of containers' ports are IANA service names: at most 15 characters.
const PORT_NAME = /^[a-z0-9](?:[-a-z0-9]{0,13}[a-z0-9])?$/;

/** Decodes a Service whose metadata has been read. Throws `Malformed`. */
export function decodeService(metadata: Metadata, item: Record<string, unknown>): Service {
  const spec = objectAt(item, 'spec', 'spec');
  const { clusterIP } = spec;
  const type = choiceAt(spec, 'type', 'spec.type', TYPES, 'ClusterIP');
  const selector = Object.entries(textMapAt(spec, 'selector', 'spec.selector'));
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    type,
    headless: clusterIP === 'None',
    selector: type === 'ExternalName' ? [] : selector,
    ports: arrayAt(spec, 'ports', 'spec.ports').map(decodePort),
    externalName: type === 'ExternalName' ? optionalTextAt(spec, 'externalName', 'spec.externalName', HOST_NAME) : undefined,
  };
}

function decodePort(value: unknown): ServicePort {
  if (!isObject(value)) throw new Malformed('spec.ports', 'an array of objects');
  const { port } = value;
  if (!isPort(port)) throw new Malformed('spec.ports.port', 'a port number');
  const name = optionalTextAt(value, 'name', 'spec.ports.name', DNS_LABEL);
  const targetPort = decodeTargetPort(value);
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
function decodeTargetPort({ targetPort }: Record<string, unknown>): number | string | undefined {
  if (targetPort === undefined || targetPort === null || targetPort === 0 || targetPort === '') return undefined;
  if (isPort(targetPort) || (typeof targetPort === 'string' && PORT_NAME.test(targetPort))) return targetPort;
  throw new Malformed('spec.ports.targetPort', 'a port number or a port name');
}
