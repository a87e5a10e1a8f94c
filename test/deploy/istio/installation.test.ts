import { describe, expect, test } from 'vitest';
import { at, documents, list, map } from './manifests.ts';

const [installation] = documents('istio/installation.yaml');
const spec = at(installation, 'spec');
const gateways = [...list(spec, 'components', 'ingressGateways'), ...list(spec, 'components', 'egressGateways')];
const [istiodValues] = documents('istio/helm/istiod.yaml');

/** The default JSON format that Istio documents (its access log task), field by field. */
const DOCUMENTED_LOG_FIELDS = [
  'authority',
  'bytes_received',
  'bytes_sent',
  'connection_termination_details',
  'downstream_local_address',
  'downstream_remote_address',
  'duration',
  'method',
  'path',
  'protocol',
  'request_id',
  'requested_server_name',
  'response_code',
  'response_code_details',
  'response_flags',
  'route_name',
  'start_time',
  'upstream_cluster',
  'upstream_host',
  'upstream_local_address',
  'upstream_service_time',
  'upstream_transport_failure_reason',
  'user_agent',
  'x_forwarded_for',
];

describe('installation.yaml', () => {
  test('is a file for istioctl that leaves images and revision to it', () => {
    expect(at(installation, 'apiVersion')).toBe('install.istio.io/v1alpha1');
    expect(at(installation, 'kind')).toBe('IstioOperator');
    for (const key of ['hub', 'tag', 'revision']) expect(at(spec, key)).toBeUndefined();
  });

  test('runs three istiod, at least two of them at any time', () => {
    const pilot = at(spec, 'components', 'pilot', 'k8s');
    expect(at(pilot, 'replicaCount')).toBe(3);
    expect(at(pilot, 'hpaSpec', 'minReplicas')).toBe(3);
    expect(at(pilot, 'podDisruptionBudget', 'minAvailable')).toBe(2);
    // The chart's own settings say the same: istioctl before 1.32 decides about a disruption budget by them.
    expect(at(spec, 'values', 'pilot')).toMatchObject({ autoscaleMin: 3, autoscaleMax: 6 });
    for (const gateway of ['istio-ingressgateway', 'istio-egressgateway']) {
      expect(at(spec, 'values', 'gateways', gateway)).toEqual({ injectionTemplate: 'gateway', autoscaleMin: 5, autoscaleMax: 20 });
    }
    expect(at(pilot, 'resources', 'requests')).toEqual({ cpu: '500m', memory: '2Gi' });
  });

  test('runs five pods of each of the three gateways, each in a namespace of its own', () => {
    expect(gateways.map((gateway) => [at(gateway, 'name'), at(gateway, 'namespace')])).toEqual([
      ['istio-ingressgateway', 'istio-ingress'],
      ['istio-eastwestgateway', 'istio-eastwest'],
      ['istio-egressgateway', 'istio-egress'],
    ]);
    for (const gateway of gateways) {
      expect(at(gateway, 'enabled')).toBe(true);
      expect(at(gateway, 'k8s', 'replicaCount')).toBe(5);
      expect(at(gateway, 'k8s', 'hpaSpec', 'minReplicas')).toBe(5);
      expect(at(gateway, 'k8s', 'resources', 'limits')).toEqual({ cpu: '2', memory: '1Gi' });
    }
  });

  test('opens 443 at ingress and egress and 15443 between clusters', () => {
    const ports = (name: string) =>
      list(
        gateways.find((gateway) => at(gateway, 'name') === name),
        'k8s',
        'service',
        'ports',
      ).map((port) => at(port, 'port'));
    expect(ports('istio-ingressgateway')).toEqual([15021, 80, 443]);
    expect(ports('istio-egressgateway')).toEqual([443]);
    expect(ports('istio-eastwestgateway')).toContain(15443);
  });

  test('logs every field of the documented format, as JSON', () => {
    const mesh = at(spec, 'meshConfig');
    expect(at(mesh, 'accessLogEncoding')).toBe('JSON');
    expect(at(mesh, 'accessLogFile')).toBe('/dev/stdout');
    const format: unknown = JSON.parse(String(at(mesh, 'accessLogFormat')));
    expect(Object.keys(map(format)).sort()).toEqual([...DOCUMENTED_LOG_FIELDS, 'organization_id', 'trace_id'].sort());
    for (const command of Object.values(map(format))) expect(command).toMatch(/^%[A-Z_]+(\([^)]+\))?%$/);
  });

  test('traces 0.1 per cent', () => {
    expect(at(spec, 'meshConfig', 'enableTracing')).toBe(true);
    expect(at(spec, 'meshConfig', 'defaultConfig', 'tracing', 'sampling')).toBe(0.1);
    expect(at(spec, 'values', 'pilot', 'traceSampling')).toBe(0.1);
  });

  test('lets nothing out that no ServiceEntry names', () => {
    expect(at(spec, 'meshConfig', 'outboundTrafficPolicy', 'mode')).toBe('REGISTRY_ONLY');
  });

  test('has the two providers that policies and telemetry name, and fails closed', () => {
    const providers = list(spec, 'meshConfig', 'extensionProviders');
    expect(providers.map((provider) => at(provider, 'name'))).toEqual(['mcp-tracing', 'mcp-api-keys']);
    expect(at(providers, 1, 'envoyExtAuthzHttp', 'failOpen')).toBe(false);
  });
});

describe('Helm values', () => {
  test('have the mesh configuration of installation.yaml', () => {
    expect(at(istiodValues, 'meshConfig')).toEqual(at(spec, 'meshConfig'));
  });

  test('take the webhook of the revision that is the default', () => {
    expect(documents('istio/helm/base.yaml')).toEqual([{ defaultRevision: 'default' }]);
  });

  test('have three istiod, its resources and its sampling', () => {
    expect([at(istiodValues, 'replicaCount'), at(istiodValues, 'autoscaleMin')]).toEqual([3, 3]);
    expect(at(istiodValues, 'traceSampling')).toBe(0.1);
    expect(at(istiodValues, 'resources')).toEqual(at(spec, 'components', 'pilot', 'k8s', 'resources'));
    expect(at(istiodValues, 'global')).toEqual(at(spec, 'values', 'global'));
  });

  test.each(gateways.map((gateway) => [String(at(gateway, 'name')), gateway] as const))('install %s as istioctl does', (name, gateway) => {
    const [values] = documents(`istio/helm/${name.replace(/^istio-/, '')}.yaml`);
    expect(at(values, 'replicaCount')).toBe(5);
    expect(at(values, 'autoscaling', 'minReplicas')).toBe(5);
    expect(at(values, 'labels')).toEqual(at(gateway, 'label'));
    expect(at(values, 'serviceAccount', 'name')).toBe(`${name}-service-account`);
    expect(at(values, 'resources')).toEqual(at(gateway, 'k8s', 'resources'));
    const ports = (of: unknown) => list(of, 'service', 'ports').map((port) => [at(port, 'name'), at(port, 'port'), at(port, 'targetPort')]);
    expect(ports(values)).toEqual(ports(at(gateway, 'k8s')));
    for (const key of ['type', 'externalTrafficPolicy']) expect(at(values, 'service', key)).toBe(at(gateway, 'k8s', 'service', key));
    expect(at(values, 'autoscaling', 'maxReplicas')).toBe(at(gateway, 'k8s', 'hpaSpec', 'maxReplicas'));
    expect(at(values, 'podDisruptionBudget')).toEqual(at(gateway, 'k8s', 'podDisruptionBudget'));
  });
});

/** The gateways of an installation, by name. */
const gatewaysOf = (value: unknown) => {
  const components = at(value, 'spec', 'components');
  const all = [...list(components, 'ingressGateways'), ...list(components, 'egressGateways')];
  return new Map(all.map((gateway) => [String(at(gateway, 'name')), gateway]));
};

describe('installations laid over it', () => {
  const base = gatewaysOf(installation);

  test.each(['dev', 'multi-cluster'])(
    '%s: of a list that it has, every gateway, with the ports and labels that the base gives it',
    (overlay) => {
      const [value] = documents(`istio/installation-${overlay}.yaml`);
      expect(at(value, 'apiVersion')).toBe('install.istio.io/v1alpha1');
      expect(at(value, 'metadata')).toEqual(at(installation, 'metadata'));
      for (const kind of ['ingressGateways', 'egressGateways']) {
        const names = list(value, 'spec', 'components', kind).map((gateway) => at(gateway, 'name'));
        // istioctl takes the whole list from the last file.
        if (names.length > 0) expect(names).toEqual(list(spec, 'components', kind).map((gateway) => at(gateway, 'name')));
      }
      for (const [name, gateway] of gatewaysOf(value)) {
        for (const key of ['namespace', 'enabled']) expect(at(gateway, key), name).toEqual(at(base.get(name), key));
        expect(at(gateway, 'label'), name).toMatchObject(map(base.get(name), 'label'));
        expect(at(gateway, 'k8s', 'service'), name).toEqual(at(base.get(name), 'k8s', 'service'));
      }
    },
  );

  test('dev: one of everything, every request traced', () => {
    const [dev] = documents('istio/installation-dev.yaml');
    const pods = [at(dev, 'spec', 'components', 'pilot'), ...gatewaysOf(dev).values()];
    expect(pods).toHaveLength(4);
    for (const pod of pods) {
      expect(at(pod, 'k8s', 'replicaCount')).toBe(1);
      expect(at(pod, 'k8s', 'hpaSpec')).toEqual({ minReplicas: 1, maxReplicas: 1 });
      expect(at(pod, 'k8s', 'podDisruptionBudget')).toEqual({ minAvailable: 0 });
      expect(at(pod, 'k8s', 'resources', 'requests', 'cpu')).toMatch(/^(50|100)m$/);
    }
    expect(at(dev, 'spec', 'meshConfig', 'defaultConfig', 'tracing', 'sampling')).toBe(100);
    for (const release of ['istiod', 'ingressgateway', 'egressgateway', 'eastwestgateway']) {
      expect(at(documents(`istio/helm/${release}-dev.yaml`)[0], 'replicaCount')).toBe(1);
    }
    expect(at(documents('istio/helm/istiod-dev.yaml')[0], 'traceSampling')).toBe(100);
  });

  test('multi-cluster: mesh, cluster and network have names, and only the gateway of the network differs', () => {
    const [multi] = documents('istio/installation-multi-cluster.yaml');
    const global = at(multi, 'spec', 'values', 'global');
    expect(global).toEqual({ meshID: 'mcp-mesh', multiCluster: { clusterName: 'cluster-1' }, network: 'network-1' });
    const gateways = gatewaysOf(multi);
    expect(gateways.get('istio-ingressgateway')).toEqual(base.get('istio-ingressgateway'));
    const gateway = gateways.get('istio-eastwestgateway');
    expect(at(gateway, 'label', 'topology.istio.io/network')).toBe('network-1');
    const { env, ...rest } = map(gateway, 'k8s');
    expect(env).toEqual([{ name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: 'network-1' }]);
    expect(rest).toEqual(at(base.get('istio-eastwestgateway'), 'k8s'));
    expect(at(documents('istio/helm/istiod-multi-cluster.yaml')[0], 'global')).toEqual(global);
    expect(documents('istio/helm/eastwestgateway-multi-cluster.yaml')).toEqual([{ networkGateway: 'network-1' }]);
  });
});
