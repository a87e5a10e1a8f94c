// Written by scripts/istio-fields.ts from istio.io/api v1.31.1, kubernetes/customresourcedefinitions.gen.yaml. Do not edit.

/** One kind a line: kind, group, the versions that are served, the shape of `spec`. */
export const ISTIO_KINDS = `
AuthorizationPolicy security.istio.io v1|v1beta1 AuthorizationPolicy
DestinationRule networking.istio.io v1|v1alpha3|v1beta1 DestinationRule
EnvoyFilter networking.istio.io v1alpha3 EnvoyFilter
Gateway networking.istio.io v1|v1alpha3|v1beta1 Gateway
PeerAuthentication security.istio.io v1|v1beta1 PeerAuthentication
ProxyConfig networking.istio.io v1beta1 ProxyConfig
RequestAuthentication security.istio.io v1|v1beta1 RequestAuthentication
ServiceEntry networking.istio.io v1|v1alpha3|v1beta1 ServiceEntry
Sidecar networking.istio.io v1|v1alpha3|v1beta1 Sidecar
Telemetry telemetry.istio.io v1|v1alpha1 Telemetry
TrafficExtension extensions.istio.io v1alpha1 TrafficExtension
VirtualService networking.istio.io v1|v1alpha3|v1beta1 VirtualService
WasmPlugin extensions.istio.io v1alpha1 WasmPlugin
WorkloadEntry networking.istio.io v1|v1alpha3|v1beta1 endpoints
WorkloadGroup networking.istio.io v1|v1alpha3|v1beta1 WorkloadGroup
`;

/**
 * One shape a line, the rest of a long one indented below it: its name, then its fields. What follows a field's name tells what it
 * holds: `[]` a list of what follows, `:shape` an object, `*shape` a map of such objects, `=A|B` one of these texts, `?` anything, nothing a plain value.
 */
export const ISTIO_SHAPES = `
AuthorizationPolicy: action=ALLOW|DENY|AUDIT|CUSTOM provider:subFilter rules[]:rules selector:selector targetRef:targetRefs
  targetRefs[]:targetRefs
DestinationRule: exportTo[] host subsets[]:subsets trafficPolicy:trafficPolicy workloadSelector:selector
EnvoyFilter: configPatches[]:configPatches priority targetRefs[]:targetRefs workloadSelector:workloadSelector
Gateway: selector? servers[]:servers
PeerAuthentication: mtls:mtls portLevelMtls*mtls selector:selector
ProxyConfig: concurrency environmentVariables? image:image selector:selector
RequestAuthentication: jwtRules[]:jwtRules selector:selector targetRef:targetRefs targetRefs[]:targetRefs
ServiceEntry: addresses[] endpoints[]:endpoints exportTo[] hosts[] location=MESH_EXTERNAL|MESH_INTERNAL ports[]:port
  resolution=NONE|STATIC|DNS|DNS_ROUND_ROBIN|DYNAMIC_DNS subjectAltNames[] workloadSelector:workloadSelector
Sidecar: egress[]:egress inboundConnectionPool:connectionPool ingress[]:ingress outboundTrafficPolicy:outboundTrafficPolicy
  workloadSelector:workloadSelector
Telemetry: accessLogging[]:accessLogging metrics[]:metrics selector:selector targetRef:targetRefs targetRefs[]:targetRefs
  tracing[]:tracing
TrafficExtension: lua:lua match[]:match phase=UNSPECIFIED|AUTHN|AUTHZ|STATS priority selector:selector targetRefs[]:targetRefs wasm:wasm
VirtualService: exportTo[] gateways[] hosts[] http[]:http2 tcp[]:tcp2 tls[]:tls3
WasmPlugin: failStrategy=FAIL_CLOSE|FAIL_OPEN|FAIL_RELOAD imagePullPolicy=UNSPECIFIED_POLICY|IfNotPresent|Always imagePullSecret
  match[]:match phase=UNSPECIFIED_PHASE|AUTHN|AUTHZ|STATS pluginConfig? pluginName priority selector:selector sha256 targetRef:targetRefs
  targetRefs[]:targetRefs type=UNSPECIFIED_PLUGIN_TYPE|HTTP|NETWORK url verificationKey vmConfig:vmConfig
WorkloadGroup: metadata:metadata probe:probe template:endpoints
abort: grpcStatus http2Error httpStatus percentage:percentage
accessLogging: disabled filter:filter2 match:match6 providers[]:subFilter
allowOrigins: exact prefix regex
attributes: name value
body: bytes string
cluster: name portNumber service subset
configPatches:
  applyTo=INVALID|LISTENER|FILTER_CHAIN|NETWORK_FILTER|HTTP_FILTER|ROUTE_CONFIGURATION|VIRTUAL_HOST|HTTP_ROUTE|CLUSTER|EXTENSION_CONFIG|BOOTSTRAP|LISTENER_FILTER
  match:match2 patch:patch
connectionPool: http:http tcp:tcp
consistentHash: httpCookie:httpCookie httpHeaderName httpQueryParameterName maglev:maglev minimumRingSize ringHash:ringHash useSourceIp
corsPolicy: allowCredentials allowHeaders[] allowMethods[] allowOrigin[] allowOrigins[]:allowOrigins exposeHeaders[] maxAge
  unmatchedPreflights=UNSPECIFIED|FORWARD|IGNORE
customTags: environment:environment formatter:percentage header:environment literal:percentage
delay: exponentialDelay fixedDelay percent percentage:percentage
delegate: name namespace
directResponse: body:body status
distribute: from to?
egress: bind captureMode=DEFAULT|IPTABLES|NONE hosts[] port:port
egressProxy: host port:ports subset
endpoints: address labels? locality network ports? serviceAccount weight
env: name value valueFrom=INLINE|HOST
environment: defaultValue name
exec: command[]
failover: from to
fault: abort:abort delay:delay
filter2: expression
filter: name subFilter:subFilter
filterChain: applicationProtocols destinationPort filter:filter name sni transportProtocol
from: source:source
fromHeaders: name prefix
grpc: port service
headers: request:request response:request
http2: corsPolicy:corsPolicy delegate:delegate directResponse:directResponse fault:fault headers:headers match[]:match3 mirror:egressProxy
  mirrorPercent mirrorPercentage:percentage mirror_percent mirrors[]:mirrors name redirect:redirect retries:retries rewrite:rewrite
  route[]:route2 timeout
http2KeepAlive: interval timeout
http: h2UpgradePolicy=DEFAULT|DO_NOT_UPGRADE|UPGRADE http1MaxPendingRequests http2KeepAlive:http2KeepAlive http2MaxRequests idleTimeout
  maxConcurrentStreams maxRequestsPerConnection maxRetries useClientProtocol
httpCookie: attributes[]:attributes name path ttl
httpGet: host httpHeaders[]:attributes path port scheme
image: imageType
ingress: bind captureMode=DEFAULT|IPTABLES|NONE connectionPool:connectionPool defaultEndpoint port:port tls:tls2
jwtRules: audiences[] forwardOriginalToken fromCookies[] fromHeaders[]:fromHeaders fromParams[] issuer jwks jwksUri jwks_uri
  outputClaimToHeaders[]:outputClaimToHeaders outputPayloadToHeader spaceDelimitedClaims[] timeout
listener: filterChain:filterChain listenerFilter name portName portNumber
loadBalancer: consistentHash:consistentHash localityLbSetting:localityLbSetting
  simple=UNSPECIFIED|LEAST_CONN|RANDOM|PASSTHROUGH|ROUND_ROBIN|LEAST_REQUEST warmup:warmup warmupDurationSecs
  zoneAwareLbSetting:zoneAwareLbSetting
localityLbSetting: distribute[]:distribute enabled failoverPriority[] failover[]:failover
lua: inlineCode
maglev: tableSize
match2: cluster:cluster context=ANY|SIDECAR_INBOUND|SIDECAR_OUTBOUND|GATEWAY|WAYPOINT listener:listener proxy:proxy
  routeConfiguration:routeConfiguration waypoint:waypoint
match3: authority:allowOrigins gateways[] headers*allowOrigins ignoreUriCase method:allowOrigins name port queryParams*allowOrigins
  scheme:allowOrigins sourceLabels? sourceNamespace statPrefix uri:allowOrigins withoutHeaders*allowOrigins
match4: destinationSubnets[] gateways[] port sourceLabels? sourceNamespace sourceSubnet
match5: destinationSubnets[] gateways[] port sniHosts[] sourceLabels? sourceNamespace
match6: mode=CLIENT_AND_SERVER|CLIENT|SERVER
match7: customMetric
  metric=ALL_METRICS|REQUEST_COUNT|REQUEST_DURATION|REQUEST_SIZE|RESPONSE_SIZE|TCP_OPENED_CONNECTIONS|TCP_CLOSED_CONNECTIONS|TCP_SENT_BYTES|TCP_RECEIVED_BYTES|GRPC_REQUEST_MESSAGES|GRPC_RESPONSE_MESSAGES
  mode=CLIENT_AND_SERVER|CLIENT|SERVER
match: mode=UNDEFINED|CLIENT|SERVER|CLIENT_AND_SERVER ports[]:ports
metadata: annotations? labels?
metrics: overrides[]:overrides providers[]:subFilter reportingInterval
mirrors: destination:egressProxy percentage:percentage
mtls: mode=UNSET|DISABLE|PERMISSIVE|STRICT
operation: hosts[] methods[] notHosts[] notMethods[] notPaths[] notPorts[] paths[] ports[]
outboundTrafficPolicy: egressProxy:egressProxy mode=REGISTRY_ONLY|ALLOW_ANY
outlierDetection: baseEjectionTime consecutive5xxErrors consecutiveErrors consecutiveGatewayErrors consecutiveLocalOriginFailures interval
  maxEjectionPercent minHealthPercent outlierDetectionHttpErrorCodes[] splitExternalLocalOriginErrors
outputClaimToHeaders: claim header
overrides: disabled match:match7 tagOverrides*tagOverrides
patch: filterClass=UNSPECIFIED|AUTHN|AUTHZ|STATS
  operation=INVALID|MERGE|ADD|REMOVE|INSERT_BEFORE|INSERT_AFTER|INSERT_FIRST|REPLACE|MERGE_AND_REPLACE_LIST value?
percentage: value
port: name number protocol targetPort
portLevelSettings: connectionPool:connectionPool loadBalancer:loadBalancer outlierDetection:outlierDetection port:ports tls:tls
ports: number
probe: exec:exec failureThreshold grpc:grpc httpGet:httpGet initialDelaySeconds periodSeconds successThreshold tcpSocket:tcpSocket
  timeoutSeconds
proxy: metadata? proxyVersion
proxyProtocol: version=V1|V2
redirect: authority derivePort=FROM_PROTOCOL_DEFAULT|FROM_REQUEST_PORT port prefixRewrite redirectCode scheme uri
request: add? remove[] set?
retries: attempts backoff perTryTimeout retryIgnorePreviousHosts retryOn retryRemoteLocalities
retryBudget: budgetInterval minRetryConcurrency percent
rewrite: authority uri uriRegexRewrite:uriRegexRewrite
ringHash: minimumRingSize
route2: destination:egressProxy headers:headers weight
route3: destination:egressProxy weight
route: action=ANY|ROUTE|REDIRECT|DIRECT_RESPONSE name
routeConfiguration: gateway name portName portNumber vhost:vhost
rules: from[]:from to[]:to when[]:when
selector: matchLabels?
servers: bind defaultEndpoint hosts[] name port:port tls:tls2
source: ipBlocks[] namespaces[] notIpBlocks[] notNamespaces[] notPrincipals[] notRemoteIpBlocks[] notRequestPrincipals[]
  notServiceAccounts[] notTrustDomains[] principals[] remoteIpBlocks[] requestPrincipals[] serviceAccounts[] trustDomains[]
subFilter: name
subsets: labels? name trafficPolicy:trafficPolicy
tagOverrides: operation=UPSERT|REMOVE value
targetRefs: group kind name namespace
tcp2: match[]:match4 route[]:route3
tcp: connectTimeout idleTimeout maxConnectionDuration maxConnections tcpKeepalive:tcpKeepalive
tcpKeepalive: interval probes time
tcpSocket: host port
tls2: caCertCredentialName caCertificates caCrl cipherSuites[] credentialName credentialNames[] httpsRedirect insecureSkipVerify
  maxProtocolVersion=TLS_AUTO|TLSV1_0|TLSV1_1|TLSV1_2|TLSV1_3 minProtocolVersion=TLS_AUTO|TLSV1_0|TLSV1_1|TLSV1_2|TLSV1_3
  mode=PASSTHROUGH|SIMPLE|MUTUAL|AUTO_PASSTHROUGH|ISTIO_MUTUAL|OPTIONAL_MUTUAL privateKey serverCertificate subjectAltNames[]
  tlsCertificates[]:tlsCertificates verifyCertificateHash[] verifyCertificateSpki[]
tls3: match[]:match5 route[]:route3
tls: caCertificates caCrl clientCertificate credentialName insecureSkipVerify mode=DISABLE|SIMPLE|MUTUAL|ISTIO_MUTUAL privateKey sni
  subjectAltNames[]
tlsCertificates: caCertificates privateKey serverCertificate
to: operation:operation
tracing: customTags*customTags disableContextPropagation disableSpanReporting enableIstioTags match:match6 providers[]:subFilter
  randomSamplingPercentage useRequestIdForTraceSampling
trafficPolicy: connectionPool:connectionPool loadBalancer:loadBalancer outlierDetection:outlierDetection
  portLevelSettings[]:portLevelSettings proxyProtocol:proxyProtocol retryBudget:retryBudget tls:tls tunnel:tunnel
tunnel: protocol targetHost targetPort
uriRegexRewrite: match rewrite
vhost: domainName name route:route
vmConfig: env[]:env
warmup: aggression duration minimumPercent
wasm: failStrategy=FAIL_CLOSE|FAIL_OPEN|FAIL_RELOAD imagePullPolicy=UNSPECIFIED_POLICY|IfNotPresent|Always imagePullSecret pluginConfig?
  pluginName sha256 type=UNSPECIFIED_PLUGIN_TYPE|HTTP|NETWORK url verificationKey vmConfig:vmConfig
waypoint: filter:filter portNumber route:subFilter
when: key notValues[] values[]
workloadSelector: labels?
zoneAwareLbSetting: enabled failoverPriority[] failover[]:failover minClusterSize
`;
