import { describe, expect, it } from 'vitest';
import { Cluster, EDGES_PER_SERVICE, SERVICES } from '../../../../bench/scale/cluster.ts';
import { parseQuery, rowsOf } from '../../../../bench/scale/prometheus-api.ts';
import { promql, QUERY_NAMES, type QueryName, queryOf, type Selection } from '../../../../src/sources/prometheus/queries.ts';

const CLUSTER = new Cluster(10);
const EDGES = SERVICES * EDGES_PER_SERVICE;
const ALL: Selection = { tag: 'all' };

function rows(name: QueryName, selection: Selection, limit = Number.POSITIVE_INFINITY): readonly string[] {
  const parsed = parseQuery(promql(queryOf(name), '1m', selection));
  if (parsed === undefined) throw new Error(`not understood: ${name}`);
  return rowsOf(CLUSTER, parsed, limit);
}

describe('the Prometheus API over a generated cluster', () => {
  it('understands every query of ours', () => {
    for (const name of QUERY_NAMES) expect(parseQuery(promql(queryOf(name), '1m', ALL))?.metric).toBe(queryOf(name).metric);
    expect(parseQuery('up')).toBeUndefined();
  });

  it('has a row for each call, of one mesh or the other', () => {
    expect(rows('linkerdLatencyP99', ALL)).toHaveLength(5 * EDGES);
    expect(rows('istioLatencyP99', ALL)).toHaveLength(5 * EDGES * 2);
    expect(rows('linkerdUnmeshed', ALL)).toHaveLength(0);
  });

  it('keeps to the namespaces that are asked for, and to the limit', () => {
    const selection: Selection = { tag: 'from', namespaces: ['team-0002', 'team-0004', 'team-0005'] };
    expect(rows('linkerdTcpRead', selection)).toHaveLength(2 * EDGES);
    expect(rows('linkerdTcpRead', selection, 7)).toHaveLength(7);
    expect(rows('linkerdHttpAllowed', selection).every((row) => /"namespace":"team-000[24]"/.test(row))).toBe(true);
  });

  it('shows the labels that are asked for, and no others', () => {
    const [row = ''] = rows('istioRequests', ALL);
    expect(JSON.parse(row)).toMatchObject({ metric: { reporter: 'source', source_workload: 'app-0', response_code: '200' } });
    expect(row).not.toContain('"le"');
  });
});
