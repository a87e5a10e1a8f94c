import { fromGraph } from '../../collector/from-graph.ts';
import { defineTool } from '../tool.ts';
import { requireNamespace } from './graph/inputs.ts';
import { meshDetail } from './graph/mesh-detail.ts';
import { meshOverview } from './graph/mesh-overview.ts';
import { type MeshAnswer, meshData, meshQuery } from './graph/mesh-schemas.ts';
import { meshSimple } from './graph/mesh-simple.ts';
import { requireViewOf } from './graph/view.ts';

/** The graph, or the part that is asked for. */
export const getMeshGraph = defineTool({
  name: 'get_mesh_graph',
  title: 'The mesh graph',
  description:
    'Who talks to whom in the mesh, with requests, success, latency and TLS of all traffic. Without a namespace an overview of all; with one its workloads and their traffic; ' +
    'with a workload what is around it. Begin here for any question about traffic; then get_service or get_call_graph for one thing.',
  toolset: 'graph',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: meshQuery,
  output: meshData,
  run: (wanted, { ports, config, principal }) => {
    const { namespace, format, groupBy = namespace === undefined ? 'namespace' : 'workload' } = wanted;
    requireNamespace(wanted);
    requireViewOf(principal, namespace);
    const { maxAnswerCharacters } = config;
    return fromGraph(ports, config, (reader): MeshAnswer => {
      if (format === 'simple') return meshSimple(reader, wanted, maxAnswerCharacters);
      if (namespace === undefined && groupBy === 'namespace') return meshOverview(reader, wanted, maxAnswerCharacters);
      return meshDetail(reader, wanted, groupBy, maxAnswerCharacters);
    });
  },
});
