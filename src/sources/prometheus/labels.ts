/**
 * The labels that name a Linkerd workload, and the kinds they stand for, the owner of a pod first. They are the pod labels `linkerd.io/proxy-…` that the
 * injector writes, copied by the scrape configuration of linkerd-viz (linkerd2, viz/charts/linkerd-viz/templates/prometheus.yaml, job `linkerd-proxy`), where a
 * Job is `k8s_job`, since `job` is Prometheus' own label; with the prefix `dst_` the destination controller gives them to the client's proxy
 * (linkerd2, pkg/k8s/labels.go, `GetPodLabels`; pkg/k8s/k8s.go, `KindToL5DLabel`).
 */
export const LINKERD_WORKLOAD_LABELS = [
  ['deployment', 'Deployment'],
  ['statefulset', 'StatefulSet'],
  ['daemonset', 'DaemonSet'],
  ['cronjob', 'CronJob'],
  ['k8s_job', 'Job'],
  ['replicaset', 'ReplicaSet'],
  ['replicationcontroller', 'ReplicationController'],
] as const;

const WORKLOAD = LINKERD_WORKLOAD_LABELS.map(([label]) => label);

/** The pod whose proxy reports. */
export const LINKERD_REPORTER: readonly string[] = ['namespace', ...WORKLOAD];
/** The pod that the proxy chose, and the Service that led to it (linkerd2, controller/api/destination/watcher/port_publisher.go, `metricLabels`). */
export const LINKERD_DESTINATION: readonly string[] = ['dst_namespace', 'dst_service', ...WORKLOAD.map((label) => `dst_${label}`)];

/** Both ends of Istio's traffic (envoy's istio_stats filter, `populatePeerInfo`; ztunnel, src/proxy/metrics.rs, `CommonTrafficLabels`). */
export const ISTIO_ENDS: readonly string[] = [
  'source_workload',
  'source_workload_namespace',
  'destination_workload',
  'destination_workload_namespace',
  'destination_service',
  'destination_service_name',
];
