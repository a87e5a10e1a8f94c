import { accepted, conditions, deployment, grpcPort, httpPort, manifest, type SampleNamespace, servesGrpc, servesHttp } from './model.ts';

const PUBLIC_GATEWAY = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' };

const INGRESS = 'istio-ingressgateway.istio-system.svc.cluster.local';
const LISTENER = {
  name: 'http',
  attachedRoutes: 1,
  supportedKinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }],
  ...conditions('Accepted', 'Programmed', 'ResolvedRefs'),
};

/** A namespace in Istio's ambient mode: no sidecars, a policy that ztunnel enforces by identity, and a way in by the Gateway API. */
export const WEATHER: SampleNamespace = {
  name: 'weather',
  labels: { 'istio.io/dataplane-mode': 'ambient' },
  workloads: [
    deployment('frontend', 2, 'istio-ambient', { serves: [servesHttp] }),
    deployment('forecast', 2, 'istio-ambient', { serves: [servesGrpc] }),
  ],
  services: [
    { name: 'frontend', ports: [httpPort()] },
    { name: 'forecast', ports: [grpcPort(9090)] },
  ],
  manifests: [
    manifest('authorizationpolicies.security.istio.io', 'forecast-callers', {
      selector: { matchLabels: { app: 'forecast' } },
      action: 'ALLOW',
      rules: [{ from: [{ source: { principals: ['cluster.local/ns/weather/sa/frontend'] } }], to: [{ operation: { ports: ['9090'] } }] }],
    }),
    manifest(
      'gateways.gateway.networking.k8s.io',
      'public',
      {
        gatewayClassName: 'istio',
        // Served by the gateway that is there already (Istio, "Manual Deployment").
        addresses: [{ type: 'Hostname', value: INGRESS }],
        listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: 'weather.example.com' }],
      },
      { status: { ...conditions('Accepted', 'Programmed'), addresses: [{ type: 'Hostname', value: INGRESS }], listeners: [LISTENER] } },
    ),
    manifest(
      'httproutes.gateway.networking.k8s.io',
      'frontend',
      {
        parentRefs: [PUBLIC_GATEWAY],
        hostnames: ['weather.example.com'],
        rules: [{ backendRefs: [{ name: 'frontend', port: 80 }] }],
      },
      { status: accepted('istio.io/gateway-controller', PUBLIC_GATEWAY) },
    ),
  ],
};
