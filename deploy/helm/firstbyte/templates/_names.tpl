{{- define "firstbyte.name" -}}
{{- if contains "firstbyte" .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{ else }}{{ printf "%s-firstbyte" .Release.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "firstbyte.selector" -}}
app.kubernetes.io/name: firstbyte
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "firstbyte.labels" -}}
{{ include "firstbyte.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "firstbyte.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}{{ end }}
{{- end }}

{{- /* The configuration with the listeners and drain times that the pod's probes and grace period rely on. */ -}}
{{- define "firstbyte.config" -}}
{{- $server := dict "listen" "0.0.0.0:8080" "ops_listen" "0.0.0.0:8081" "drain_delay" (printf "%ds" (int .Values.drainDelaySeconds)) "drain_timeout" (printf "%ds" (int .Values.drainTimeoutSeconds)) -}}
{{- toYaml (merge (dict "server" (merge $server (default (dict) .Values.config.server))) (omit .Values.config "server")) }}
{{- end }}
