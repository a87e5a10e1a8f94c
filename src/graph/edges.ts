import { defined } from './defined.ts';
import { namespaceOf } from './ids.ts';
import type { Edge } from './model.ts';

export const PROTOCOLS: readonly Edge['protocol'][] = ['http', 'grpc', 'tcp'];

/** What makes two parts of traffic one edge. */
export type EdgeEnds = Pick<Edge, 'source' | 'destination' | 'service' | 'port' | 'protocol'>;

/** The same, for whoever has not left out what is undefined. */
type KeyParts = { readonly [Key in keyof EdgeEnds]: EdgeEnds[Key] | undefined };

/** `shop/Deployment/web>shop/Deployment/cart>shop/Service/cart>8080>http`; what is absent is empty. No id contains `>`. */
export function edgeKey({ source, destination, service, port, protocol }: KeyParts): string {
  return `${source}>${destination}>${service ?? ''}>${port ?? ''}>${protocol}`;
}

/** The ends of an edge out of its key, or undefined where the text is no key. */
export function parseEdgeKey(key: string): EdgeEnds | undefined {
  const [source = '', destination = '', service = '', port = '', given, ...more] = key.split('>');
  const protocol = PROTOCOLS.find((candidate) => candidate === given);
  if (source === '' || destination === '' || protocol === undefined || more.length > 0 || !/^\d{0,5}$/.test(port)) return undefined;
  const rest = defined({ service: service === '' ? undefined : service, port: port === '' ? undefined : Number(port) });
  return { source, destination, ...rest, protocol };
}

/** The namespace in which an edge stands where it may stand but once: its source's, else its destination's; undefined where neither end has one. */
export function homeOf({ source, destination }: Pick<Edge, 'source' | 'destination'>): string | undefined {
  return namespaceOf(source) ?? namespaceOf(destination);
}

// So that a busy database connection is not less than any HTTP edge, which alone has requests.
const BYTES_PER_REQUEST = 1024;

/** How busy an edge is, to sort by: requests a second, KiB a second or decisions a second, whichever is most. */
export function activityOf({ rps = 0, sent = 0, received = 0, allowed = 0, denied = 0 }: Omit<Edge, keyof EdgeEnds | 'mesh'>): number {
  return Math.max(rps, (sent + received) / BYTES_PER_REQUEST, allowed + denied);
}
