{{/*
The chart's own authority and what it signs, kept and renewed by `helm upgrade`. Helm has no other moment, so certificates are
good for long and are made anew early.

The authority follows itself in two steps, so that no moment mistrusts: an upgrade makes the next one, which is trusted at
once and signs nothing; an upgrade at least a day later, when every pod has it, lets it sign. What it followed stays trusted
until its end.
*/}}

{{- define "flux.timeLayout" -}}2006-01-02T15:04:05Z{{- end -}}
{{/* Seconds since 1970 as text, and back; what cannot be read is long past. */}}
{{- define "flux.timeText" -}}
{{- dateInZone (include "flux.timeLayout" .) (int64 .) "UTC" -}}
{{- end -}}
{{- define "flux.timeSeconds" -}}
{{- toDate (include "flux.timeLayout" .) (default "" .) | unixEpoch -}}
{{- end -}}

{{/* A new authority as JSON: {cert, key, until}; takes (list root now). */}}
{{- define "flux.newAuthority" -}}
{{- $days := int (index . 0).Values.serviceTls.authorityDays -}}
{{- $name := printf "%s %s" (include "flux.authoritySecret" (index . 0)) (dateInZone "2006-01-02" (int64 (index . 1)) "UTC") -}}
{{- $made := genCAWithKey $name $days (genPrivateKey "ecdsa") -}}
{{- dict "cert" $made.Cert "key" $made.Key "until" (add (index . 1) (mul 86400 $days)) | toJson -}}
{{- end -}}

{{/* What is there of the authority, as JSON: {now, next, nextFrom, old}, each {cert, key, until}; empty where there is none. */}}
{{- define "flux.keptAuthority" -}}
{{- $secret := lookup "v1" "Secret" .Release.Namespace (include "flux.authoritySecret" .) -}}
{{- $kept := dict -}}
{{- if $secret -}}
{{- $notes := default dict $secret.metadata.annotations -}}
{{- range $part := list "ca" "next" "old" -}}
{{- $cert := index $secret.data (printf "%s.crt" $part) -}}
{{- $key := index $secret.data (printf "%s.key" $part) -}}
{{- if and $cert (or $key (eq $part "old")) -}}
{{- $until := include "flux.timeSeconds" (index $notes (printf "flux-certificates/%s-until" $part)) | int64 -}}
{{- $_ := set $kept $part (dict "cert" (b64dec $cert) "key" (b64dec (default "" $key)) "until" $until) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $kept "nextFrom" (include "flux.timeSeconds" (index $notes "flux-certificates/next-from") | int64) -}}
{{- end -}}
{{- toJson $kept -}}
{{- end -}}

{{/* The authority as this upgrade leaves it: the same shape, with what is due done. Takes (list root now). */}}
{{- define "flux.authority" -}}
{{- $root := index . 0 -}}
{{- $now := int64 (index . 1) -}}
{{- $kept := include "flux.keptAuthority" $root | fromJson -}}
{{- $state := dict -}}
{{- if not (and $kept.ca (gt (int64 (dig "ca" "until" 0 $kept)) $now)) -}}
{{- $_ := set $state "ca" (include "flux.newAuthority" . | fromJson) -}}
{{- else -}}
{{- $_ := set $state "ca" $kept.ca -}}
{{- with $kept.old -}}{{- if gt (int64 .until) $now -}}{{- $_ := set $state "old" . -}}{{- end -}}{{- end -}}
{{- $due := lt (sub (int64 $kept.ca.until) $now) (mul 2 86400 (int $root.Values.serviceTls.certificateDays)) -}}
{{- if and $kept.next (le (int64 $kept.nextFrom) $now) -}}
{{- $_ := set $state "old" $kept.ca -}}
{{- $_ := set $state "ca" $kept.next -}}
{{- else if $kept.next -}}
{{- $_ := set $state "next" $kept.next -}}
{{- $_ := set $state "nextFrom" $kept.nextFrom -}}
{{- else if $due -}}
{{- $_ := set $state "next" (include "flux.newAuthority" . | fromJson) -}}
{{- $_ := set $state "nextFrom" (add $now 86400) -}}
{{- end -}}
{{- end -}}
{{- toJson $state -}}
{{- end -}}

{{/*
All of it as JSON: {authority, trusted, leaves: [{secret, component, cert, key, until, names, issuer}]}; made once for
a rendering, since a second call would make other keys.
*/}}
{{- define "flux.ownCertificates" -}}
{{- if not (hasKey .Values "ownCertificates") -}}
{{- $tls := .Values.serviceTls -}}
{{- $now := now | unixEpoch | int64 -}}
{{- $authority := include "flux.authority" (list . $now) | fromJson -}}
{{- $ca := $authority.ca -}}
{{- $trusted := $ca.cert -}}
{{- range list $authority.next $authority.old -}}{{- with . -}}{{- $trusted = print $trusted .cert -}}{{- end -}}{{- end -}}
{{- $until := add $now (mul 86400 (int $tls.certificateDays)) | min (int64 $ca.until) -}}
{{- $issuer := sha256sum $ca.cert -}}
{{- $signer := buildCustomCert (b64enc $ca.cert) (b64enc $ca.key) -}}
{{- $leaves := list -}}
{{- range (include "flux.certificateList" . | fromJson).certificates -}}
{{- $names := join "," .names -}}
{{- $leaf := dict "secret" .secret "component" .component "names" $names "issuer" $issuer -}}
{{- $kept := lookup "v1" "Secret" $.Release.Namespace .secret -}}
{{- $notes := default dict (dig "metadata" "annotations" dict $kept) -}}
{{- $data := default dict $kept.data -}}
{{- $end := include "flux.timeSeconds" (index $notes "flux-certificates/until") | int64 -}}
{{- $fresh := gt (sub $end $now) (mul 86400 (int $tls.renewBeforeDays)) -}}
{{- $same := and (eq $names (default "" (index $notes "flux-certificates/names"))) (eq $issuer (default "" (index $notes "flux-certificates/issuer"))) -}}
{{- if and $fresh $same (index $data "tls.crt") (index $data "tls.key") -}}
{{- $leaf = merge $leaf (dict "cert" (index $data "tls.crt" | b64dec) "key" (index $data "tls.key" | b64dec) "until" $end) -}}
{{- else -}}
{{- $made := genSignedCertWithKey (first .names) nil .names (div (sub $until $now) 86400 | max 1 | int) $signer (genPrivateKey "ecdsa") -}}
{{- $leaf = merge $leaf (dict "cert" $made.Cert "key" $made.Key "until" $until) -}}
{{- end -}}
{{- $leaves = append $leaves $leaf -}}
{{- end -}}
{{- $_ := set .Values "ownCertificates" (dict "authority" $authority "trusted" $trusted "leaves" $leaves | toJson) -}}
{{- end -}}
{{- .Values.ownCertificates -}}
{{- end -}}

{{/* When the first of the chart's certificates ends, in seconds since 1970. */}}
{{- define "flux.ownCertificatesEnd" -}}
{{- $end := 9223372036854775807 | int64 -}}
{{- range (include "flux.ownCertificates" . | fromJson).leaves -}}{{- $end = min $end (int64 .until) -}}{{- end -}}
{{- $end -}}
{{- end -}}
