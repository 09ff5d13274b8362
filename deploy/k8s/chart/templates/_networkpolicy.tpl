{{/* Peers and rules that several NetworkPolicies share. */}}

{{/* Who reads metrics: the monitoring namespaces, and this release's own test pod. */}}
{{- define "flux.monitoringPeers" -}}
- namespaceSelector:
    matchLabels:
      {{- toYaml .Values.networkPolicy.monitoringNamespaceLabels | nindent 6 }}
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
    - namespaceSelector:
        matchLabels:
          {{- toYaml .Values.networkPolicy.dnsNamespaceLabels | nindent 10 }}
{{- end -}}
