import type { Check } from './check.ts';
import { annotationPlace } from './checks/annotation-place.ts';
import { apiVersion } from './checks/api-version.ts';
import { authorizationRules } from './checks/authorization-rules.ts';
import { deprecated } from './checks/deprecated.ts';
import { deprecatedKind } from './checks/deprecated-kind.ts';
import { destinationHost } from './checks/destination-host.ts';
import { destinationPort } from './checks/destination-port.ts';
import { destinationRuleConflict } from './checks/destination-rule-conflict.ts';
import { destinationRuleHost } from './checks/destination-rule-host.ts';
import { destinationSubset } from './checks/destination-subset.ts';
import { duplicateObject } from './checks/duplicate-object.ts';
import { egressNetworkOverlap } from './checks/egress-network-overlap.ts';
import { envoyFilterOperation } from './checks/envoy-filter-operation.ts';
import { envoyFilterPatch } from './checks/envoy-filter-patch.ts';
import { exportTo } from './checks/export-to.ts';
import { extensionProvider } from './checks/extension-provider.ts';
import { faultInjection } from './checks/fault-injection.ts';
import { gatewayConflict } from './checks/gateway-conflict.ts';
import { gatewayCredential } from './checks/gateway-credential.ts';
import { gatewayListeners } from './checks/gateway-listeners.ts';
import { gatewayPort } from './checks/gateway-port.ts';
import { gatewayRouteConflict } from './checks/gateway-route-conflict.ts';
import { gatewaySelector } from './checks/gateway-selector.ts';
import { gatewayServers } from './checks/gateway-servers.ts';
import { gatewayTls } from './checks/gateway-tls.ts';
import { gatewayWithoutRoutes } from './checks/gateway-without-routes.ts';
import { hostNotInGateway } from './checks/host-not-in-gateway.ts';
import { httpFieldsOnTcp } from './checks/http-fields-on-tcp.ts';
import { jwtClaimRoute } from './checks/jwt-claim-route.ts';
import { jwtNotRequired } from './checks/jwt-not-required.ts';
import { linkerdAnnotationWords } from './checks/linkerd-annotation-words.ts';
import { linkerdApiVersion } from './checks/linkerd-api-version.ts';
import { linkerdAuthenticationRef } from './checks/linkerd-authentication-ref.ts';
import { linkerdClient } from './checks/linkerd-client.ts';
import { linkerdClosedServer } from './checks/linkerd-closed-server.ts';
import { linkerdFailureAccrual } from './checks/linkerd-failure-accrual.ts';
import { linkerdIdentity } from './checks/linkerd-identity.ts';
import { linkerdNetwork } from './checks/linkerd-network.ts';
import { linkerdOpaquePort } from './checks/linkerd-opaque-port.ts';
import { linkerdPortList } from './checks/linkerd-port-list.ts';
import { linkerdRateLimit } from './checks/linkerd-rate-limit.ts';
import { linkerdRetries } from './checks/linkerd-retries.ts';
import { linkerdRouteProtocol } from './checks/linkerd-route-protocol.ts';
import { linkerdSelectsNothing } from './checks/linkerd-selects-nothing.ts';
import { linkerdServerOverlap } from './checks/linkerd-server-overlap.ts';
import { linkerdServerPort } from './checks/linkerd-server-port.ts';
import { linkerdServerValues } from './checks/linkerd-server-values.ts';
import { linkerdSkippedPort } from './checks/linkerd-skipped-port.ts';
import { linkerdTargetRef } from './checks/linkerd-target-ref.ts';
import { locality } from './checks/locality.ts';
import { matchGateways } from './checks/match-gateways.ts';
import { matchRegex } from './checks/match-regex.ts';
import { meshHostConflict } from './checks/mesh-host-conflict.ts';
import { mtlsConflict } from './checks/mtls-conflict.ts';
import { namespaceInjection } from './checks/namespace-injection.ts';
import { notAccepted } from './checks/not-accepted.ts';
import { overlappingSelectors } from './checks/overlapping-selectors.ts';
import { peerAuthenticationConflict } from './checks/peer-authentication-conflict.ts';
import { policyNamespace } from './checks/policy-namespace.ts';
import { policySelectsNothing } from './checks/policy-selects-nothing.ts';
import { portLevelMtls } from './checks/port-level-mtls.ts';
import { portLevelSettings } from './checks/port-level-settings.ts';
import { portName } from './checks/port-name.ts';
import { protocolMismatch } from './checks/protocol-mismatch.ts';
import { requestAuthentication } from './checks/request-authentication.ts';
import { restartNeeded } from './checks/restart-needed.ts';
import { retryBudget } from './checks/retry-budget.ts';
import { routeAction } from './checks/route-action.ts';
import { routeBackend } from './checks/route-backend.ts';
import { routeBackendWeights } from './checks/route-backend-weights.ts';
import { routeFilters } from './checks/route-filters.ts';
import { routeHostnames } from './checks/route-hostnames.ts';
import { routeKinds } from './checks/route-kinds.ts';
import { routeParent } from './checks/route-parent.ts';
import { routeShadowed } from './checks/route-shadowed.ts';
import { routeTimeouts } from './checks/route-timeouts.ts';
import { routeWeights } from './checks/route-weights.ts';
import { selectorAndTargets } from './checks/selector-and-targets.ts';
import { serviceEntryAddress } from './checks/service-entry-address.ts';
import { serviceEntryProtocol } from './checks/service-entry-protocol.ts';
import { serviceEntryResolution } from './checks/service-entry-resolution.ts';
import { serviceProfile } from './checks/service-profile.ts';
import { subsetLabels } from './checks/subset-labels.ts';
import { subsetSelectsNothing } from './checks/subset-selects-nothing.ts';
import { unknownField } from './checks/unknown-field.ts';
import { unknownPrincipal } from './checks/unknown-principal.ts';
import { unreachableRule } from './checks/unreachable-rule.ts';
import { upstreamCa } from './checks/upstream-ca.ts';
import { virtualServiceGateway } from './checks/virtual-service-gateway.ts';

/** Every check, one a file. */
export const CHECKS: readonly Check[] = [
  annotationPlace,
  apiVersion,
  authorizationRules,
  deprecated,
  deprecatedKind,
  destinationHost,
  destinationPort,
  destinationRuleConflict,
  destinationRuleHost,
  destinationSubset,
  duplicateObject,
  egressNetworkOverlap,
  envoyFilterOperation,
  envoyFilterPatch,
  exportTo,
  extensionProvider,
  faultInjection,
  gatewayConflict,
  gatewayCredential,
  gatewayListeners,
  gatewayPort,
  gatewayRouteConflict,
  gatewaySelector,
  gatewayServers,
  gatewayTls,
  gatewayWithoutRoutes,
  hostNotInGateway,
  httpFieldsOnTcp,
  jwtClaimRoute,
  jwtNotRequired,
  linkerdAnnotationWords,
  linkerdApiVersion,
  linkerdAuthenticationRef,
  linkerdClient,
  linkerdClosedServer,
  linkerdFailureAccrual,
  linkerdIdentity,
  linkerdNetwork,
  linkerdOpaquePort,
  linkerdPortList,
  linkerdRateLimit,
  linkerdRetries,
  linkerdRouteProtocol,
  linkerdSelectsNothing,
  linkerdServerOverlap,
  linkerdServerPort,
  linkerdServerValues,
  linkerdSkippedPort,
  linkerdTargetRef,
  locality,
  matchGateways,
  matchRegex,
  meshHostConflict,
  mtlsConflict,
  namespaceInjection,
  notAccepted,
  overlappingSelectors,
  peerAuthenticationConflict,
  policyNamespace,
  policySelectsNothing,
  portLevelMtls,
  portLevelSettings,
  portName,
  protocolMismatch,
  requestAuthentication,
  restartNeeded,
  retryBudget,
  routeAction,
  routeBackend,
  routeBackendWeights,
  routeFilters,
  routeHostnames,
  routeKinds,
  routeParent,
  routeShadowed,
  routeTimeouts,
  routeWeights,
  selectorAndTargets,
  serviceEntryAddress,
  serviceEntryProtocol,
  serviceEntryResolution,
  serviceProfile,
  subsetLabels,
  subsetSelectsNothing,
  unknownField,
  unknownPrincipal,
  unreachableRule,
  upstreamCa,
  virtualServiceGateway,
];
