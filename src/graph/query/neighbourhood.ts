import type { NodeId } from '../model.ts';
import { type LoadTraffic, trafficIndex, type Walk, walk } from './walk.ts';

/** Nodes of a neighbourhood, unless said otherwise. */
export const MAX_NEIGHBOURS = 200;

/** What is around some nodes: callers and callees, theirs, and so on to a depth. */
export function neighbourhood(start: readonly NodeId[], depth: number, load: LoadTraffic, maxNodes: number = MAX_NEIGHBOURS): Walk {
  return walk(start, { direction: 'both', depth, maxNodes }, trafficIndex(load));
}
