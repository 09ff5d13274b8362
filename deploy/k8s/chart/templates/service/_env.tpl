{{/* Settings of flux-service, as its environment. */}}
{{- define "flux.serviceEnv" -}}
{{- $service := .Values.fluxService -}}
- name: FLUX_LISTEN
  value: {{ printf "%s:50051" .Values.bindHost | quote }}
- name: FLUX_METRICS_LISTEN
  value: {{ printf "%s:9091" .Values.bindHost | quote }}
{{- include "flux.commonEnv" . | nindent 0 }}
{{- if .Values.simulator.enabled }}
- name: FLUX_FAL_URL
  value: {{ printf "http://%s:8090" (include "flux.componentName" (list . "simulator")) }}
- name: FAL_KEY
  # Not a secret: the simulator's only key.
  value: sim:sim
- name: FAL_BILLING_KEY
  # No more is this one, which reads the simulator's bill.
  value: sim:billing
- name: FLUX_FAL_QUEUE_URL
  value: {{ printf "http://%s:8091" (include "flux.componentName" (list . "simulator")) }}
- name: FLUX_FAL_PLATFORM_URL
  value: {{ printf "http://%s:8092" (include "flux.componentName" (list . "simulator")) }}
- name: FLUX_FAL_KEYS_URL
  value: {{ printf "http://%s:8090/.well-known/jwks.json" (include "flux.componentName" (list . "simulator")) }}
- name: FLUX_FAL_ALLOW_HTTP
  value: "true"
{{- else }}
- name: FLUX_FAL_URL
  value: {{ .Values.fal.url | quote }}
- name: FLUX_FAL_QUEUE_URL
  value: {{ .Values.fal.queueUrl | quote }}
- name: FLUX_FAL_PLATFORM_URL
  value: {{ .Values.fal.platformUrl | quote }}
- name: FLUX_FAL_KEYS_URL
  value: {{ .Values.fal.keysUrl | quote }}
- name: FLUX_FAL_ALLOW_HTTP
  value: {{ .Values.fal.allowHttp | quote }}
- name: FAL_KEY_FILE
  value: /etc/flux/fal/{{ .Values.fal.keyName }}
{{- if include "flux.billingSecret" . }}
- name: FAL_BILLING_KEY_FILE
  value: /etc/flux/fal-billing/{{ .Values.fal.billing.keyName }}
{{- end }}
{{- if .Values.fal.caSecret }}
- name: FLUX_FAL_CA_FILE
  value: /etc/flux/fal-ca/ca.crt
{{- end }}
{{- end }}
- name: FLUX_FAL_BACKUP_URL
  # Nothing stands in for the simulator: it would be fal, and cost money.
  value: {{ ternary "" .Values.fal.backupUrl .Values.simulator.enabled | quote }}
- name: FLUX_FAL_QUEUE_BACKUP_URL
  value: {{ ternary "" .Values.fal.queueBackupUrl .Values.simulator.enabled | quote }}
- name: FLUX_FAL_STORE_IO
  value: {{ .Values.fal.storeIo | quote }}
- name: FLUX_PRICE_SOURCE
  value: {{ .Values.fal.priceSource }}
- name: FLUX_FAL_MAX_CONCURRENCY
  # Of {{ int .Values.fal.maxConcurrency }} for the account, among {{ include "flux.mostReplicas" $service }} replicas at most.
  value: {{ div (int .Values.fal.maxConcurrency) (include "flux.mostReplicas" $service | int) | quote }}
- name: FLUX_FAL_QUEUE_LENGTH
  value: {{ int .Values.fal.queueLength | quote }}
- name: FLUX_FAL_QUEUE_WAIT
  value: {{ printf "%ds" (int .Values.fal.queueWaitSeconds) }}
- name: FLUX_FAL_RETRIES
  value: {{ int .Values.fal.retries | quote }}
- name: FLUX_BILL_EVERY
  value: {{ printf "%ds" (int .Values.fal.billing.everySeconds) }}
- name: FLUX_BILL_LAG
  value: {{ printf "%ds" (int .Values.fal.billing.lagSeconds) }}
- name: FLUX_FETCH_HOSTS
  value: {{ join "," .Values.fal.fetchHosts | quote }}
{{- include "flux.storeEnv" . | nindent 0 }}
{{- if include "flux.webhooksSecret" . }}
- name: FLUX_WEBHOOK_SECRETS_FILE
  value: /etc/flux/webhooks/{{ $service.webhooks.keyName }}
{{- end }}
{{- with $service.webhooks.allow }}
- name: FLUX_WEBHOOK_ALLOW
  value: {{ join "," . | quote }}
{{- end }}
{{- if $service.webhooks.caSecret }}
- name: FLUX_WEBHOOK_CA_FILE
  value: /etc/flux/webhooks-ca/ca.crt
{{- end }}
- name: FLUX_MAX_BYTES_IN_FLIGHT
  value: {{ printf "%dMiB" (int $service.maxBytesInFlightMiB) }}
- name: FLUX_MAX_MESSAGE_BYTES
  value: {{ printf "%dMiB" (int $service.maxMessageMiB) }}
- name: FLUX_MAX_CONNECTIONS
  value: {{ int $service.maxConnections | quote }}
- name: FLUX_MAX_CONNECTIONS_PER_ADDRESS
  value: {{ int $service.maxConnectionsPerAddress | quote }}
- name: FLUX_MAX_CALLS
  value: {{ int $service.maxCalls | quote }}
- name: FLUX_MAX_CONNECTION_AGE
  value: {{ printf "%ds" (mul 2 (int $service.maxConnectionAgeSeconds)) }}
- name: FLUX_REFLECTION
  value: {{ $service.reflection | quote }}
{{- if include "flux.hasCatalogue" . }}
- name: FLUX_CATALOGUE
  value: /etc/flux/catalogue/catalogue.json
{{- end }}
{{- if .Values.serviceTls.enabled }}
- name: FLUX_TLS_CERT
  value: /etc/flux/tls/tls.crt
- name: FLUX_TLS_KEY
  value: /etc/flux/tls/tls.key
- name: FLUX_TLS_CLIENT_CA
  value: /etc/flux/tls/ca.crt
{{- else }}
- name: FLUX_TRUST_NETWORK
  value: {{ .Values.serviceTls.trustNetwork | quote }}
{{- end }}
{{- with include "flux.tokenHashes" . }}
- name: FLUX_TOKEN_SHA256
  value: {{ . | quote }}
{{- end }}
{{- if include "flux.promptHashSecret" . }}
- name: FLUX_PROMPT_HASH_KEY_FILE
  value: /etc/flux/prompt-hash/{{ $service.promptHash.keyName }}
{{- end }}
{{- end -}}
