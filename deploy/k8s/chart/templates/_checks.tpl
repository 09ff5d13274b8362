{{/* Combinations of values that cannot work or are not safe: one sentence each, all told at once. */}}
{{- define "flux.problems" -}}
{{- $gateway := .Values.gateway -}}
{{- $service := .Values.fluxService -}}
{{- $gateways := include "flux.mostReplicas" $gateway | int -}}
{{- $services := include "flux.mostReplicas" $service | int -}}
{{- if and (gt $gateways 1) (gt (int $gateway.rateLimit.perMinute) 0) (not $gateway.rateLimit.redis) (not $gateway.rateLimit.perReplica) }}
- gateway: {{ $gateways }} gateways would each count gateway.rateLimit.perMinute in their own memory; set gateway.rateLimit.redis to count together, or gateway.rateLimit.perReplica=true if the limit is meant per replica
{{- end }}
{{- if and $gateway.rateLimit.existingSecret (not $gateway.rateLimit.redis) }}
- gateway.rateLimit.existingSecret: is a password without a Redis; set gateway.rateLimit.redis
{{- end }}
{{- if not (or .Values.simulator.enabled .Values.fal.existingSecret .Values.fal.key) }}
- fal: there is no key to buy pictures with; set fal.existingSecret (a Secret with {{ .Values.fal.keyName }}), fal.key, or simulator.enabled=true to spend nothing
{{- end }}
{{- if and .Values.fal.existingSecret .Values.fal.key }}
- fal: set fal.existingSecret or fal.key, not both
{{- end }}
{{- if and .Values.simulator.enabled (or .Values.fal.existingSecret .Values.fal.key) }}
- simulator.enabled: takes the place of fal, yet there is a key of fal; leave one of them out
{{- end }}
{{- if not (or (include "flux.hasApiKeys" .) $gateway.allowAnonymous) }}
- gateway.apiKeys: whoever reaches the gateway could spend your money; set gateway.apiKeys.existingSecret or gateway.apiKeys.lines, or gateway.allowAnonymous=true if that is what you want
{{- end }}
{{- if and $gateway.apiKeys.existingSecret $gateway.apiKeys.lines }}
- gateway.apiKeys: set existingSecret or lines, not both
{{- end }}
{{- if and .Values.catalogue .Values.existingCatalogue }}
- catalogue: set catalogue or existingCatalogue, not both
{{- end }}
{{- if le (int .Values.drainGraceSeconds) (int .Values.requestTimeoutSeconds) }}
- drainGraceSeconds: {{ .Values.drainGraceSeconds }} would cut off pictures that may take requestTimeoutSeconds ({{ .Values.requestTimeoutSeconds }}); make it longer
{{- end }}
{{- $slots := int .Values.fal.maxConcurrency }}
{{- if and (gt $slots 0) (lt $slots $services) }}
- fal.maxConcurrency: {{ $slots }} slots cannot be divided among {{ $services }} replicas of flux-service; run fewer
{{- end }}
{{- if lt (int $gateway.maxBytesInFlightMiB) (int $gateway.maxBodyMiB) }}
- gateway.maxBytesInFlightMiB: must be at least gateway.maxBodyMiB
{{- end }}
{{- if le (int $gateway.maxMessageMiB) (int $gateway.maxBodyMiB) }}
- gateway.maxMessageMiB: must be larger than gateway.maxBodyMiB
{{- end }}
{{- if lt (int $service.maxBytesInFlightMiB) (mul 3 (int $service.maxMessageMiB) | int) }}
- fluxService.maxBytesInFlightMiB: must be at least three times fluxService.maxMessageMiB
{{- end }}
{{- if and $service.tls.enabled (not (and $service.tls.serverSecret $service.tls.clientSecret)) }}
- fluxService.tls: needs serverSecret (flux-service's certificate) and clientSecret (the gateway's ca.crt)
{{- end }}
{{- if and (or $service.token.existingSecret $service.token.sha256) (not $service.tls.enabled) }}
- fluxService.token: would cross the cluster in clear text; set fluxService.tls.enabled=true
{{- end }}
{{- if ne (empty $service.token.existingSecret) (empty $service.token.sha256) }}
- fluxService.token: existingSecret (what the gateway shows) and sha256 (what flux-service accepts) go together
{{- end }}
{{- if and $gateway.ingress.enabled (not $gateway.ingress.hosts) }}
- gateway.ingress.hosts: name the hosts the ingress serves
{{- end }}
{{- if and $gateway.httpRoute.enabled (not $gateway.httpRoute.parentRefs) }}
- gateway.httpRoute.parentRefs: name the Gateway that the route hangs on
{{- end }}
{{- range $name, $component := dict "gateway" $gateway "fluxService" $service }}
{{- if and $component.autoscaling.enabled (gt (int $component.autoscaling.minReplicas) (int $component.autoscaling.maxReplicas)) }}
- {{ $name }}.autoscaling.minReplicas: must not be above maxReplicas
{{- end }}
{{- end }}
{{- end -}}
