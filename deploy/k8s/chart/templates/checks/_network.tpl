{{/* Proxies that are everybody, and ways that the NetworkPolicies close. Part of flux.problems. */}}
{{- define "flux.networkProblems" -}}
{{- $policy := .Values.networkPolicy -}}
{{- range .Values.gateway.trustedProxies }}
{{- $bits := regexFind "/[0-9]+$" . | trimPrefix "/" | default "128" | int }}
{{- /* IPv4's networks, also as IPv6 writes them; fc00::/7 is what IPv6 has for private use. */}}
{{- $least := ternary (ternary 104 7 (regexMatch "^(::|0+:)" .)) 8 (contains ":" .) }}
{{- if and (ne . "unix") (lt $bits $least) }}
- gateway.trustedProxies: {{ . }} takes in so much of the world that every caller could name an address of its choice and escape the rate limits; name the networks of your ingress controller or load balancer
{{- end }}
{{- end }}
{{- if $policy.enabled }}
{{- if not .Values.simulator.enabled }}
{{- range $name := list "url" "queueUrl" "platformUrl" "keysUrl" }}
{{- $url := index $.Values.fal $name }}
{{- if not (has $url (list "" "auto")) }}
{{- $falPort := regexFind ":[0-9]+$" (urlParse $url).host | trimPrefix ":" | default (ternary "443" "80" (hasPrefix "https:" $url)) | int }}
{{- if not (has $falPort (list 443 (int $policy.falPort))) }}
- fal.{{ $name }}: the NetworkPolicy closes its port, {{ $falPort }}; set networkPolicy.falPort={{ $falPort }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.gateway.rateLimit.redis }}
{{- $redisPort := regexFind ":[0-9]+(/[0-9]+)?$" . | trimPrefix ":" | regexFind "^[0-9]+" | int }}
{{- if ne $redisPort (int $policy.redisPort) }}
- gateway.rateLimit.redis: the NetworkPolicy closes its port, {{ $redisPort }}; set networkPolicy.redisPort={{ $redisPort }}
{{- end }}
{{- end }}
{{- if and .Values.fluxService.webhooks.allow (not $policy.webhooksTo) }}
- fluxService.webhooks.allow: the NetworkPolicy closes the way to these receivers; name them in networkPolicy.webhooksTo, and their ports in networkPolicy.webhooksPorts
{{- end }}
{{- if and (ne .Values.monitoring.monitor "none") (not $policy.metricsFrom) }}
- monitoring.monitor: the NetworkPolicy lets nobody read the metrics; name your Prometheus in networkPolicy.metricsFrom
{{- end }}
{{- end }}
{{- end -}}

{{/* Ways for fal's webhooks that lead nowhere. Part of flux.problems. */}}
{{- define "flux.hooksProblems" -}}
{{- $gateway := .Values.gateway -}}
{{- $hooks := $gateway.hooks -}}
{{- if and (or $hooks.ingress.enabled $hooks.httpRoute.enabled) (not .Values.publicUrl) }}
- gateway.hooks: leads to a path that the gateway serves with publicUrl only; set publicUrl=https://HOST
{{- end }}
{{- if and $hooks.httpRoute.enabled (not $hooks.httpRoute.parentRefs) }}
- gateway.hooks.httpRoute.parentRefs: name the Gateway that the route hangs on
{{- end }}
{{- if and .Values.publicUrl $gateway.allowedHosts }}
{{- $host := include "flux.publicHost" . }}
{{- $served := false }}
{{- range $gateway.allowedHosts }}
{{- if or (eq . $host) (and (hasPrefix "*." .) (hasSuffix (trimPrefix "*" .) $host)) }}{{ $served = true }}{{ end }}
{{- end }}
{{- if not $served }}
- publicUrl: {{ $host }} is none of gateway.allowedHosts, so that fal's webhooks would be refused; add it
{{- end }}
{{- end }}
{{- end -}}

{{/*
Settings given past the value that is for them: nothing would check them, and Services, probes, policies and grace periods that
follow from the value would not. Part of flux.problems.
*/}}
{{- define "flux.extraEnvProblems" -}}
{{- $both := dict
      "FLUX_LISTEN" "bindHost" "FLUX_PUBLIC_URL" "publicUrl" "FLUX_REQUEST_TIMEOUT" "requestTimeoutSeconds"
      "FLUX_DRAIN_DELAY" "drainDelaySeconds" "FLUX_DRAIN_GRACE" "drainGraceSeconds" -}}
{{- $own := dict
      "gateway" (dict
        "FLUX_ADMIN_LISTEN" "bindHost" "FLUX_MAX_BODY_BYTES" "gateway.maxBodyMiB"
        "FLUX_MAX_BYTES_IN_FLIGHT" "gateway.maxBytesInFlightMiB" "FLUX_MAX_MESSAGE_BYTES" "gateway.maxMessageMiB"
        "FLUX_MAX_IN_FLIGHT" "gateway.maxInFlight" "FLUX_MAX_CONNECTIONS" "gateway.maxConnections"
        "FLUX_TRUSTED_PROXIES" "gateway.trustedProxies" "FLUX_RATE_LIMIT_STORE" "gateway.rateLimit.redis"
        "FLUX_TLS_CERT" "gateway.tls" "FLUX_TLS_KEY" "gateway.tls"
        "FLUX_SERVICE_CA_FILE" "serviceTls" "FLUX_SERVICE_TLS_CERT" "serviceTls" "FLUX_SERVICE_TLS_KEY" "serviceTls")
      "fluxService" (dict
        "FLUX_METRICS_LISTEN" "bindHost" "FLUX_FAL_URL" "fal.url"
        "FLUX_FAL_QUEUE_URL" "fal.queueUrl" "FLUX_FAL_PLATFORM_URL" "fal.platformUrl" "FLUX_FAL_KEYS_URL" "fal.keysUrl"
        "FLUX_WEBHOOK_ALLOW" "fluxService.webhooks.allow"
        "FLUX_STORE" "fluxService.store" "FLUX_STORE_MAX_BYTES" "fluxService.store.maxMiB"
        "FLUX_MAX_BYTES_IN_FLIGHT" "fluxService.maxBytesInFlightMiB" "FLUX_MAX_MESSAGE_BYTES" "fluxService.maxMessageMiB" "FLUX_MAX_CALLS" "fluxService.maxCalls"
        "FLUX_TLS_CERT" "serviceTls" "FLUX_TLS_KEY" "serviceTls" "FLUX_TLS_CLIENT_CA" "serviceTls"
        "FLUX_TRUST_NETWORK" "serviceTls.trustNetwork") -}}
{{- range $component, $settings := $own }}
{{- $values := merge $settings $both }}
{{- range (index $.Values $component).extraEnv }}
{{- with index $values .name | default "" }}
- {{ $component }}.extraEnv: set {{ . }} instead, from which more than one setting follows
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
