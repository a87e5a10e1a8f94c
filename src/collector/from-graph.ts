import type { Config } from '../config.ts';
import type { Ports } from '../ports/ports.ts';
import { GraphAbsent, type GraphReader, withGraph } from '../store/graph/reader.ts';
import { collectOnce } from './run.ts';

/**
 * Answers from the graph in the store. Where there is none and no collector is at work (a host without a ticker, or one whose store lives as long as a request
 * does), reads the cluster first and answers from that. Throws what `withGraph`, `collectOnce` and `use` throw.
 */
export function fromGraph<Answer>(ports: Ports, config: Config, use: (reader: GraphReader) => Answer): Answer {
  try {
    return withGraph(ports, use);
  } catch (error) {
    if (!(error instanceof GraphAbsent) || error.collecting) throw error;
  }
  collectOnce(ports, config);
  return withGraph(ports, use);
}
