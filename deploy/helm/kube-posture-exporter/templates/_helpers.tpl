{{- define "kube-posture-exporter.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- /* Objects add up to 25 characters to the full name, and a name may have 63. */ -}}
{{- define "kube-posture-exporter.fullname" -}}
{{- $name := include "kube-posture-exporter.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 38 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" (.Release.Name | trunc 16 | trimSuffix "-") $name | trunc 38 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "kube-posture-exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "kube-posture-exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "kube-posture-exporter.labels" -}}
{{ include "kube-posture-exporter.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{- end }}

{{- define "kube-posture-exporter.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "kube-posture-exporter.fullname" .) }}
{{- else }}
{{- required "serviceAccount.name is required when serviceAccount.create is false: the namespace's default account must not get the exporter's permissions" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "kube-posture-exporter.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{- /* The configuration, with the exporter's own exemption behind those of the values. */ -}}
{{- define "kube-posture-exporter.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if .Values.selfExemption.enabled }}
{{- $self := dict
      "name" "kube-posture-exporter"
      "checks" (list "pods_with_api_token")
      "namespaces" (list .Release.Namespace)
      "kinds" (list "Deployment")
      "names" (list (include "kube-posture-exporter.fullname" .))
      "owner" .Values.selfExemption.owner
      "reason" "lists and watches the cluster, and can do nothing else with its token"
      "expires" .Values.selfExemption.expires }}
{{- $_ := set $config "exemptions" (append ($config.exemptions | default list) $self) }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{- /* What the schema cannot say. */ -}}
{{- define "kube-posture-exporter.validate" -}}
{{- if ne .Values.authorization.mode "kubernetes" }}
{{- range $key := list "audiences" "readers" }}
{{- if index $.Values.authorization $key }}
{{- fail (printf "authorization.%s has no effect unless authorization.mode is kubernetes" $key) }}
{{- end }}
{{- end }}
{{- if .Values.web.enablePprof }}
{{- fail "web.enablePprof needs authorization.mode: kubernetes, because profiles are not for everybody" }}
{{- end }}
{{- end }}
{{- if and .Values.web.config.https (not .Values.web.config.secretName) }}
{{- fail "web.config.https needs web.config.secretName: the Secret has the certificate" }}
{{- end }}
{{- if and .Values.selfExemption.enabled (hasKey .Values.config "exemptions") }}
{{- range .Values.config.exemptions }}
{{- if eq .name "kube-posture-exporter" }}
{{- fail "config.exemptions has one with the name kube-posture-exporter, which is that of selfExemption: choose another, or set selfExemption.enabled to false" }}
{{- end }}
{{- end }}
{{- end }}
{{- $_ := mustRegexMatch .Values.rules.drift.recurringKinds "" }}
{{- $name := include "kube-posture-exporter.name" . }}
{{- if not (mustRegexMatch (printf "^(?:%s)$" .Values.rules.job) $name) }}
{{- if and .Values.rules.enabled .Values.serviceMonitor.enabled }}
{{- fail (printf "rules.job does not match %s, which is the job that the ServiceMonitor makes: KubePostureExporterDown would never fire" $name) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "kube-posture-exporter.probeScheme" -}}
{{- if .Values.web.config.https }}, scheme: HTTPS{{ end }}
{{- end }}

{{- define "kube-posture-exporter.metadata" -}}
name: {{ include "kube-posture-exporter.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "kube-posture-exporter.labels" . | nindent 2 }}
{{- end }}
