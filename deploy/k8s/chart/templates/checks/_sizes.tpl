{{/* Sizes that do not fit each other. Part of flux.problems. */}}
{{- define "flux.sizeProblems" -}}
{{- $gateway := .Values.gateway -}}
{{- $service := .Values.fluxService -}}
{{- if lt (int $gateway.maxBytesInFlightMiB) (int $gateway.maxBodyMiB) }}
- gateway.maxBytesInFlightMiB: must be at least gateway.maxBodyMiB
{{- end }}
{{- if lt (int $service.maxBytesInFlightMiB) (mul 3 (int $service.maxMessageMiB) | int) }}
- fluxService.maxBytesInFlightMiB: must be at least three times fluxService.maxMessageMiB
{{- end }}
{{- if le (int $service.maxMessageMiB) (int $gateway.maxBodyMiB) }}
- fluxService.maxMessageMiB: {{ $service.maxMessageMiB }} is too small for what the gateway takes in; make it larger than gateway.maxBodyMiB ({{ $gateway.maxBodyMiB }})
{{- end }}
{{- range $name, $component := dict "gateway" $gateway "fluxService" $service }}
{{- $limits := default dict $component.resources.limits }}
{{- $requests := default dict $component.resources.requests }}
{{- with $limits.memory }}
{{- $held := include (printf "flux.%sMiB" $name) $ | int }}
{{- if lt (include "flux.quantity" . | float64) (mulf $held 1048576) }}
- {{ $name }}.resources.limits.memory: {{ . }} is less than the {{ $held }}Mi that its limits let it hold; raise it, or lower {{ $name }}.maxBytesInFlightMiB{{ ternary ", maxInFlight, maxConnections or maxJobStreams" ", maxCalls or store.maxMiB" (eq $name "gateway") }}
{{- end }}
{{- end }}
{{- range $resource, $wanted := $requests }}
{{- with index $limits $resource }}
{{- if gt (include "flux.quantity" $wanted | float64) (include "flux.quantity" . | float64) }}
- {{ $name }}.resources.requests.{{ $resource }}: must not be above its limit
{{- end }}
{{- end }}
{{- end }}
{{- $scaling := $component.autoscaling }}
{{- if and $scaling.enabled (eq $scaling.metric "cpu") (not $requests.cpu) (not $limits.cpu) }}
- {{ $name }}.autoscaling: aims at a share of the CPU that is requested, and none is; set {{ $name }}.resources.requests.cpu, or {{ $name }}.autoscaling.metric=inFlight
{{- end }}
{{- end }}
{{- end -}}

{{/* Most memory that a program's limits let it hold, in MiB: idle, a quarter above its bytes in flight, and what is small but many.
     In the gateway also uploads of fal's clients, 128, one mask that is turned round, 50, and 16 KiB for each stream of events. */}}
{{- define "flux.gatewayMiB" -}}
{{- $gateway := .Values.gateway -}}
{{- $small := add (mul 4 (int $gateway.maxConnections)) (mul 21 (int $gateway.maxInFlight)) (mul 16 (int $gateway.maxJobStreams)) -}}
{{- add 64 128 50 (div (mul 5 (int $gateway.maxBytesInFlightMiB)) 4) (div $small 1024) -}}
{{- end -}}
{{- define "flux.fluxServiceMiB" -}}
{{- add 64 (div (mul 5 (int .Values.fluxService.maxBytesInFlightMiB)) 4) (div (mul 36 (int .Values.fluxService.maxCalls)) 1024) (include "flux.storeMiB" . | int) -}}
{{- end -}}

{{/* A Kubernetes quantity as a plain number, in text. */}}
{{- define "flux.quantity" -}}
{{- $text := toString . -}}
{{- $number := regexFind "^[0-9.]+(e[+-]?[0-9]+)?" $text -}}
{{- $units := dict "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18
      "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 "Pi" 1125899906842624.0 "Ei" 1152921504606846976.0 -}}
{{- mulf (float64 $number) (index $units (trimPrefix $number $text) | default 1.0) -}}
{{- end -}}
