{{/* Secrets that are missing, given twice, or that would not stay secret. Part of flux.problems. */}}
{{- define "flux.secretProblems" -}}
{{- $gateway := .Values.gateway -}}
{{- $service := .Values.fluxService -}}
{{- if not (or .Values.simulator.enabled (include "flux.falSecret" .)) }}
- fal: there is no key to buy pictures with; set fal.existingSecret (a Secret with {{ .Values.fal.keyName }}), fal.key, or simulator.enabled=true to spend nothing
{{- end }}
{{- if and .Values.simulator.enabled (include "flux.falSecret" .) }}
- simulator.enabled: takes the place of fal, yet there is a key of fal; leave one of them out
{{- end }}
{{- if and .Values.simulator.enabled (include "flux.billingSecret" .) }}
- simulator.enabled: takes the place of fal, yet fal.billing has a key of fal; leave one of them out
{{- end }}
{{- $platform := .Values.fal.platformUrl }}
{{- if and (include "flux.billingSecret" .) (or (not $platform) (and (eq $platform "auto") (ne .Values.fal.url "https://fal.run"))) }}
- fal.billing: has a key, yet it is not known where the bill is asked for; set fal.platformUrl
{{- end }}
{{- if not (or (include "flux.apiKeysSecret" .) $gateway.allowAnonymous) }}
- gateway.apiKeys: whoever reaches the gateway could spend your money; set gateway.apiKeys.existingSecret or gateway.apiKeys.lines, or gateway.allowAnonymous=true if that is what you want
{{- end }}
{{- if and (include "flux.redisSecret" .) (not $gateway.rateLimit.redis) }}
- gateway.rateLimit: has a password without a Redis; set gateway.rateLimit.redis
{{- end }}
{{- if ne (empty $gateway.tls.certificate) (empty $gateway.tls.privateKey) }}
- gateway.tls: certificate and privateKey go together
{{- end }}
{{- range $twice := list
      (list "fal: set existingSecret or key" .Values.fal.existingSecret .Values.fal.key)
      (list "fal.billing: set existingSecret or key" .Values.fal.billing.existingSecret .Values.fal.billing.key)
      (list "gateway.apiKeys: set existingSecret or lines" $gateway.apiKeys.existingSecret $gateway.apiKeys.lines)
      (list "gateway.rateLimit: set existingSecret or password" $gateway.rateLimit.existingSecret $gateway.rateLimit.password)
      (list "gateway.tls: set existingSecret or certificate" $gateway.tls.existingSecret $gateway.tls.certificate)
      (list "fluxService.token: set existingSecret or value" $service.token.existingSecret $service.token.value)
      (list "fluxService.webhooks: set existingSecret or lines" $service.webhooks.existingSecret $service.webhooks.lines)
      (list "fluxService.promptHash: set existingSecret or key" $service.promptHash.existingSecret $service.promptHash.key) }}
{{- if and (index $twice 1) (index $twice 2) }}
- {{ index $twice 0 }}, not both
{{- end }}
{{- end }}
{{- if and (not .Values.serviceTls.enabled) (or (include "flux.tokenSecret" .) $service.token.sha256) }}
- fluxService.token: would cross the cluster in clear text; set serviceTls.enabled=true
{{- end }}
{{- if ne (empty (include "flux.tokenSecret" .)) (empty (include "flux.tokenHashes" .)) }}
- fluxService.token: existingSecret (what the gateway shows) and sha256 (what flux-service accepts) go together
{{- end }}
{{- end -}}
