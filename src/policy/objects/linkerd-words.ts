/** Linkerd's words in objects, written once for checks, evaluator and graph. */

// Annotations of pods, and of namespaces whose pods take them over (linkerd2, pkg/k8s/labels.go).
export const INJECT = 'linkerd.io/inject';
export const OPAQUE_PORTS = 'config.linkerd.io/opaque-ports';
export const SKIP_INBOUND_PORTS = 'config.linkerd.io/skip-inbound-ports';
export const SKIP_OUTBOUND_PORTS = 'config.linkerd.io/skip-outbound-ports';
export const REQUIRE_IDENTITY_PORTS = 'config.linkerd.io/proxy-require-identity-inbound-ports';
export const DEFAULT_INBOUND_POLICY = 'config.linkerd.io/default-inbound-policy';
export const INBOUND_PORT = 'config.linkerd.io/inbound-port';
export const ADMIN_PORT = 'config.linkerd.io/admin-port';

/** What a port does with clients that nothing lets in (linkerd2, policy-controller/k8s/index/src/defaults.rs: `DefaultPolicy`). */
export const DEFAULT_POLICIES = [
  'all-unauthenticated',
  'all-authenticated',
  'cluster-unauthenticated',
  'cluster-authenticated',
  'deny',
  'audit',
] as const;

/** What a Server says of its port (linkerd2, policy-controller/k8s/api/src/policy/server.rs: `ProxyProtocol`). */
export const PROXY_PROTOCOLS = ['unknown', 'HTTP/1', 'HTTP/2', 'gRPC', 'opaque', 'TLS'] as const;

/** Those with which the proxy is told of HTTPRoutes and of rate limits (linkerd2, policy-controller/grpc/src/inbound.rs: `to_server`). */
export const HTTP_PROTOCOLS: readonly string[] = ['unknown', 'HTTP/1', 'HTTP/2'];
