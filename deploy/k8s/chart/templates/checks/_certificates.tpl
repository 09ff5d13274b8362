{{/* Certificates that are missing, half there or from two places. Part of flux.problems. */}}
{{- define "flux.certificateProblems" -}}
{{- $tls := .Values.serviceTls -}}
{{- $source := include "flux.certificates" . -}}
{{- $texts := list $tls.ca $tls.certificate $tls.privateKey $tls.clientCertificate $tls.clientPrivateKey | compact -}}
{{- if and (not $tls.enabled) (not $tls.trustNetwork) }}
- serviceTls.enabled: without certificates whoever reaches flux-service's port can attack it and spend your money; set serviceTls.enabled=true, or serviceTls.trustNetwork=true if a mesh or the like lets only gateways come there
{{- end }}
{{- if and $texts (ne (len $texts) 5) }}
- serviceTls: ca, certificate, privateKey, clientCertificate and clientPrivateKey go together
{{- end }}
{{- if ne (empty $tls.serverSecret) (empty $tls.clientSecret) }}
- serviceTls: serverSecret (flux-service's certificate) and clientSecret (the gateway's) go together
{{- end }}
{{- if and $texts (or $tls.serverSecret $tls.clientSecret) }}
- serviceTls: set serverSecret and clientSecret, or certificates, not both
{{- end }}
{{- if and $texts (eq $source "certManager") }}
- serviceTls: set certManager, or certificates, not both
{{- end }}
{{- if and $tls.certManager.issuerRef (eq (toString $tls.certManager.enabled) "false") }}
- serviceTls.certManager: has an issuerRef, yet enabled is false; leave one of them out
{{- end }}
{{- if and $tls.certManager.issuerRef (not $tls.certManager.issuerRef.name) }}
- serviceTls.certManager.issuerRef: needs a name
{{- end }}
{{- if and $tls.clients (not (has $source (list "own" "certManager"))) }}
- serviceTls.clients: certificates for further callers are made by whoever made the other ones; leave clients out
{{- end }}
{{- if le (int $tls.certificateDays) (int $tls.renewBeforeDays) }}
- serviceTls.renewBeforeDays: must be less than certificateDays
{{- end }}
{{- if lt (int $tls.authorityDays) (mul 3 (int $tls.certificateDays) | int) }}
- serviceTls.authorityDays: must be at least three times certificateDays, so that the next authority is trusted before the old one ends
{{- end }}
{{- end -}}
