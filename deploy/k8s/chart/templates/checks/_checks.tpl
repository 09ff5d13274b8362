{{/* Combinations of values that cannot work or are not safe: one sentence each, all told at once. */}}
{{- define "flux.problems" -}}
{{- $gateway := .Values.gateway -}}
{{- $service := .Values.fluxService -}}
{{- $gateways := include "flux.mostReplicas" $gateway | int -}}
{{- $services := include "flux.mostReplicas" $service | int -}}
{{- if and (gt $gateways 1) (gt (int $gateway.rateLimit.perMinute) 0) (not $gateway.rateLimit.redis) (not $gateway.rateLimit.perReplica) }}
- gateway: {{ $gateways }} gateways would each count gateway.rateLimit.perMinute in their own memory; set gateway.rateLimit.redis to count together, or gateway.rateLimit.perReplica=true if the limit is meant per replica
{{- end }}
{{- include "flux.secretProblems" . }}
{{- include "flux.certificateProblems" . }}
{{- include "flux.networkProblems" . }}
{{- include "flux.hooksProblems" . }}
{{- include "flux.storeProblems" . }}
{{- include "flux.extraEnvProblems" . }}
{{- include "flux.sizeProblems" . }}
{{- if and .Values.catalogue .Values.existingCatalogue }}
- catalogue: set catalogue or existingCatalogue, not both
{{- end }}
{{- if and $gateway.modelAliases.rows $gateway.modelAliases.existingConfigMap }}
- gateway.modelAliases: set rows or existingConfigMap, not both
{{- end }}
{{- if le (int .Values.drainGraceSeconds) (int .Values.requestTimeoutSeconds) }}
- drainGraceSeconds: {{ .Values.drainGraceSeconds }} would cut off pictures that may take requestTimeoutSeconds ({{ .Values.requestTimeoutSeconds }}); make it longer
{{- end }}
{{- if lt (int .Values.drainDelaySeconds) 6 }}
- drainDelaySeconds: {{ .Values.drainDelaySeconds }} is over before the readiness probe has noticed (2 failures, 3 s apart); make it 6 or more
{{- end }}
{{- $slots := int .Values.fal.maxConcurrency }}
{{- if and (gt $slots 0) (lt $slots $services) }}
- fal.maxConcurrency: {{ $slots }} slots cannot be divided among {{ $services }} replicas of flux-service; run fewer
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
