{{/* Names, labels, images, and the parts that all pods share. Component names: gateway, service, simulator. */}}

{{- define "flux.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Name of a component's objects; takes (list root component). */}}
{{- define "flux.componentName" -}}
{{- printf "%s-%s" (include "flux.fullname" (index . 0)) (index . 1) -}}
{{- end -}}

{{/* What selects a component's pods; takes (list root component). */}}
{{- define "flux.selectorLabels" -}}
app.kubernetes.io/name: {{ default (index . 0).Chart.Name (index . 0).Values.nameOverride }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Labels of every object; takes (list root component). */}}
{{- define "flux.labels" -}}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version | replace "+" "_" }}
{{ include "flux.selectorLabels" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
app.kubernetes.io/part-of: flux
{{- with (index . 0).Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* metadata of an object; takes (list root component name). */}}
{{- define "flux.metadata" -}}
name: {{ index . 2 }}
namespace: {{ (index . 0).Release.Namespace }}
labels:
  {{- include "flux.labels" . | nindent 2 }}
{{- end -}}

{{/* Takes (list root component-values). */}}
{{- define "flux.image" -}}
{{- $root := index . 0 -}}
{{- $image := printf "%s:%s" (index . 1).image.repository (default $root.Chart.AppVersion $root.Values.image.tag) -}}
{{- with (index . 1).image.digest }}{{ $image = printf "%s@%s" (index $ 1).image.repository . }}{{ end -}}
{{- if $root.Values.image.registry }}{{ printf "%s/%s" (trimSuffix "/" $root.Values.image.registry) $image }}{{ else }}{{ $image }}{{ end -}}
{{- end -}}

{{/* Takes (list root component component-values). */}}
{{- define "flux.serviceAccountName" -}}
{{- $account := (index . 2).serviceAccount -}}
{{- if $account.create -}}
{{- default (include "flux.componentName" .) $account.name -}}
{{- else -}}
{{- default "default" $account.name -}}
{{- end -}}
{{- end -}}

{{/* Pods that may run at once, as a number in text; takes component-values. */}}
{{- define "flux.mostReplicas" -}}
{{- if .autoscaling.enabled }}{{ .autoscaling.maxReplicas }}{{ else }}{{ .replicas }}{{ end -}}
{{- end -}}

{{/* Five seconds more than a program may take from SIGTERM to its end. */}}
{{- define "flux.terminationGraceSeconds" -}}
{{- add (int .Values.drainDelaySeconds) (int .Values.drainGraceSeconds) 5 -}}
{{- end -}}

{{/* The host of publicUrl, without its port. */}}
{{- define "flux.publicHost" -}}
{{- regexReplaceAll ":[0-9]+$" (urlParse .Values.publicUrl).host "" -}}
{{- end -}}

{{- define "flux.hasCatalogue" -}}
{{- if or .Values.catalogue .Values.existingCatalogue }}yes{{ end -}}
{{- end -}}
{{- define "flux.catalogueName" -}}
{{- default (printf "%s-catalogue" (include "flux.fullname" .)) .Values.existingCatalogue -}}
{{- end -}}
