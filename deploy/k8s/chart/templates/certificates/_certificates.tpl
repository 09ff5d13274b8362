{{/* Certificates of the way between gateway and flux-service: where they come from, and which Secrets hold them. */}}

{{/*
One word for where they come from: "none" (serviceTls.enabled=false), "given" (PEM texts in the values), "existing" (Secrets
of the site), "certManager" or "own" (this chart). "auto" stays with the chart's authority where it has made one: its Secrets
are in use, and two authorities that do not know each other would not talk during the change.
*/}}
{{- define "flux.certificates" -}}
{{- $tls := .Values.serviceTls -}}
{{- $wish := toString $tls.certManager.enabled -}}
{{- if not $tls.enabled -}}
none
{{- else if or (eq $wish "true") $tls.certManager.issuerRef -}}
certManager
{{- else if $tls.certificate -}}
given
{{- else if or $tls.serverSecret $tls.clientSecret -}}
existing
{{- else if and (eq $wish "auto") (.Capabilities.APIVersions.Has "cert-manager.io/v1") (not (lookup "v1" "Secret" .Release.Namespace (include "flux.authoritySecret" .))) -}}
certManager
{{- else -}}
own
{{- end -}}
{{- end -}}

{{/* Name of one of the Secrets; takes (list root existing-secret suffix). Those of cert-manager belong to it, not to helm. */}}
{{- define "flux.certificateSecret" -}}
{{- $made := ternary "issued-tls" "tls" (eq (include "flux.certificates" (index . 0)) "certManager") -}}
{{- default (printf "%s-%s-%s" (include "flux.fullname" (index . 0)) (index . 2) $made) (index . 1) -}}
{{- end -}}

{{- define "flux.serverTlsSecret" -}}
{{- include "flux.certificateSecret" (list . .Values.serviceTls.serverSecret "service") -}}
{{- end -}}
{{- define "flux.clientTlsSecret" -}}
{{- include "flux.certificateSecret" (list . .Values.serviceTls.clientSecret "service-client") -}}
{{- end -}}

{{/* The chart's own authority with its key; no pod mounts it. */}}
{{- define "flux.authoritySecret" -}}
{{- printf "%s-service-authority" (include "flux.fullname" .) -}}
{{- end -}}

{{/* Names by which callers reach flux-service, as JSON. The first is what the gateway asks for. */}}
{{- define "flux.serviceNames" -}}
{{- $name := include "flux.componentName" (list . "service") -}}
{{- $namespace := .Release.Namespace -}}
{{- $names := list $name (printf "%s.%s" $name $namespace) (printf "%s.%s.svc" $name $namespace) (printf "%s.%s.svc.cluster.local" $name $namespace) -}}
{{- concat $names .Values.serviceTls.dnsNames | uniq | toJson -}}
{{- end -}}

{{/* The certificates to make, as JSON: {certificates: [{secret, component, usage, names}]}. */}}
{{- define "flux.certificateList" -}}
{{- $server := dict "secret" (include "flux.serverTlsSecret" .) "component" "service" "usage" "server auth" "names" (include "flux.serviceNames" . | fromJsonArray) -}}
{{- $gateway := dict "secret" (include "flux.clientTlsSecret" .) "component" "gateway" "usage" "client auth" "names" (list (include "flux.componentName" (list . "gateway"))) -}}
{{- $all := list $server $gateway -}}
{{- range .Values.serviceTls.clients -}}
{{- $all = append $all (dict "secret" (include "flux.certificateSecret" (list $ "" (printf "service-client-%s" .))) "component" "client" "usage" "client auth" "names" (list .)) -}}
{{- end -}}
{{- dict "certificates" $all | toJson -}}
{{- end -}}
