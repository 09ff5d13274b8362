{{/* Secrets as directories, never as single files: only so does the kubelet bring a changed Secret into a running pod. */}}
{{- define "flux.gatewayVolumes" -}}
{{- $gateway := .Values.gateway -}}
{{- $service := .Values.fluxService -}}
{{- with include "flux.apiKeysSecret" . }}
{{ include "flux.secretVolume" (list "api-keys" . (list $gateway.apiKeys.keyName)) }}
{{- end }}
{{- with include "flux.modelAliasesName" . }}
- name: model-aliases
  configMap:
    name: {{ . }}
    items:
      - key: {{ $gateway.modelAliases.keyName }}
        path: {{ $gateway.modelAliases.keyName }}
{{- end }}
{{- with include "flux.redisSecret" . }}
{{ include "flux.secretVolume" (list "redis" . (list $gateway.rateLimit.keyName)) }}
{{- end }}
{{- with include "flux.publicTlsSecret" . }}
{{ include "flux.secretVolume" (list "tls" . (list "tls.crt" "tls.key")) }}
{{- end }}
{{- if .Values.serviceTls.enabled }}
{{ include "flux.secretVolume" (list "service-tls" (include "flux.clientTlsSecret" .) (list "ca.crt" "tls.crt" "tls.key")) }}
{{- end }}
{{- with include "flux.tokenSecret" . }}
{{ include "flux.secretVolume" (list "service-token" . (list $service.token.keyName)) }}
{{- end }}
{{- end -}}

{{- define "flux.gatewayMounts" -}}
{{- range $volume := include "flux.gatewayVolumes" . | fromYamlArray }}
- name: {{ $volume.name }}
  mountPath: /etc/flux/{{ $volume.name }}
  readOnly: true
{{- end }}
{{- end -}}

{{/* The ConfigMap with the names that clients of OpenAI may ask for; empty: the built-in ones count. */}}
{{- define "flux.modelAliasesName" -}}
{{- $aliases := .Values.gateway.modelAliases -}}
{{- if $aliases.existingConfigMap }}{{ $aliases.existingConfigMap }}{{ else if $aliases.rows }}{{ include "flux.fullname" . }}-model-aliases{{ end -}}
{{- end -}}
