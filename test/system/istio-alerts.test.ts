import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, list, map } from '../deploy/istio/manifests.ts';
import { checkedRules, counter, firingAlerts, type Series } from './support/alerts.ts';
import { run } from './support/process.ts';
import { useServers } from './support/servers.ts';

const servers = useServers();
const [RULES] = documents('observability/prometheus/rules.yaml');

/** Requests a minute to one version of a service of mcp-system, as the caller's proxy and the callee's count them (Istio's standard metrics). */
interface Traffic {
  readonly service?: string;
  readonly version?: string;
  readonly requests?: number;
  readonly failed?: number;
  readonly plain?: number;
  readonly tooMany?: number;
  /** Of those that the caller's proxy does not send, the reason why. */
  readonly flag?: string;
  /** How long all of them take, as the upper bound of their bucket in milliseconds. */
  readonly bucketMs?: number;
}

function of({
  service = 'mcp-rag',
  version = 'v1',
  requests = 600,
  failed = 0,
  plain = 0,
  tooMany = 0,
  flag = '-',
  bucketMs = 25,
}: Traffic) {
  const labels = `destination_service_name="${service}",destination_service_namespace="mcp-system",destination_version="${version}"`;
  const count = (reporter: string, security: string, code: number, amount: number, flags = '-'): readonly Series[] =>
    counter(
      `istio_requests_total{reporter="${reporter}",connection_security_policy="${security}",response_code="${code}",response_flags="${flags}",${labels}}`,
      amount,
    );
  return [
    ...count('source', 'unknown', 200, requests - failed),
    ...count('source', 'unknown', 503, failed, flag),
    ...count('destination', 'mutual_tls', 200, requests - failed - plain - tooMany),
    ...count('destination', 'none', 200, plain),
    ...count('destination', 'mutual_tls', 429, tooMany),
    ...['25', '2500', '10000', '+Inf'].map((le) => ({
      series: `istio_request_duration_milliseconds_bucket{reporter="source",le="${le}",${labels}}`,
      values: `0+${le === '+Inf' || Number(le) >= bucketMs ? requests : 0}x30`,
    })),
  ];
}

const canary = (failed: number): readonly Series[] => of({ service: 'mcp-debate', version: 'v2', requests: 60, failed });
const stable = (failed: number): readonly Series[] => of({ service: 'mcp-debate', version: 'v1', requests: 540, failed });
const ISTIOD: readonly Series[] = [
  { series: 'pilot_info', values: '1x30' },
  { series: 'citadel_server_root_cert_expiry_timestamp', values: `${365 * 24 * 3600}x30` },
];

describe('alerts of deploy/istio, evaluated by Prometheus', () => {
  it('are rules that it takes', async () => {
    expect(await checkedRules(servers.folder(), RULES)).toBe(14);
  });

  it('and it takes the configuration that loads them', async () => {
    const [config] = documents('observability/prometheus/prometheus-config.yaml');
    // Debian builds it without the discovery of Kubernetes; targets of another kind stand there.
    const scrape_configs = list(config, 'scrape_configs').map((job) => {
      const { kubernetes_sd_configs, ...rest } = map(job);
      expect(kubernetes_sd_configs).toHaveLength(1);
      return { ...rest, static_configs: [] };
    });
    const file = join(servers.folder(), 'prometheus.json');
    writeFileSync(file, JSON.stringify({ ...map(config), scrape_configs }));
    // The files that it names are in the pod alone.
    expect(await run('promtool', ['check', 'config', '--syntax-only', file])).toContain('SUCCESS');
  });

  it.each<[string, readonly Series[], readonly string[]]>([
    ['all is well', of({}), []],
    ['4 % fail', of({ failed: 24 }), []],
    ['6 % fail', of({ failed: 36 }), ['McpServiceErrors critical']],
    ['all fail', of({ failed: 600 }), ['McpServiceErrors critical']],
    ['the canary fails, the stable version never did', [...canary(2), ...stable(0)], ['McpCanaryErrors critical']],
    ['the canary fails, and nobody calls the stable version', canary(2), ['McpCanaryErrors critical']],
    ['both fail alike', [...canary(2), ...stable(18)], []],
    ['neither fails', [...canary(0), ...stable(0)], []],
    ['one request in 600 is plain text', of({ plain: 1 }), ['McpPlainText critical']],
    ['all requests are plain text', of({ plain: 600 }), ['McpPlainText critical']],
    ['a service takes 10 s', of({ bucketMs: 10_000 }), ['McpServiceSlow warning']],
    ['a language model takes 10 s', of({ service: 'mcp-llm', bucketMs: 10_000 }), []],
    ['a pool is full', of({ failed: 1, flag: 'UO' }), ['McpCircuitOpen warning']],
    ['two a second are too many', of({ tooMany: 120 }), ['McpRateLimited info']],
    ['a proxy refuses configuration', counter('pilot_total_xds_rejects{type="lds"}', 1), ['IstioConfigRejected warning']],
    [
      'the webhook refuses configuration',
      counter('galley_validation_failed{group="networking.istio.io"}', 1),
      ['IstioConfigRejected warning'],
    ],
    [
      'a change takes a minute to arrive',
      [
        { series: 'pilot_proxy_convergence_time_bucket{le="30"}', values: '0+0x30' },
        { series: 'pilot_proxy_convergence_time_bucket{le="+Inf"}', values: '0+10x30' },
        { series: 'pilot_proxy_convergence_time_bucket{le="60"}', values: '0+10x30' },
      ],
      ['IstioConfigSlow warning'],
    ],
  ])('%s', async (_, series, alerts) => {
    expect(await firingAlerts(servers.folder(), RULES, [...ISTIOD, ...series])).toEqual(alerts);
  });

  it('no istiod, or a root certificate that ends within 30 days', async () => {
    expect(await firingAlerts(servers.folder(), RULES, of({}))).toEqual(['IstiodMissing critical']);
    const ending = [
      { series: 'pilot_info', values: '1x30' },
      { series: 'citadel_server_root_cert_expiry_timestamp', values: '86400x30' },
    ];
    expect(await firingAlerts(servers.folder(), RULES, ending)).toEqual(['IstioRootCertificateExpires critical']);
  });
});
