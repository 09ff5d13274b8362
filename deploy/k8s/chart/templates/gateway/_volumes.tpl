{{/* Secrets as directories, never as single files: only so does the kubelet bring a changed Secret into a running pod. */}}
{{- define "flux.gatewayVolumes" -}}
{{- $gateway := .Values.gateway -}}
{{- $service := .Values.fluxService -}}
{{- if include "flux.hasApiKeys" . }}
{{ include "flux.secretVolume" (list "api-keys" (include "flux.apiKeysSecret" .) (list $gateway.apiKeys.keyName)) }}
{{- end }}
{{- with $gateway.rateLimit.existingSecret }}
{{ include "flux.secretVolume" (list "redis" . (list $gateway.rateLimit.keyName)) }}
{{- end }}
{{- with $gateway.tls.existingSecret }}
{{ include "flux.secretVolume" (list "tls" . (list "tls.crt" "tls.key")) }}
{{- end }}
{{- if $service.tls.enabled }}
{{ include "flux.secretVolume" (list "service-tls" $service.tls.clientSecret (ternary (list "ca.crt" "tls.crt" "tls.key") (list "ca.crt") $service.tls.mutual)) }}
{{- end }}
{{- with $service.token.existingSecret }}
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
