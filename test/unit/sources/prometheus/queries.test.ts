import { parser } from '@prometheus-io/lezer-promql';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isWindow,
  oneOf,
  PRESENCE,
  promql,
  QUERIES,
  QUERY_NAMES,
  type QueryName,
  queryOf,
  type Selection,
  selectorOf,
} from '../../../../src/sources/prometheus/queries.ts';

/** The places where Prometheus' own grammar does not understand a text. */
function errorsIn(text: string): readonly string[] {
  const errors: string[] = [];
  parser.parse(text).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) errors.push(`${from}: ${text.slice(from, to + 10)}`);
    },
  });
  return errors;
}

/** The text of the string that stands for a regular expression; PromQL's escapes are JSON's here. */
const unquote = (quoted: string): string => JSON.parse(quoted);

const SELECTIONS: readonly Selection[] = [
  { tag: 'all' },
  { tag: 'from', namespaces: ['shop'] },
  { tag: 'from', namespaces: ['', 'bank', 'shop'] },
  { tag: 'into', namespaces: ['bank', 'shop'], except: ['bank', 'legacy', 'shop'] },
];

describe('the queries', () => {
  it.each(QUERY_NAMES)('%s is PromQL by Prometheus’ own grammar', (name) => {
    for (const selection of SELECTIONS) expect(errorsIn(promql(queryOf(name), '1m', selection))).toEqual([]);
    expect(errorsIn(selectorOf(queryOf(name)))).toEqual([]);
  });

  it('are as many as the documentation says', () => {
    const count = (mesh: string) => QUERY_NAMES.filter((name) => queryOf(name).mesh === mesh).length;
    expect({ linkerd: count('linkerd'), istio: count('istio') }).toEqual({ linkerd: 20, istio: 9 });
  });

  it('are told from text that is no PromQL', () => {
    expect(errorsIn('sum by (a (b)')).not.toEqual([]);
    for (const text of Object.values(PRESENCE)) expect(errorsIn(text)).toEqual([]);
  });

  it.each<[QueryName, string]>([
    [
      'linkerdRequests',
      'sum by (namespace,deployment,statefulset,daemonset,cronjob,k8s_job,replicaset,replicationcontroller,dst_namespace,dst_service,dst_deployment,dst_statefulset,dst_daemonset,dst_cronjob,dst_k8s_job,dst_replicaset,dst_replicationcontroller,target_port,tls,no_tls_reason,classification,grpc_status) (rate(response_total{direction="outbound",dst_namespace!=""}[1m])) > 0',
    ],
    [
      'linkerdLatencyP99',
      'histogram_quantile(0.99, sum by (le,namespace,deployment,statefulset,daemonset,cronjob,k8s_job,replicaset,replicationcontroller,dst_namespace,dst_service,dst_deployment,dst_statefulset,dst_daemonset,dst_cronjob,dst_k8s_job,dst_replicaset,dst_replicationcontroller,target_port) (irate(response_latency_ms_bucket{direction="outbound",dst_namespace!=""}[1m]))) > 0',
    ],
    [
      'linkerdTcpOpen',
      'sum by (namespace,deployment,statefulset,daemonset,cronjob,k8s_job,replicaset,replicationcontroller,dst_namespace,dst_service,dst_deployment,dst_statefulset,dst_daemonset,dst_cronjob,dst_k8s_job,dst_replicaset,dst_replicationcontroller,target_port,tls,no_tls_reason) (tcp_open_connections{direction="outbound",peer="dst",dst_namespace!=""}) > 0',
    ],
    [
      'linkerdUnmeshed',
      'sum by (namespace,deployment,statefulset,daemonset,cronjob,k8s_job,replicaset,replicationcontroller,target_port,tls,no_tls_reason,classification,grpc_status) (rate(response_total{direction="inbound",tls!="true",no_tls_reason!="loopback",route_name!="probe",target_port!="4191"}[1m])) > 0',
    ],
    [
      'istioLatencyP50',
      'histogram_quantile(0.5, sum by (le,reporter,source_workload,source_workload_namespace,destination_workload,destination_workload_namespace,destination_service,destination_service_name,request_protocol) (rate(istio_request_duration_milliseconds_bucket{reporter=~"source|destination|waypoint"}[1m]))) > 0',
    ],
  ])('%s is exactly this', (name, text) => {
    expect(promql(QUERIES[name], '1m', { tag: 'all' })).toBe(text);
  });

  it('limit what they select to namespaces, into them without those that are asked for anyway', () => {
    const selected = (name: QueryName, selection: Selection) => /\{([^}]*)\}/.exec(promql(queryOf(name), '5m', selection))?.[1];
    expect(selected('linkerdExternalRequests', { tag: 'from', namespaces: ['', 'shop'] })).toBe(
      'direction="outbound",dst_namespace="",namespace=~"|shop"',
    );
    expect(selected('istioTcpOpened', { tag: 'into', namespaces: ['bank'], except: ['bank', 'shop'] })).toBe(
      'reporter=~"source|destination",destination_workload_namespace=~"bank",source_workload_namespace!~"bank|shop"',
    );
  });

  it('take no window that is none', () => {
    expect(['1m', '30s', '12h'].map(isWindow)).toEqual([true, true, true]);
    for (const window of ['', '0m', '1', 'm', '1m]', '1m30s', '-1m']) {
      expect(isWindow(window)).toBe(false);
      expect(() => promql(QUERIES.linkerdRequests, window, { tag: 'all' })).toThrow('not a duration');
    }
  });
});

describe('oneOf', () => {
  it('matches each of its texts as a whole, and nothing else', () => {
    // JSON has escapes for controls, which PromQL writes in another way; names have none.
    const text = fc.string({ unit: fc.constantFrom(...'az.-*+?()[]{}|^$\\"/ é'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), text, (texts, other) => {
        const expression = new RegExp(`^(?:${unquote(oneOf(texts))})$`);
        for (const one of texts) expect(expression.test(one)).toBe(true);
        expect(expression.test(other)).toBe(texts.includes(other));
      }),
    );
  });

  it('is one string to Prometheus, whatever the texts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\r', '\0', '(', '|', 'é', '\u2028', '🐈') }), {
          minLength: 1,
          maxLength: 3,
        }),
        (texts) => {
          expect(errorsIn(`m{a=~${oneOf(texts)}}`)).toEqual([]);
        },
      ),
    );
  });
});
