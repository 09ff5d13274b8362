{{/* Which Secret holds what: the one that exists, or the one that secrets.yaml makes; empty where there is neither. */}}

{{/* Takes (list root existing suffix what-was-given-as-value). */}}
{{- define "flux.secretName" -}}
{{- if index . 1 -}}
{{- index . 1 -}}
{{- else if index . 3 -}}
{{- printf "%s-%s" (include "flux.fullname" (index . 0)) (index . 2) -}}
{{- end -}}
{{- end -}}

{{- define "flux.falSecret" -}}
{{- include "flux.secretName" (list . .Values.fal.existingSecret "fal" .Values.fal.key) -}}
{{- end -}}
{{- define "flux.billingSecret" -}}
{{- include "flux.secretName" (list . .Values.fal.billing.existingSecret "fal-billing" .Values.fal.billing.key) -}}
{{- end -}}
{{- define "flux.apiKeysSecret" -}}
{{- include "flux.secretName" (list . .Values.gateway.apiKeys.existingSecret "api-keys" .Values.gateway.apiKeys.lines) -}}
{{- end -}}
{{- define "flux.redisSecret" -}}
{{- include "flux.secretName" (list . .Values.gateway.rateLimit.existingSecret "redis" .Values.gateway.rateLimit.password) -}}
{{- end -}}
{{- define "flux.publicTlsSecret" -}}
{{- include "flux.secretName" (list . .Values.gateway.tls.existingSecret "gateway-tls" .Values.gateway.tls.certificate) -}}
{{- end -}}
{{- define "flux.tokenSecret" -}}
{{- include "flux.secretName" (list . .Values.fluxService.token.existingSecret "service-token" .Values.fluxService.token.value) -}}
{{- end -}}
{{- define "flux.webhooksSecret" -}}
{{- include "flux.secretName" (list . .Values.fluxService.webhooks.existingSecret "webhooks" .Values.fluxService.webhooks.lines) -}}
{{- end -}}
{{- define "flux.promptHashSecret" -}}
{{- include "flux.secretName" (list . .Values.fluxService.promptHash.existingSecret "prompt-hash" .Values.fluxService.promptHash.key) -}}
{{- end -}}

{{/* Hashes of the tokens that flux-service accepts, comma separated. */}}
{{- define "flux.tokenHashes" -}}
{{- $token := .Values.fluxService.token -}}
{{- $hashes := $token.sha256 -}}
{{- with $token.value }}{{ $hashes = append $hashes (sha256sum .) }}{{ end -}}
{{- join "," $hashes -}}
{{- end -}}

{{/* One Secret; takes (list root component name type data). */}}
{{- define "flux.secret" -}}
apiVersion: v1
kind: Secret
metadata:
  {{- include "flux.metadata" . | nindent 2 }}
type: {{ index . 3 }}
data:
  {{- range $key, $value := index . 4 }}
  {{ $key }}: {{ $value | b64enc }}
  {{- end }}
{{- end -}}
