{{/* Settings of flux-gateway, as its environment. */}}
{{- define "flux.gatewayEnv" -}}
{{- $gateway := .Values.gateway -}}
- name: FLUX_LISTEN
  value: {{ printf "%s:8080" .Values.bindHost | quote }}
- name: FLUX_ADMIN_LISTEN
  value: {{ printf "%s:9090" .Values.bindHost | quote }}
- name: FLUX_SERVICE
  # The headless Service: every pod's address, among which the gateway balances by itself. The certificate names it.
  value: {{ printf "dns:///%s:50051" (include "flux.componentName" (list . "service")) }}
- name: FLUX_SERVICE_CONNECTION_AGE
  value: {{ printf "%ds" (int .Values.fluxService.maxConnectionAgeSeconds) }}
{{- include "flux.commonEnv" . | nindent 0 }}
- name: FLUX_MAX_BODY_BYTES
  value: {{ printf "%dMiB" (int $gateway.maxBodyMiB) }}
- name: FLUX_MAX_BYTES_IN_FLIGHT
  value: {{ printf "%dMiB" (int $gateway.maxBytesInFlightMiB) }}
- name: FLUX_MAX_MESSAGE_BYTES
  value: {{ printf "%dMiB" (int $gateway.maxMessageMiB) }}
- name: FLUX_MAX_IN_FLIGHT
  value: {{ int $gateway.maxInFlight | quote }}
- name: FLUX_MAX_CONNECTIONS
  value: {{ int $gateway.maxConnections | quote }}
- name: FLUX_MAX_WAIT
  value: {{ printf "%ds" (int $gateway.maxWaitSeconds) }}
- name: FLUX_MAX_JOB_STREAMS
  value: {{ int $gateway.maxJobStreams | quote }}
- name: FLUX_MAX_JOB_STREAMS_PER_CALLER
  value: {{ int $gateway.maxJobStreamsPerCaller | quote }}
- name: FLUX_LOOPS
  value: {{ int $gateway.loops | quote }}
- name: RATE_LIMIT_PER_MINUTE
  value: {{ int $gateway.rateLimit.perMinute | quote }}
- name: FLUX_LOOKS_PER_MINUTE
  value: {{ int $gateway.rateLimit.looksPerMinute | quote }}
{{- if include "flux.apiKeysSecret" . }}
- name: FLUX_API_KEYS_FILE
  value: /etc/flux/api-keys/{{ $gateway.apiKeys.keyName }}
{{- end }}
- name: FLUX_UNKNOWN_FIELDS
  value: {{ $gateway.unknownFields | quote }}
- name: FLUX_DOCS
  value: {{ $gateway.docs | quote }}
- name: FLUX_PLAYGROUND
  value: {{ $gateway.playground | quote }}
{{- if include "flux.modelAliasesName" . }}
- name: FLUX_MODEL_ALIASES
  value: /etc/flux/model-aliases/{{ $gateway.modelAliases.keyName }}
{{- end }}
- name: FLUX_ALLOW_EMPTY_KEYS
  value: {{ $gateway.apiKeys.allowEmpty | quote }}
{{- if $gateway.allowAnonymous }}
- name: FLUX_ALLOW_ANONYMOUS
  value: "true"
{{- end }}
{{- with $gateway.allowedHosts }}
- name: ALLOWED_HOSTS
  value: {{ join "," . | quote }}
{{- end }}
{{- with $gateway.allowedOrigins }}
- name: ALLOWED_ORIGINS
  value: {{ join "," . | quote }}
{{- end }}
{{- with $gateway.trustedProxies }}
- name: FLUX_TRUSTED_PROXIES
  value: {{ join "," . | quote }}
{{- end }}
{{- with $gateway.rateLimit.redis }}
- name: FLUX_RATE_LIMIT_STORE
  value: {{ . | quote }}
{{- end }}
{{- if include "flux.redisSecret" . }}
- name: FLUX_REDIS_PASSWORD_FILE
  value: /etc/flux/redis/{{ $gateway.rateLimit.keyName }}
{{- end }}
{{- if include "flux.publicTlsSecret" . }}
- name: FLUX_TLS_CERT
  value: /etc/flux/tls/tls.crt
- name: FLUX_TLS_KEY
  value: /etc/flux/tls/tls.key
{{- end }}
{{- if .Values.serviceTls.enabled }}
- name: FLUX_SERVICE_CA_FILE
  value: /etc/flux/service-tls/ca.crt
- name: FLUX_SERVICE_TLS_CERT
  value: /etc/flux/service-tls/tls.crt
- name: FLUX_SERVICE_TLS_KEY
  value: /etc/flux/service-tls/tls.key
{{- end }}
{{- if include "flux.tokenSecret" . }}
- name: FLUX_SERVICE_TOKEN_FILE
  value: /etc/flux/service-token/{{ .Values.fluxService.token.keyName }}
{{- end }}
{{- end -}}
