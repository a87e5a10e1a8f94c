import type { ObservedTraffic } from './observed.ts';
import type { Row } from './resolve.ts';

/** Traffic sorted into what counts, and what says the same again from the other end. */
export interface Once {
  readonly counted: readonly Row[];
  /** The same traffic as seen from its destination; it still tells what a source cannot know. */
  readonly repeated: readonly Row[];
}

/**
 * Both ends of a call report it. What a source reports counts; what a destination reports counts only where no source of the same mesh reports traffic
 * between the same two nodes, or from the same caller to the same Service: callers outside of the mesh, ingress, and callers whose metrics are not
 * collected. By Service as well, because for a call that was denied the source may not know the workload that the destination names. Requests and bare
 * connections are looked at apart: an ambient mesh reports calls in both ways.
 */
export function countOnce(rows: readonly Row[]): Once {
  const moving = rows.filter(({ observed }) => hasTraffic(observed));
  const reported = new Set<string>();
  for (const row of moving) {
    if (row.observed.reporter !== 'source') continue;
    reported.add(pairKey(row, row.destination));
    if (row.service !== undefined) reported.add(pairKey(row, row.service));
  }
  const counted: Row[] = [];
  const repeated: Row[] = [];
  for (const row of moving) {
    const again =
      row.observed.reporter === 'destination' &&
      (reported.has(pairKey(row, row.destination)) || (row.service !== undefined && reported.has(pairKey(row, row.service))));
    (again ? repeated : counted).push(row);
  }
  return { counted, repeated };
}

/** Two nodes, with the mesh that reports on them and whether it reports requests or connections. */
export function pairKey({ observed: { mesh, protocol }, source }: Row, destination: string): string {
  return `${mesh}>${protocol === 'tcp' ? 'tcp' : 'requests'}>${source}>${destination}`;
}

function hasTraffic({ requests, security, sentBytes = 0, receivedBytes = 0 }: ObservedTraffic): boolean {
  return requests > 0 || sentBytes > 0 || receivedBytes > 0 || Object.values(security).some((rate) => rate > 0);
}
