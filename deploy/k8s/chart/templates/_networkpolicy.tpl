{{/* Peers and rules that several NetworkPolicies share. */}}

{{/* Who reads metrics: the monitoring namespaces, and this release's own test pod. */}}
{{- define "flux.monitoringPeers" -}}
{{- with .Values.networkPolicy.metricsFrom }}
{{ toYaml . }}
{{- end }}
- podSelector:
    matchLabels:
      {{- include "flux.selectorLabels" (list . "test") | nindent 6 }}
{{- end -}}

{{- define "flux.dnsEgress" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
  to:
    {{- toYaml .Values.networkPolicy.dnsTo | nindent 4 }}
{{- end -}}
