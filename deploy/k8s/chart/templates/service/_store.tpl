{{/* Where purchases are remembered: settings, volumes and the claim that follow from fluxService.store and fluxService.budgets. */}}
{{- define "flux.storeEnv" -}}
{{- $service := .Values.fluxService -}}
{{- $store := $service.store -}}
- name: FLUX_STORE
  {{- if eq $store.kind "sqlite" }}
  value: sqlite:/var/lib/flux/flux.db
  {{- else if eq $store.kind "postgres" }}
  value: {{ $store.postgres.url | quote }}
  {{- else }}
  # Forgotten when the pod ends.
  value: memory
  {{- end }}
{{- if include "flux.storeSecret" . }}
- name: FLUX_STORE_PASSWORD_FILE
  value: /etc/flux/store/{{ $store.postgres.keyName }}
{{- end }}
- name: FLUX_STORE_SYNC
  value: {{ $store.sync }}
- name: FLUX_STORE_MAX_BYTES
  value: {{ printf "%dMiB" (int $store.maxMiB) }}
- name: FLUX_STORE_MAX_RESULT_BYTES
  value: {{ printf "%dMiB" (int $store.maxResultMiB) }}
- name: FLUX_STORE_BEGIN_ANEW
  value: {{ $store.beginAnew | quote }}
- name: FLUX_RESULT_TTL
  value: {{ printf "%ds" (int $service.resultTtlSeconds) }}
- name: FLUX_UNKNOWN_FOR
  value: {{ printf "%ds" (int $service.unknownForSeconds) }}
- name: FLUX_LEASE
  value: {{ printf "%ds" (int $service.leaseSeconds) }}
- name: FLUX_KEYED_ROUTE
  value: {{ $service.keyedRoute }}
{{- if include "flux.budgetsName" . }}
- name: FLUX_BUDGETS_FILE
  value: /etc/flux/budgets/{{ $service.budgets.keyName }}
{{- end }}
{{- end -}}

{{/* The Secret with PostgreSQL's password; empty: there is none. */}}
{{- define "flux.storeSecret" -}}
{{- if eq .Values.fluxService.store.kind "postgres" }}{{ .Values.fluxService.store.postgres.existingSecret }}{{ end -}}
{{- end -}}

{{/* The claim of the volume that SQLite's file is in. */}}
{{- define "flux.storeClaim" -}}
{{- default (printf "%s-store" (include "flux.componentName" (list . "service"))) .Values.fluxService.store.sqlite.existingClaim -}}
{{- end -}}

{{/* The ConfigMap with the budgets; empty: there are none. */}}
{{- define "flux.budgetsName" -}}
{{- $budgets := .Values.fluxService.budgets -}}
{{- if $budgets.existingConfigMap }}{{ $budgets.existingConfigMap }}{{ else if $budgets.lines }}{{ include "flux.fullname" . }}-budgets{{ end -}}
{{- end -}}

{{/* Most that the store holds in the pod's memory, in MiB: with kind memory, all. */}}
{{- define "flux.storeMiB" -}}
{{- $store := .Values.fluxService.store -}}
{{- if eq $store.kind "memory" -}}
{{- $most := int $store.maxMiB -}}
{{- if or (eq $most 0) (gt $most 1024) }}1024{{ else }}{{ $most }}{{ end -}}
{{- else -}}
0
{{- end -}}
{{- end -}}
