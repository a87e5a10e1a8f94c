{{- define "mesh-mcp.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* 45 characters leave room for the suffixes of the objects that are named after it. */ -}}
{{- define "mesh-mcp.fullname" -}}
{{- $name := include "mesh-mcp.name" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 45 | trimSuffix "-" -}}
{{- end -}}

{{- /* For what has no namespace, or lies in another. */ -}}
{{- define "mesh-mcp.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "mesh-mcp.fullname" .) -}}
{{- end -}}

{{- /* Takes a list: the root, the name of the part. */ -}}
{{- define "mesh-mcp.labels" -}}
{{- $root := index . 0 -}}
{{ include "mesh-mcp.selectorLabels" . }}
app.kubernetes.io/part-of: {{ include "mesh-mcp.name" $root }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "mesh-mcp.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "mesh-mcp.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- /* An image of the chart's pods. */ -}}
{{- define "mesh-mcp.image" -}}
{{- if .digest -}}
{{ printf "%s@%s" .repository .digest }}
{{- else -}}
{{ printf "%s:%s" .repository .tag }}
{{- end -}}
{{- end -}}

{{- define "mesh-mcp.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "mesh-mcp.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.create is false: name the ServiceAccount in serviceAccount.name" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "mesh-mcp.proxyUrl" -}}
{{- printf "http://%s-kubernetes-proxy.%s.svc.cluster.local:8001" (include "mesh-mcp.fullname" .) .Release.Namespace -}}
{{- end -}}

{{- define "mesh-mcp.kubernetesUrl" -}}
{{- ternary (include "mesh-mcp.proxyUrl" .) .Values.kubernetes.url .Values.kubernetesProxy.enabled -}}
{{- end -}}

{{- /* Whom the component may call: the origins of its upstreams. A host reads an entry as scheme://host[:port] and refuses a path. */ -}}
{{- define "mesh-mcp.allowedHosts" -}}
{{- $urls := list -}}
{{- if has "petstore" .Values.mcp.toolsets -}}{{- $urls = append $urls .Values.petstore.url -}}{{- end -}}
{{- if has "graph" .Values.mcp.toolsets -}}
{{- $urls = append $urls (include "mesh-mcp.kubernetesUrl" .) -}}
{{- with .Values.prometheus.url -}}{{- $urls = append $urls . -}}{{- end -}}
{{- end -}}
{{- if .Values.access.jwt.issuer -}}{{- $urls = append $urls .Values.access.jwt.jwksUrl -}}{{- end -}}
{{- $origins := list -}}
{{- range $urls -}}{{- $origins = append $origins (regexFind "^https?://[^/]+" .) -}}{{- end -}}
{{- concat $origins .Values.mcp.extraUpstreams | uniq | toJson -}}
{{- end -}}

{{- /* What serves MCP inside of the cluster: the ingress on Cosmonic, a Service of ours on wasmCloud, whose operator has the hosts answer to this name of it. */ -}}
{{- define "mesh-mcp.internalAuthority" -}}
{{- if eq .Values.runtime "cosmonic" -}}
{{- with .Values.ingress.service -}}
{{- printf "%s.%s.svc.cluster.local:%d" .name .namespace (int .port) -}}
{{- end -}}
{{- else -}}
{{- printf "%s.%s.svc" (include "mesh-mcp.fullname" .) .Release.Namespace -}}
{{- end -}}
{{- end -}}

{{- define "mesh-mcp.bucket" -}}
{{- default (include "mesh-mcp.clusterName" .) .Values.keyvalue.bucket -}}
{{- end -}}

{{- define "mesh-mcp.collectSecret" -}}
{{- default (printf "%s-collect" (include "mesh-mcp.fullname" .)) .Values.collector.token.existingSecret -}}
{{- end -}}

{{- define "mesh-mcp.tokenSecret" -}}
{{- default (printf "%s-kubernetes" (include "mesh-mcp.fullname" .)) .Values.kubernetes.token.existingSecret -}}
{{- end -}}

{{- /* Whether the component is given a token for the Kubernetes API. */ -}}
{{- define "mesh-mcp.usesToken" -}}
{{- if and (has "graph" .Values.mcp.toolsets) (not .Values.kubernetesProxy.enabled) (or .Values.kubernetes.token.create .Values.kubernetes.token.existingSecret) -}}
true
{{- end -}}
{{- end -}}

{{- /* Whether the chart runs the Valkey itself. */ -}}
{{- define "mesh-mcp.ownRedis" -}}
{{- if and .Values.redis.enabled (not .Values.redis.url) (not .Values.redis.urlSecret) -}}
true
{{- end -}}
{{- end -}}

{{- /* The component's options, secrets apart. */ -}}
{{- define "mesh-mcp.config" -}}
{{- $hosts := list .Values.ingress.host -}}
{{- if eq .Values.runtime "wasmcloud" -}}{{- $hosts = append $hosts (include "mesh-mcp.internalAuthority" .) -}}{{- end -}}
{{- $config := dict
  "TOOLSETS" (join "," .Values.mcp.toolsets)
  "PETSTORE_URL" .Values.petstore.url
  "KUBERNETES_URL" (include "mesh-mcp.kubernetesUrl" .)
  "LINKERD_NAMESPACE" .Values.linkerd.namespace
  "KEYVALUE_BUCKET" (include "mesh-mcp.bucket" .)
  "ALLOWED_HOSTS" (concat $hosts .Values.mcp.allowedHosts | uniq | join ",")
  "ALLOWED_ORIGINS" (concat (list .Values.ingress.host) .Values.mcp.allowedOrigins | uniq | join ",")
-}}
{{- $_ := set $config "ANONYMOUS_ROLE" .Values.access.anonymousRole -}}
{{- with .Values.access.roles -}}{{- $_ := set $config "ROLES" . -}}{{- end -}}
{{- with .Values.access.jwt -}}
{{- if .issuer -}}
{{- $_ := set $config "JWT_ISSUER" .issuer -}}
{{- $_ := set $config "JWT_AUDIENCE" (join "," .audience | required "access.jwt.audience: say for whom a token must be, such as https://HOST/v1/mcp") -}}
{{- $_ := set $config "JWKS_URL" (.jwksUrl | required "access.jwt.jwksUrl: say where the keys of access.jwt.issuer are") -}}
{{- $_ := required "access.roles: say what users of access.jwt.issuer may do; viewer=sub:* lets all of them read" $.Values.access.roles -}}
{{- else if or .audience .jwksUrl -}}
{{- fail "access.jwt.issuer: audience and jwksUrl need it" -}}
{{- end -}}
{{- end -}}
{{- with .Values.namespaces -}}{{- $_ := set $config "NAMESPACES" (join "," .) -}}{{- end -}}
{{- with .Values.prometheus.url -}}{{- $_ := set $config "PROMETHEUS_URL" . -}}{{- end -}}
{{- with .Values.prometheus.tenant -}}{{- $_ := set $config "PROMETHEUS_TENANT" . -}}{{- end -}}
{{- with .Values.prometheus.user -}}{{- $_ := set $config "PROMETHEUS_USER" . -}}{{- end -}}
{{- if and (include "mesh-mcp.usesToken" .) (ne .Values.kubernetes.token.key "KUBERNETES_TOKEN") -}}
{{- $_ := set $config "KUBERNETES_TOKEN_FROM" .Values.kubernetes.token.key -}}
{{- end -}}
{{- if has "change" .Values.mcp.toolsets -}}
{{- with .Values.hostGroup -}}{{- $_ := set $config "SELF_WORKLOAD" (printf "%s/Deployment/%s" .namespace .tuning.deployment) -}}{{- end -}}
{{- end -}}
{{- range $name, $value := .Values.mcp.config -}}
{{- $_ := set $config $name (ternary (toJson $value) (toString $value) (kindIs "float64" $value)) -}}
{{- end -}}
{{- range $name, $value := $config }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- /* Names of the Secrets whose keys are options of the component. */ -}}
{{- define "mesh-mcp.secretNames" -}}
{{- $names := list -}}
{{- if .Values.secrets.values -}}{{- $names = append $names (printf "%s-upstreams" (include "mesh-mcp.fullname" .)) -}}{{- end -}}
{{- with .Values.secrets.existingSecret -}}{{- $names = append $names . -}}{{- end -}}
{{- if include "mesh-mcp.usesToken" . -}}{{- $names = append $names (include "mesh-mcp.tokenSecret" .) -}}{{- end -}}
{{- if .Values.collector.enabled -}}{{- $names = append $names (include "mesh-mcp.collectSecret" .) -}}{{- end -}}
{{- $names | uniq | toJson -}}
{{- end -}}

{{- define "mesh-mcp.hostInterfaces" -}}
{{- if eq .Values.runtime "wasmcloud" }}
- namespace: wasi
  package: http
  interfaces: [incoming-handler]
  config:
    host: {{ .Values.ingress.host | quote }}
{{- end }}
{{- if .Values.redis.enabled }}
- namespace: wasi
  package: keyvalue
  interfaces: [store, atomics, batch]
  version: 0.2.0-draft
  name: {{ .Values.redis.interfaceName }}
  config:
    backend: redis
    {{- with .Values.redis.url }}
    url: {{ . | quote }}
    {{- end }}
    # The bucket does not separate keys there, this does.
    prefix: {{ printf "%s/" (include "mesh-mcp.bucket" .) | quote }}
  {{- if not .Values.redis.url }}
  secretFrom:
    - name: {{ default (printf "%s-redis-url" (include "mesh-mcp.fullname" .)) .Values.redis.urlSecret }}
  {{- end }}
{{- else }}
- namespace: wasi
  package: keyvalue
  interfaces: [store, atomics, batch]
  version: 0.2.0-draft
{{- end }}
- namespace: wasi
  package: config
  interfaces: [store]
  version: 0.2.0-rc.1
{{- end -}}

{{- /* The WorkloadSpec, which both runtimes share. */ -}}
{{- define "mesh-mcp.workload" -}}
{{- if and (contains "OWNER" .Values.image.repository) -}}
{{- fail "image.repository: name the registry to which you pushed dist/mesh-mcp.wasm, in place of ghcr.io/OWNER/mesh-mcp" -}}
{{- end -}}
components:
  - name: mesh-mcp
    image: {{ include "mesh-mcp.image" (dict "repository" .Values.image.repository "tag" (default .Chart.AppVersion .Values.image.tag) "digest" .Values.image.digest) | quote }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    {{- with .Values.image.pullSecret }}
    imagePullSecret:
      name: {{ . }}
    {{- end }}
    localResources:
      # Whoever is not listed cannot be called.
      allowedHosts:
        {{- range include "mesh-mcp.allowedHosts" . | fromJsonArray }}
        - {{ . | quote }}
        {{- end }}
      environment:
        config:
          {{- include "mesh-mcp.config" . | trim | nindent 10 }}
        {{- with include "mesh-mcp.secretNames" . | fromJsonArray }}
        secretFrom:
          {{- range . }}
          - name: {{ . }}
          {{- end }}
        {{- end }}
hostInterfaces:
  {{- include "mesh-mcp.hostInterfaces" . | trim | nindent 2 }}
{{- end -}}

{{- /* Pod security "restricted", and nothing that can be written but a temporary folder. */ -}}
{{- define "mesh-mcp.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "mesh-mcp.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "mesh-mcp.podAnnotations" -}}
{{- $annotations := dict -}}
{{- if .Values.linkerd.enabled -}}
{{- $_ := set $annotations "linkerd.io/inject" "enabled" -}}
{{- $_ := set $annotations "config.linkerd.io/opaque-ports" .Values.linkerd.opaquePorts -}}
{{- end -}}
{{- with merge (dict) .Values.podAnnotations $annotations -}}
{{ toYaml . }}
{{- end -}}
{{- end -}}

{{- /* Where pods are placed and what their images are pulled with. */ -}}
{{- define "mesh-mcp.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* Replicas on different nodes, where there are several. Takes a list: the root, the name of the part. */ -}}
{{- define "mesh-mcp.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "mesh-mcp.selectorLabels" . | nindent 8 }}
{{- end -}}

{{- /* The value of a key that a Secret of the chart has had so far, else a random one. Takes a list: the root, Secret, key. */ -}}
{{- define "mesh-mcp.keptOrRandom" -}}
{{- $root := index . 0 -}}
{{- $secret := lookup "v1" "Secret" $root.Release.Namespace (index . 1) -}}
{{- $kept := get (default dict (get (default dict $secret) "data")) (index . 2) -}}
{{- if $kept -}}{{ $kept | b64dec }}{{- else -}}{{ randAlphaNum 40 }}{{- end -}}
{{- end -}}

{{- /* The hosts' pods as a peer. */ -}}
{{- define "mesh-mcp.hostPeer" -}}
namespaceSelector:
  matchLabels:
    kubernetes.io/metadata.name: {{ .Values.hostGroup.namespace }}
podSelector:
  matchLabels:
    {{- toYaml .Values.hostGroup.podLabels | nindent 4 }}
{{- end }}
{{- /* What every pod needs: names, and where it is meshed, the control plane. */ -}}
{{- define "mesh-mcp.commonEgress" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- if .Values.linkerd.enabled }}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ .Values.linkerd.namespace }}
{{- end }}
{{- end }}
{{- /* Between meshed pods, opaque ports travel through the inbound port of the proxy, 4143. */ -}}
{{- define "mesh-mcp.port" -}}
- {port: {{ index . 1 }}, protocol: TCP}
{{- if (index . 0).Values.linkerd.enabled }}
- {port: 4143, protocol: TCP}
{{- end }}
{{- end }}

{{- /* A Server and who may call it. Takes a dict: root, name, namespace, part, podLabels, port, protocol, clients (a list of {name, namespace}). */ -}}
{{- define "mesh-mcp.linkerdPolicy" }}
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "mesh-mcp.labels" (list .root .part) | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- .podLabels | nindent 6 }}
  port: {{ .port }}
  proxyProtocol: {{ .protocol }}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "mesh-mcp.labels" (list .root .part) | nindent 4 }}
spec:
  identityRefs:
    {{- range .clients }}
    - kind: ServiceAccount
      name: {{ .name }}
      namespace: {{ .namespace }}
    {{- end }}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "mesh-mcp.labels" (list .root .part) | nindent 4 }}
spec:
  targetRef:
    group: policy.linkerd.io
    kind: Server
    name: {{ .name }}
  requiredAuthenticationRefs:
    - group: policy.linkerd.io
      kind: MeshTLSAuthentication
      name: {{ .name }}
{{- end }}
