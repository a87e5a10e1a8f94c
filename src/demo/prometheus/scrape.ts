import type { Json, JsonObject } from '../../lib/json.ts';
import { SAMPLE } from '../kubernetes/sample.ts';
import { placesOf } from './places.ts';
import type { Labels, SeriesSet } from './series.ts';

/** Below this path the demo serves what a pod's proxy would expose: `/demo/metrics/shop/web-0`. */
export const POD_METRICS_PATH = '/demo/metrics';

/** How often the demo's scrape configuration has it scraped, as linkerd-viz does. */
const SCRAPE_INTERVAL = '10s';

/**
 * A configuration for a real Prometheus that scrapes the demo at `address` (`127.0.0.1:9090`), pod by pod, as text: JSON, which is YAML too. Linkerd's pods come with the labels
 * of a pod as service discovery gives them, and are relabelled as linkerd-viz does it (linkerd2, viz/charts/linkerd-viz/templates/prometheus.yaml, job `linkerd-proxy`); Istio's with
 * those that its Prometheus addon ends up with. `relabelled: false` leaves the former out, as a Prometheus of one's own may.
 */
export function scrapeConfig(series: SeriesSet, address: string, { relabelled = true, interval = SCRAPE_INTERVAL } = {}): string {
  const places = [...placesOf(SAMPLE).values()];
  const kinds = new Map(places.map(({ namespace, name, kind }) => [`${namespace}/${name}`, kind.toLowerCase()]));
  const jobs = new Map<string, JsonObject[]>();
  for (const { job = '', ...target } of targetsOf(series)) {
    const { namespace = '', pod = '', app = '' } = target;
    const place = places.find((candidate) => candidate.namespace === namespace && candidate.pods.some(({ name }) => name === pod));
    const labels =
      job === 'linkerd-proxy'
        ? discovered(namespace, pod, place?.name ?? '', kinds.get(`${namespace}/${place?.name}`) ?? '')
        : { namespace, pod, app };
    const list = jobs.get(job) ?? [];
    list.push({
      targets: [address],
      labels: { __metrics_path__: `${POD_METRICS_PATH}/${namespace}/${pod}`, instance: `${pod}.${namespace}:4191`, ...labels },
    });
    jobs.set(job, list);
  }
  const config: Json = {
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: [...jobs].map(([job, targets]) => ({
      job_name: job,
      static_configs: targets,
      ...(job === 'linkerd-proxy' && relabelled ? { relabel_configs: LINKERD_VIZ_RELABELLING } : {}),
    })),
  };
  return JSON.stringify(config, null, 1);
}

/** The target labels of every pod that has series. */
function targetsOf(series: SeriesSet): readonly Labels[] {
  return [...new Map(series.all.map(({ target }) => [`${target.namespace}/${target.pod}`, target])).values()];
}

/** What Kubernetes service discovery says of a pod's proxy container. */
function discovered(namespace: string, pod: string, workload: string, kind: string): Labels {
  return {
    __meta_kubernetes_namespace: namespace,
    __meta_kubernetes_pod_name: pod,
    __meta_kubernetes_pod_phase: 'Running',
    __meta_kubernetes_pod_container_name: 'linkerd-proxy',
    __meta_kubernetes_pod_container_port_name: 'linkerd-admin',
    __meta_kubernetes_pod_label_app: workload,
    __meta_kubernetes_pod_label_linkerd_io_control_plane_ns: 'linkerd',
    __meta_kubernetes_pod_label_linkerd_io_workload_ns: namespace,
    [`__meta_kubernetes_pod_label_linkerd_io_proxy_${kind}`]: workload,
  };
}

const LINKERD_VIZ_RELABELLING: readonly JsonObject[] = [
  { action: 'keep', source_labels: ['__meta_kubernetes_pod_phase'], regex: '(Pending|Running)' },
  {
    action: 'keep',
    source_labels: [
      '__meta_kubernetes_pod_container_name',
      '__meta_kubernetes_pod_container_port_name',
      '__meta_kubernetes_pod_label_linkerd_io_control_plane_ns',
    ],
    regex: '^linkerd-proxy;linkerd-admin;linkerd$',
  },
  { action: 'replace', source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
  { action: 'replace', source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
  { action: 'replace', source_labels: ['__meta_kubernetes_pod_label_linkerd_io_proxy_job'], target_label: 'k8s_job' },
  { action: 'labeldrop', regex: '__meta_kubernetes_pod_label_linkerd_io_proxy_job' },
  { action: 'labelmap', regex: '__meta_kubernetes_pod_label_linkerd_io_proxy_(.+)' },
  { action: 'labeldrop', regex: '__meta_kubernetes_pod_label_linkerd_io_proxy_(.+)' },
  { action: 'labelmap', regex: '__meta_kubernetes_pod_label_linkerd_io_(.+)' },
  { action: 'labelmap', regex: '__meta_kubernetes_pod_label_(.+)', replacement: '__tmp_pod_label_$1' },
  { action: 'labelmap', regex: '__tmp_pod_label_linkerd_io_(.+)', replacement: '__tmp_pod_label_$1' },
  { action: 'labeldrop', regex: '__tmp_pod_label_linkerd_io_(.+)' },
  { action: 'labelmap', regex: '__tmp_pod_label_(.+)' },
];
