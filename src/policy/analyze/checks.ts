import type { Check } from './check.ts';
import { apiVersion } from './checks/api-version.ts';
import { authorizationRules } from './checks/authorization-rules.ts';
import { deprecated } from './checks/deprecated.ts';
import { destinationHost } from './checks/destination-host.ts';
import { destinationPort } from './checks/destination-port.ts';
import { destinationRuleConflict } from './checks/destination-rule-conflict.ts';
import { destinationRuleHost } from './checks/destination-rule-host.ts';
import { destinationSubset } from './checks/destination-subset.ts';
import { duplicateObject } from './checks/duplicate-object.ts';
import { envoyFilterOperation } from './checks/envoy-filter-operation.ts';
import { envoyFilterPatch } from './checks/envoy-filter-patch.ts';
import { exportTo } from './checks/export-to.ts';
import { extensionProvider } from './checks/extension-provider.ts';
import { faultInjection } from './checks/fault-injection.ts';
import { gatewayConflict } from './checks/gateway-conflict.ts';
import { gatewayCredential } from './checks/gateway-credential.ts';
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
import { locality } from './checks/locality.ts';
import { matchGateways } from './checks/match-gateways.ts';
import { matchRegex } from './checks/match-regex.ts';
import { meshHostConflict } from './checks/mesh-host-conflict.ts';
import { mtlsConflict } from './checks/mtls-conflict.ts';
import { namespaceInjection } from './checks/namespace-injection.ts';
import { overlappingSelectors } from './checks/overlapping-selectors.ts';
import { peerAuthenticationConflict } from './checks/peer-authentication-conflict.ts';
import { policyNamespace } from './checks/policy-namespace.ts';
import { policySelectsNothing } from './checks/policy-selects-nothing.ts';
import { portLevelMtls } from './checks/port-level-mtls.ts';
import { portName } from './checks/port-name.ts';
import { protocolMismatch } from './checks/protocol-mismatch.ts';
import { requestAuthentication } from './checks/request-authentication.ts';
import { retryBudget } from './checks/retry-budget.ts';
import { routeAction } from './checks/route-action.ts';
import { routeWeights } from './checks/route-weights.ts';
import { selectorAndTargets } from './checks/selector-and-targets.ts';
import { serviceEntryAddress } from './checks/service-entry-address.ts';
import { serviceEntryProtocol } from './checks/service-entry-protocol.ts';
import { serviceEntryResolution } from './checks/service-entry-resolution.ts';
import { subsetLabels } from './checks/subset-labels.ts';
import { subsetSelectsNothing } from './checks/subset-selects-nothing.ts';
import { unknownField } from './checks/unknown-field.ts';
import { unknownPrincipal } from './checks/unknown-principal.ts';
import { unreachableRule } from './checks/unreachable-rule.ts';
import { upstreamCa } from './checks/upstream-ca.ts';
import { virtualServiceGateway } from './checks/virtual-service-gateway.ts';

/** Every check, one a file. */
export const CHECKS: readonly Check[] = [
  apiVersion,
  authorizationRules,
  deprecated,
  destinationHost,
  destinationPort,
  destinationRuleConflict,
  destinationRuleHost,
  destinationSubset,
  duplicateObject,
  envoyFilterOperation,
  envoyFilterPatch,
  exportTo,
  extensionProvider,
  faultInjection,
  gatewayConflict,
  gatewayCredential,
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
  locality,
  matchGateways,
  matchRegex,
  meshHostConflict,
  mtlsConflict,
  namespaceInjection,
  overlappingSelectors,
  peerAuthenticationConflict,
  policyNamespace,
  policySelectsNothing,
  portLevelMtls,
  portName,
  protocolMismatch,
  requestAuthentication,
  retryBudget,
  routeAction,
  routeWeights,
  selectorAndTargets,
  serviceEntryAddress,
  serviceEntryProtocol,
  serviceEntryResolution,
  subsetLabels,
  subsetSelectsNothing,
  unknownField,
  unknownPrincipal,
  unreachableRule,
  upstreamCa,
  virtualServiceGateway,
];
