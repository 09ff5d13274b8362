{{/* What the pods of all components have in common. */}}

{{/* Settings of a pod beside its containers and volumes; takes (list root component component-values). */}}
{{- define "flux.pod" -}}
{{- $root := index . 0 -}}
{{- $values := index . 2 -}}
serviceAccountName: {{ include "flux.serviceAccountName" . }}
automountServiceAccountToken: false
# Environment names made from Services could look like settings.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ include "flux.terminationGraceSeconds" $root }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if $values.topologySpread.enabled }}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    # Zones are a wish: a cluster may have only one.
    whenUnsatisfiable: {{ if hasPrefix "topology" . }}ScheduleAnyway{{ else }}{{ $values.topologySpread.whenUnsatisfiable }}{{ end }}
    labelSelector:
      matchLabels:
        {{- include "flux.selectorLabels" $ | nindent 8 }}
    # Each rollout spreads for itself; the pods that it replaces do not count.
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Image and security of the container; takes (list root component-values). */}}
{{- define "flux.container" -}}
image: {{ include "flux.image" . }}
imagePullPolicy: {{ (index . 0).Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
resources:
  {{- toYaml (index . 1).resources | nindent 2 }}
{{- end -}}

{{/* Annotations of a pod; takes (list root component-values metrics-port checksum). */}}
{{- define "flux.podAnnotations" -}}
{{- $root := index . 0 -}}
{{- if $root.Values.monitoring.annotations }}
prometheus.io/scrape: "true"
prometheus.io/port: {{ index . 2 | quote }}
prometheus.io/path: /metrics
{{- end }}
{{- with index . 3 }}
checksum/config: {{ . }}
{{- end }}
{{- with (index . 1).podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A volume of one Secret; takes (list volume-name secret-name list-of-keys), keys empty: all. */}}
{{- define "flux.secretVolume" -}}
- name: {{ index . 0 }}
  secret:
    secretName: {{ index . 1 }}
    defaultMode: 288  # 0440; octal means another number to YAML 1.2
    {{- with index . 2 }}
    items:
      {{- range . }}
      - key: {{ . }}
        path: {{ . }}
      {{- end }}
    {{- end }}
{{- end -}}

{{/* Settings that gateway and service share. */}}
{{- define "flux.commonEnv" -}}
- name: FLUX_REQUEST_TIMEOUT
  value: {{ printf "%ds" (int .Values.requestTimeoutSeconds) | quote }}
- name: FLUX_DRAIN_DELAY
  value: {{ printf "%ds" (int .Values.drainDelaySeconds) | quote }}
- name: FLUX_DRAIN_GRACE
  value: {{ printf "%ds" (int .Values.drainGraceSeconds) | quote }}
- name: ENABLE_LOGGING
  value: {{ .Values.logging.enabled | quote }}
- name: FLUX_LOG_LEVEL
  value: {{ .Values.logging.level }}
{{- with .Values.publicUrl }}
- name: FLUX_PUBLIC_URL
  # The gateway takes fal's webhooks there, flux-service tells fal so.
  value: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* A container's environment without a name twice, extraEnv's entry wins; takes (list the-chart's-own-as-text extraEnv). */}}
{{- define "flux.env" -}}
{{- $extra := index . 1 -}}
{{- $taken := list -}}
{{- range $extra }}{{ $taken = append $taken .name }}{{ end -}}
{{- $env := list -}}
{{- range index . 0 | fromYamlArray }}
{{- if not (has .name $taken) }}{{ $env = append $env . }}{{ end -}}
{{- end -}}
{{- toYaml (concat $env $extra) -}}
{{- end -}}
