{{/* Secrets as directories, never as single files: only so does the kubelet bring a changed Secret into a running pod. */}}
{{- define "flux.serviceVolumes" -}}
{{- $service := .Values.fluxService -}}
{{- if not .Values.simulator.enabled }}
{{ include "flux.secretVolume" (list "fal" (include "flux.falSecret" .) (list .Values.fal.keyName)) }}
{{- with include "flux.billingSecret" . }}
{{ include "flux.secretVolume" (list "fal-billing" . (list $.Values.fal.billing.keyName)) }}
{{- end }}
{{- with .Values.fal.caSecret }}
{{ include "flux.secretVolume" (list "fal-ca" . (list "ca.crt")) }}
{{- end }}
{{- end }}
{{- if include "flux.hasCatalogue" . }}
- name: catalogue
  configMap:
    name: {{ include "flux.catalogueName" . }}
{{- end }}
{{- with include "flux.budgetsName" . }}
- name: budgets
  configMap:
    name: {{ . }}
    items:
      - key: {{ $service.budgets.keyName }}
        path: {{ $service.budgets.keyName }}
{{- end }}
{{- with include "flux.storeSecret" . }}
{{ include "flux.secretVolume" (list "store" . (list $service.store.postgres.keyName)) }}
{{- end }}
{{- if eq $service.store.kind "sqlite" }}
- name: data
  persistentVolumeClaim:
    claimName: {{ include "flux.storeClaim" . }}
{{- end }}
{{- with include "flux.webhooksSecret" . }}
{{ include "flux.secretVolume" (list "webhooks" . (list $service.webhooks.keyName)) }}
{{- end }}
{{- with $service.webhooks.caSecret }}
{{ include "flux.secretVolume" (list "webhooks-ca" . (list "ca.crt")) }}
{{- end }}
{{- with include "flux.promptHashSecret" . }}
{{ include "flux.secretVolume" (list "prompt-hash" . (list $service.promptHash.keyName)) }}
{{- end }}
{{- if .Values.serviceTls.enabled }}
{{ include "flux.secretVolume" (list "tls" (include "flux.serverTlsSecret" .) (list "ca.crt" "tls.crt" "tls.key")) }}
{{- end }}
{{- end -}}

{{- define "flux.serviceMounts" -}}
{{- range $volume := include "flux.serviceVolumes" . | fromYamlArray }}
- name: {{ $volume.name }}
  {{- if $volume.persistentVolumeClaim }}
  mountPath: /var/lib/flux
  {{- else }}
  mountPath: /etc/flux/{{ $volume.name }}
  readOnly: true
  {{- end }}
{{- end }}
{{- end -}}
