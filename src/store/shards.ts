import { hashBytes } from '../lib/hash.ts';
import { isObject } from '../lib/json.ts';
import { parseBounded } from '../lib/json-text.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { MESHES, type Mesh } from '../mesh/membership.ts';
import type { MeshedPods, ServiceSummary, WorkloadSummary } from '../mesh/model.ts';
import type { ServicePort } from '../mesh/objects.ts';

/** A part of one namespace: immutable, named by the hash of its content. */
export interface Shard {
  readonly hash: string;
  readonly value: Uint8Array;
}

// Values must stay under 256 KiB. Our services are ASCII (names, numbers), so characters are bytes; the rest is for the envelope.
const MAX_SHARD_CHARACTERS = 240 * 1024;

// As in the head: another form, another number.
const VERSION = 1;

/** Cuts a namespace's services into as few shards as fit. One with no services has no shards. */
export function makeShards(namespace: string, services: readonly ServiceSummary[]): Shard[] {
  const shards: Shard[] = [];
  let texts: string[] = [];
  let length = 0;
  const close = () => {
    if (texts.length === 0) return;
    const text = `{"namespace":${JSON.stringify(namespace)},"services":[${texts.join(',')}],"version":${VERSION}}`;
    const value = encodeUtf8(text);
    shards.push({ hash: hashBytes(value), value });
    texts = [];
    length = 0;
  };
  for (const service of services) {
    const text = encodeService(service);
    if (length + text.length > MAX_SHARD_CHARACTERS) close();
    texts.push(text);
    length += text.length + 1;
  }
  close();
  return shards;
}

/** The services of a shard, or undefined where the text is not a shard of that namespace. */
export function decodeShard(text: string, namespace: string): ServiceSummary[] | undefined {
  const parsed = parseBounded(text);
  if (parsed.kind !== 'value' || !isObject(parsed.value)) return undefined;
  const { version, namespace: owner, services } = parsed.value;
  if (version !== VERSION || owner !== namespace || !Array.isArray(services)) return undefined;
  const decoded: ServiceSummary[] = [];
  for (const item of services) {
    const service = decodeService(item, namespace);
    if (service === undefined) return undefined;
    decoded.push(service);
  }
  return decoded;
}

/**
 * One service as JSON, without its namespace, which the shard names once. Members are set one by one in one order, so equal services have
 * equal texts; JSON.stringify leaves the undefined ones out.
 */
function encodeService({
  name,
  type,
  selects,
  ports,
  omittedPorts,
  workloads,
  omittedWorkloads,
  externalName,
  ...pods
}: ServiceSummary): string {
  return JSON.stringify({
    name,
    type,
    selects,
    ...encodePods(pods),
    ports: ports.map(({ port, protocol, name, targetPort, appProtocol }) => ({ port, protocol, name, targetPort, appProtocol })),
    omittedPorts,
    workloads: workloads.map(({ kind, name, ...pods }) => ({ kind, name, ...encodePods(pods) })),
    omittedWorkloads,
    externalName,
  });
}

function encodePods({ pods, meshedPods, meshes }: MeshedPods): MeshedPods {
  return { pods, meshedPods, meshes };
}

const TYPES: readonly ServiceSummary['type'][] = ['ClusterIP', 'Headless', 'NodePort', 'LoadBalancer', 'ExternalName'];
const PROTOCOLS: readonly ServicePort['protocol'][] = ['TCP', 'UDP', 'SCTP'];

function decodeService(value: unknown, namespace: string): ServiceSummary | undefined {
  if (!isObject(value)) return undefined;
  const { name, type: given, selects, omittedPorts, omittedWorkloads, externalName } = value;
  const type = TYPES.find((candidate) => candidate === given);
  const pods = decodePods(value);
  const ports = decodeAll(value, 'ports', decodePort);
  const workloads = decodeAll(value, 'workloads', decodeWorkload);
  if (typeof name !== 'string' || typeof selects !== 'boolean' || type === undefined || !pods || !ports || !workloads) return undefined;
  if (!isCount(omittedPorts) || !isCount(omittedWorkloads) || !(externalName === undefined || typeof externalName === 'string'))
    return undefined;
  const external = externalName === undefined ? {} : { externalName };
  return { namespace, name, type, selects, ...pods, ports, omittedPorts, workloads, omittedWorkloads, ...external };
}

function decodePods(value: Record<string, unknown>): MeshedPods | undefined {
  const { pods, meshedPods } = value;
  const meshes = decodeAll(value, 'meshes', (item): Mesh | undefined => MESHES.find((mesh) => mesh === item));
  return isCount(pods) && isCount(meshedPods) && meshes ? { pods, meshedPods, meshes } : undefined;
}

function decodeWorkload(value: unknown): WorkloadSummary | undefined {
  if (!isObject(value)) return undefined;
  const { kind, name } = value;
  const pods = decodePods(value);
  return typeof kind === 'string' && typeof name === 'string' && pods ? { kind, name, ...pods } : undefined;
}

function decodePort(value: unknown): ServicePort | undefined {
  if (!isObject(value)) return undefined;
  const { port, protocol: given, name, targetPort, appProtocol } = value;
  const protocol = PROTOCOLS.find((candidate) => candidate === given);
  if (!isCount(port) || protocol === undefined) return undefined;
  if (!isOptionalText(name) || !isOptionalText(appProtocol) || !(isOptionalText(targetPort) || isCount(targetPort))) return undefined;
  return {
    port,
    protocol,
    ...(name === undefined ? {} : { name }),
    ...(targetPort === undefined ? {} : { targetPort }),
    ...(appProtocol === undefined ? {} : { appProtocol }),
  };
}

/** Every item of a member array decoded, or undefined where it is no array or one of them fails. */
function decodeAll<Item>(parent: Record<string, unknown>, key: string, decode: (item: unknown) => Item | undefined): Item[] | undefined {
  const value = parent[key];
  if (!Array.isArray(value)) return undefined;
  const decoded: Item[] = [];
  for (const item of value) {
    const one = decode(item);
    if (one === undefined) return undefined;
    decoded.push(one);
  }
  return decoded;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
