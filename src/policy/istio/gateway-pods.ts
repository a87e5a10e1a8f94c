/** Labels of gateways' proxies (istio, manifests/charts/gateways; pilot/pkg/config/kube/gateway: `kube-gateway.yaml`). */
const GATEWAY_LABELS: readonly (readonly [label: string, value?: string])[] = [
  ['gateway.networking.k8s.io/gateway-name'],
  ['istio.io/gateway-name'],
  ['operator.istio.io/component'],
  ['istio', 'ingressgateway'],
  ['istio', 'egressgateway'],
];

/** Whether pods are a gateway's: its proxy bears no mark of injection when the installer wrote its template. */
export function isGatewayPod(labels: Readonly<Record<string, string>>): boolean {
  return GATEWAY_LABELS.some(([label, value]) => Object.hasOwn(labels, label) && (value === undefined || labels[label] === value));
}
