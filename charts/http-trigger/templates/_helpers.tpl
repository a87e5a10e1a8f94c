{{- define "http-trigger.name" -}}
{{- default .Release.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "http-trigger.labels" -}}
app.kubernetes.io/name: {{ include "http-trigger.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* A list of names as the API wants references: [{name: …}]. */ -}}
{{- define "http-trigger.references" -}}
{{- range . }}
- name: {{ . }}
{{- end }}
{{- end -}}

{{- /* The whole list of host interfaces; nothing where there is none. */ -}}
{{- define "http-trigger.hostInterfaces" -}}
{{- $values := .Values -}}
{{- if $values.httpInterface.enabled }}
- namespace: wasi
  package: http
  interfaces: [incoming-handler]
  config:
    host: {{ $values.ingress.host | quote }}
{{- end }}
{{- if ne $values.keyvalue.backend "none" }}
- namespace: wasi
  package: keyvalue
  interfaces: {{ toJson $values.keyvalue.interfaces }}
  version: 0.2.0-draft
  {{- if eq $values.keyvalue.backend "redis" }}
  {{- with $values.keyvalue.redis }}
  name: {{ .name }}
  config:
    backend: redis
    {{- if not .urlSecret }}
    url: {{ required "keyvalue.backend is redis: set keyvalue.redis.url, or keyvalue.redis.urlSecret for a URL with a password" .url | quote }}
    {{- end }}
    {{- with .prefix }}
    prefix: {{ . | quote }}
    {{- end }}
  {{- with .urlSecret }}
  secretFrom:
    - name: {{ . }}
  {{- end }}
  {{- end }}
  {{- end }}
{{- end }}
{{- if $values.config.enabled }}
- namespace: wasi
  package: config
  interfaces: [store]
  version: 0.2.0-rc.1
{{- end }}
{{- if $values.logging.enabled }}
- namespace: wasi
  package: logging
  interfaces: [logging]
{{- end }}
{{- with $values.hostInterfaces }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "http-trigger.component" -}}
name: {{ .name }}
image: {{ .image | quote }}
{{- with .imagePullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- with .imagePullSecret }}
imagePullSecret:
  name: {{ . }}
{{- end }}
{{- with .resources }}
{{ toYaml . }}
{{- end }}
localResources:
  # An empty list means that it may call nobody.
  allowedHosts: {{ toJson (default list .allowedHosts) }}
  {{- with .allowedIpNameLookups }}
  allowedIpNameLookups: {{ toJson . }}
  {{- end }}
  {{- if or .config .configFrom .secretFrom }}
  environment:
    {{- if .config }}
    config:
      {{- range $name, $value := .config }}
      {{ $name | quote }}: {{ if kindIs "float64" $value }}{{ $value | toJson | quote }}{{ else }}{{ $value | toString | quote }}{{ end }}
      {{- end }}
    {{- end }}
    {{- with .configFrom }}
    configFrom:
      {{- include "http-trigger.references" . | trim | nindent 6 }}
    {{- end }}
    {{- with .secretFrom }}
    secretFrom:
      {{- include "http-trigger.references" . | trim | nindent 6 }}
    {{- end }}
  {{- end }}
  {{- with .volumeMounts }}
  volumeMounts:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
