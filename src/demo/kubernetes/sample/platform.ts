import { deployment, grpcPort, httpPort, manifest, type SampleNamespace, servesGrpc, servesHttp, servesTcp } from './model.ts';

/** What every cluster has. */
export const DEFAULT: SampleNamespace = {
  name: 'default',
  workloads: [],
  services: [{ name: 'kubernetes', selects: null, ports: [{ name: 'https', port: 443, targetPort: 6443 }] }],
};

export const KUBE_SYSTEM: SampleNamespace = {
  name: 'kube-system',
  workloads: [
    deployment('coredns', 2, undefined, {
      app: 'kube-dns',
      serves: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53 },
        { name: 'metrics', port: 9153 },
      ],
    }),
  ],
  services: [
    {
      name: 'kube-dns',
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53 },
        { name: 'metrics', port: 9153 },
      ],
    },
  ],
};

/** Linkerd's control plane, which is in the mesh itself. */
export const LINKERD: SampleNamespace = {
  name: 'linkerd',
  annotations: { 'linkerd.io/inject': 'disabled' },
  workloads: [
    deployment('linkerd-destination', 1, 'linkerd', {
      serves: [
        { name: 'grpc', port: 8086, probe: 'tcp' },
        { name: 'policy-grpc', port: 8090 },
      ],
    }),
    deployment('linkerd-identity', 1, 'linkerd', { serves: [servesTcp('grpc', 8080)] }),
    deployment('linkerd-proxy-injector', 1, 'linkerd', { serves: [servesTcp('proxy-injector', 8443)] }),
  ],
  services: [
    { name: 'linkerd-dst', selects: 'linkerd-destination', ports: [grpcPort(8086)] },
    { name: 'linkerd-identity', ports: [grpcPort(8080)] },
    { name: 'linkerd-policy', type: 'Headless', selects: 'linkerd-destination', ports: [grpcPort(8090)] },
    { name: 'linkerd-proxy-injector', ports: [{ name: 'proxy-injector', port: 443, targetPort: 'proxy-injector' }] },
  ],
};

/** Istio's control plane, its ingress gateway and the node proxies of ambient mode, with what holds for the whole mesh. */
export const ISTIO_SYSTEM: SampleNamespace = {
  name: 'istio-system',
  workloads: [
    deployment('istiod', 1, undefined, {
      serves: [
        { name: 'grpc-xds', port: 15010 },
        { name: 'https-dns', port: 15012 },
        { name: 'webhook', port: 15017 },
      ],
    }),
    deployment('istio-ingressgateway', 2, 'istio-sidecar', {
      labels: { istio: 'ingressgateway' },
      serves: [servesHttp, { name: 'https', port: 8443 }],
    }),
    { kind: 'DaemonSet', name: 'ztunnel', replicas: 2, serves: [servesTcp('hbone', 15008)] },
  ],
  services: [
    {
      name: 'istiod',
      ports: [
        { name: 'grpc-xds', port: 15010 },
        { name: 'https-dns', port: 15012 },
        { name: 'https-webhook', port: 443, targetPort: 15017 },
      ],
    },
    { name: 'istio-ingressgateway', type: 'LoadBalancer', ports: [httpPort(), { name: 'https', port: 443, targetPort: 8443 }] },
  ],
  manifests: [
    manifest('peerauthentications.security.istio.io', 'default', { mtls: { mode: 'PERMISSIVE' } }),
    manifest('telemetries.telemetry.istio.io', 'mesh-default', { accessLogging: [{ providers: [{ name: 'envoy' }] }] }),
    manifest('gateways.networking.istio.io', 'public', {
      selector: { istio: 'ingressgateway' },
      servers: [
        { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['bank/bank.example.com'], tls: { httpsRedirect: true } },
        {
          port: { number: 443, name: 'https', protocol: 'HTTPS' },
          hosts: ['bank/bank.example.com'],
          tls: { mode: 'SIMPLE', credentialName: 'bank-example-com' },
        },
      ],
    }),
  ],
};

/** What no mesh has reached, and a Service whose selector matches nothing. */
export const LEGACY: SampleNamespace = {
  name: 'legacy',
  workloads: [
    deployment('billing', 1, undefined, { serves: [servesHttp] }),
    deployment('crm', 1, undefined, { serves: [servesHttp, servesGrpc] }),
  ],
  services: [
    { name: 'billing', type: 'NodePort', ports: [httpPort()] },
    { name: 'crm', ports: [httpPort()] },
    { name: 'fax', selects: 'fax-gateway', ports: [{ name: 'fax', port: 4559 }] },
    { name: 'tax-office', type: 'ExternalName', selects: null, externalName: 'api.tax.example.com', ports: [] },
  ],
};
