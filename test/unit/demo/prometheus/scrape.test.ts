import { describe, expect, it } from 'vitest';
import { demoPrometheus } from '../../../../src/demo/prometheus/api.ts';
import { demoSeries } from '../../../../src/demo/prometheus/metrics.ts';
import { scrapeConfig } from '../../../../src/demo/prometheus/scrape.ts';

interface ScrapeJob {
  readonly job_name: string;
  readonly relabel_configs?: readonly unknown[];
  readonly static_configs: readonly { readonly targets: readonly string[]; readonly labels: Readonly<Record<string, string>> }[];
}

const jobs = (options = {}): readonly ScrapeJob[] => JSON.parse(scrapeConfig(demoSeries(), '127.0.0.1:4711', options)).scrape_configs;
const linkerd = (options = {}) => jobs(options).find(({ job_name }) => job_name === 'linkerd-proxy') ?? expect.fail();

describe('scrapeConfig', () => {
  it('has a target for each pod with series, where the demo serves them', () => {
    const handler = demoPrometheus();
    const targets = jobs().flatMap(({ static_configs }) => static_configs);
    expect(targets.length).toBeGreaterThan(20);
    expect(new Set(targets.map(({ labels }) => labels.instance)).size).toBe(targets.length);
    for (const { targets: addresses, labels } of targets) {
      expect(addresses).toEqual(['127.0.0.1:4711']);
      const { status, body } = handler({
        method: 'GET',
        path: labels.__metrics_path__ ?? '',
        query: '',
        headers: [],
        body: new Uint8Array(),
      });
      expect(status).toBe(200);
      expect(body.length, labels.__metrics_path__).toBeGreaterThan(100);
    }
  });

  it('gives Linkerd’s pods the labels of service discovery, to be relabelled as linkerd-viz does', () => {
    const web = linkerd().static_configs.find(({ labels }) => labels.__meta_kubernetes_pod_name === 'web-0');
    expect(web?.labels).toMatchObject({
      __meta_kubernetes_namespace: 'shop',
      __meta_kubernetes_pod_label_linkerd_io_proxy_deployment: 'web',
      __meta_kubernetes_pod_label_linkerd_io_control_plane_ns: 'linkerd',
    });
    expect(web?.labels.namespace).toBeUndefined();
    expect(linkerd().relabel_configs).toContainEqual({ action: 'labelmap', regex: '__meta_kubernetes_pod_label_linkerd_io_proxy_(.+)' });
    const redis = linkerd().static_configs.find(({ labels }) => labels.__meta_kubernetes_pod_name === 'cart-redis-0');
    expect(redis?.labels).toMatchObject({ __meta_kubernetes_pod_label_linkerd_io_proxy_statefulset: 'cart-redis' });
  });

  it('leaves the relabelling out for a Prometheus that lacks it', () => {
    expect(linkerd({ relabelled: false }).relabel_configs).toBeUndefined();
  });
});
