{{/* HorizontalPodAutoscaler, PodDisruptionBudget, ServiceAccount; each takes (list root component component-values). */}}

{{/* A fourth: the in-flight metric's name. */}}
{{- define "flux.autoscaler" -}}
{{- $root := index . 0 -}}
{{- $scaling := (index . 2).autoscaling -}}
{{- $name := include "flux.componentName" . -}}
{{- if $scaling.enabled -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "flux.metadata" (list $root (index . 1) $name) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ $name }}
  minReplicas: {{ $scaling.minReplicas }}
  maxReplicas: {{ $scaling.maxReplicas }}
  metrics:
    {{- if eq $scaling.metric "inFlight" }}
    - type: Pods
      pods:
        metric:
          name: {{ index . 3 }}
        target:
          type: AverageValue
          averageValue: {{ $scaling.targetInFlight | quote }}
    {{- else }}
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ $scaling.targetCPUUtilizationPercentage }}
    {{- end }}
  behavior:
    scaleDown:
      # A pod that leaves may drain for as long as a picture takes: do not let many go at once.
      policies:
        - type: Pods
          value: 1
          periodSeconds: {{ include "flux.terminationGraceSeconds" $root }}
{{- end -}}
{{- end -}}

{{- define "flux.disruptionBudget" -}}
{{- $root := index . 0 -}}
{{- $values := index . 2 -}}
{{- $least := ternary $values.autoscaling.minReplicas $values.replicas $values.autoscaling.enabled | int -}}
{{- if and $values.podDisruptionBudget.enabled (gt $least 1) -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "flux.metadata" (list $root (index . 1) (include "flux.componentName" .)) | nindent 2 }}
spec:
  maxUnavailable: {{ $values.podDisruptionBudget.maxUnavailable }}
  # A pod that is not ready serves nobody and must not keep a node from being drained.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "flux.selectorLabels" . | nindent 6 }}
{{- end -}}
{{- end -}}

{{- define "flux.serviceAccount" -}}
{{- $root := index . 0 -}}
{{- $account := (index . 2).serviceAccount -}}
{{- if $account.create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "flux.metadata" (list $root (index . 1) (include "flux.serviceAccountName" .)) | nindent 2 }}
  {{- with $account.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end -}}
{{- end -}}
