{{/* Stores that are half said, or that cannot be shared by as many pods as there may be. Part of flux.problems. */}}
{{- define "flux.storeProblems" -}}
{{- $service := .Values.fluxService -}}
{{- $store := $service.store -}}
{{- if and (eq $store.kind "sqlite") (or $service.autoscaling.enabled (gt (int $service.replicas) 1)) }}
- fluxService.store.kind: sqlite is a file that one flux-service alone can use, and there may be {{ include "flux.mostReplicas" $service }}; set fluxService.replicas=1 and fluxService.autoscaling.enabled=false, or fluxService.store.kind=postgres
{{- end }}
{{- if and (eq $store.kind "postgres") (not $store.postgres.url) }}
- fluxService.store.postgres.url: name the database, postgres://USER@HOST/DATABASE
{{- end }}
{{- if and (ne $store.kind "postgres") (or $store.postgres.url $store.postgres.existingSecret) }}
- fluxService.store.postgres: is not used by the store "{{ $store.kind }}"; set fluxService.store.kind=postgres, or leave it out
{{- end }}
{{- if regexMatch "[?&]password=" $store.postgres.url }}
- fluxService.store.postgres.url: holds a password; put it into a Secret and set fluxService.store.postgres.existingSecret
{{- end }}
{{- if and (ne $store.kind "sqlite") $store.sqlite.existingClaim }}
- fluxService.store.sqlite: is not used by the store "{{ $store.kind }}"; set fluxService.store.kind=sqlite, or leave it out
{{- end }}
{{- if and (eq $store.kind "sqlite") (not $store.sqlite.existingClaim) (lt (include "flux.quantity" $store.sqlite.size | float64) (mulf (int $store.maxMiB) 1310720)) }}
- fluxService.store.sqlite.size: {{ $store.sqlite.size }} is too small for a file of fluxService.store.maxMiB ({{ $store.maxMiB }}) and a quarter beside it
{{- end }}
{{- if and .Values.networkPolicy.enabled (eq $store.kind "postgres") }}
{{- $hosts := regexReplaceAll "[/?].*$" (regexReplaceAll "^[a-z]+://([^@/]*@)?" $store.postgres.url "") "" }}
{{- range splitList "," $hosts }}
{{- $port := regexFind ":[0-9]+$" . | trimPrefix ":" | default "5432" | int }}
{{- if ne $port (int $.Values.networkPolicy.postgresPort) }}
- fluxService.store.postgres.url: the NetworkPolicy closes its port, {{ $port }}; set networkPolicy.postgresPort={{ $port }}
{{- end }}
{{- end }}
{{- end }}
{{- if and $service.budgets.lines $service.budgets.existingConfigMap }}
- fluxService.budgets: set lines or existingConfigMap, not both
{{- end }}
{{- end -}}
