import { parser } from '@prometheus-io/lezer-promql';

/** Names of metrics in an expression; throws where Prometheus would not take it. */
export function metricsIn(expression: string): readonly string[] {
  const names: string[] = [];
  parser.parse(expression).iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${expression}`);
      // The name of a selector; grouping labels have identifiers of their own kind.
      if (node.name === 'Identifier' && node.node.parent?.name === 'VectorSelector') names.push(expression.slice(node.from, node.to));
    },
  });
  return names;
}
