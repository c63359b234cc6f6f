package runbooks

// refusal is a command that needs what no control plane has, or that is answered by its exit status. It runs all the same, must fail, and say
// this and nothing else, so that a misspelt flag or a wrong name is found: kubectl complains of those first.
type refusal struct {
	// runbook and step are where alone it may be refused, everywhere without them.
	runbook, step string
	command, says string
	why           string
}

var refusals = []refusal{
	{
		command: `kubectl top pods -A --sort-by=memory`, says: "error: Metrics API not available",
		why: "the metrics server asks kubelets what containers use",
	},
	{
		command: `kubectl -n "$namespace" port-forward deployment/kube-posture-exporter 9911:9911`,
		says:    "error: error upgrading connection: unable to upgrade connection: no containers are here",
		why:     "the kubelet forwards into the pod's network",
	},
	{
		runbook: "KubePostureKindForbidden", step: "Diagnosis",
		command: `kubectl auth can-i list "$resource" -A --as="system:serviceaccount:$namespace:$account"`, says: "no",
		why: "that it may not is what the alert says",
	},
}

// sight is what somebody must see who runs the block with this line, as a regular expression.
type sight struct{ runbook, line, want string }

var sights = []sight{
	{"KubePostureAnonymousBinding", `kubectl describe `, `(?s)manager: runbooks.test.*Name: +view\n.*configmaps `},
	{"KubePostureAnonymousBinding", `kubectl create -f`, `open created`},
	{"KubePostureAnonymousBinding", `create token`, `(?m)^ey\S+$`},
	{"KubePostureCheckPanics", `grep 'a check broke'`, `check=pods_privileged err=`},
	{"KubePostureConfigNotReloaded", `report rbac-review`, `^the file is good\n$`},
	{"KubePostureExporterDown", `describe pods`, `Restart Count: +1`},
	{"KubePostureExporterDown", `--previous`, `(?s)previous terminated container \S+ in pod \S+ not found.*msg=serving|msg=serving.*previous terminated container`},
	{"KubePostureExporterDown", `/-/healthy`, `(?i)healthy`},
	{"KubePostureExporterDown", `set resources`, `resource requirements updated`},
	{"KubePostureKindForbidden", `kubectl auth can-i watch`, `(?m)created\nyes\nyes\n$`},
	{"KubePostureKindForbidden", `auth can-i --list`, `(?m)^namespaces .*\[list watch\]`},
	{"KubePostureKindNotSynced", `logs -l`, `(?s)msg="kind synced".*readyz check passed`},
	{"KubePostureKindNotSynced", `rollout restart`, `restarted`},
	{"KubePostureLostDefaultDeny", `get networkpolicies`, `Ingress: not isolated`},
	{"KubePostureLostDefaultDeny", `apply --dry-run=server -f "$file"`, `default-deny created \(server dry run\)`},
	{"KubePostureLostDefaultDeny", `cat > policies.yaml`, `(?s)allow-dns created \(server.*default-deny created \(server`},
	{"KubePostureLostDefaultDeny", `apply -f policies.yaml`, `(?s)Ingress: isolated.*Egress: isolated`},
	{"KubePostureLostLimitRange", `get pods`, `REQUESTS +LIMITS`},
	{"KubePostureLostLimitRange", `kind: LimitRange`, `limitrange/defaults created`},
	{"KubePostureLostLimitRange", `rollout status`, `successfully rolled out`},
	{"KubePostureLostPodSecurity", `--dry-run=server`, `(?s)Warning: existing pods in namespace "shop" violate.*miner-\S+: privileged`},
	{"KubePostureLostPodSecurity", `/warn=`, `namespace/shop labeled`},
	{"KubePostureNamespaceScoreDropped", `events`, `(?s)web-.*Scaled up replica set web-`},
	{"KubePostureNamespaceScoreDropped", `rollout history`, `(?s)REVISION.*rolled back \(server dry run\)`},
	{"KubePostureNamespaceScoreDropped", "rollout undo \"$workload\"\n", `(?s)web rolled back.*successfully rolled out`},
	{"KubePostureNewClusterAdmin", `whoami`, `(?s)name: cluster-admin.*Username +admin`},
	{"KubePostureNewClusterAdmin", `spec.serviceAccountName`, `(?m)^pipeline-`},
	{"KubePostureNewClusterAdmin", `kubectl create -f`, `deploy created`},
	{"KubePostureNewClusterAdmin", `--clusterrole=edit`, `"deploy" deleted\nyes\n$`},
	{"KubePostureNewClusterAdmin", `annotate`, `deploy annotated`},
	{"KubePostureNewFinding", `kubectl events`, `(?s)image: registry.example/web:2.*Scaled up replica set web-`},
	{"KubePostureNewFinding", `scale`, `web scaled`},
	{"KubePostureNewFinding", `rollout status`, `(?s)web rolled back.*successfully rolled out`},
	{"KubePostureNewFinding", `rollout history`, `(?m)^\d+ +<none>\n\d+ +<none>`},
	{"KubePostureNodeMemoryOvercommitted", `describe node`, `(?s)Allocatable:.*Allocated resources:.*shop +web-\S+ +100Mi +<none>`},
	{"KubePostureNodeMemoryOvercommitted", `--requests=`, `(?s)resource requirements updated.*successfully rolled out`},
	{"KubePostureNodeMemoryUnbounded", `kubectl uncordon`, `worker-1 (already )?uncordoned`},
	{"KubePostureNodeMemoryUnbounded", `kubectl cordon`, `worker-1 cordoned`},
	{"KubePostureNodeMemoryUnbounded", `set resources`, `(?s)resource requirements updated.*successfully rolled out`},
	{"KubePostureNodeMemoryUnbounded", `RESTARTS:`, `(?m)^web-\S+ +0 +<none>`},
	{"KubePosturePodSecurityReady", `label --dry-run=server`, `^namespace/shop labeled \(server dry run\)\n$`},
	{"KubePosturePodSecurityReady", `get cronjobs`, `nightly`},
	{"KubePosturePodSecurityReady", `kubectl replace`, `(?s)Warning: would violate PodSecurity "restricted:latest".*cronjob.batch/nightly replaced \(server dry run\)`},
	{"KubePosturePodSecurityReady", `/enforce="$level"`, `namespace/shop labeled`},
	{"KubePosturePoliciesUnenforced", `wait --for`, `server condition met`},
	{"KubePosturePoliciesUnenforced", `run client`, `404 Not Found|download timed out`},
	{"KubePosturePoliciesUnenforced", `kind: NetworkPolicy`, `download timed out`},
	{"KubePosturePoliciesUnenforced", `delete namespace`, `"policy-probe" deleted`},
	{"KubePostureReviewOverdue", `--user=`, `"oncall-debug-access" deleted\nyes\n$`},
	{"KubePostureReviewOverdue", `kubectl create -f`, `oncall-debug-access created`},
	{"KubePostureReviewOverdue", `annotate`, `oncall-debug-access annotated`},
	{"KubePostureScrapeLabelsOverwritten", `HONOR:`, `(?m)^ServiceMonitor +monitoring +kube-posture-exporter +<none>`},
	{"KubePostureScrapeLabelsOverwritten", `patch`, `kube-posture-exporter patched\n$`},
	{"KubePostureStaleBinding", `jsonpath=`, `(?s)Role/gone\nServiceAccount shop/gone\n.*serviceaccount/deployer`},
	{"KubePostureStaleBinding", `kubectl create -f`, `left-over created`},
	{"KubePostureStaleBinding", `"op`, `left-over patched`},
	{"KubePostureWatchErrors", `dump_priority_levels`, `(?s)readyz check passed.*RejectedRequests, TimedoutRequests.*workload-low`},
}

// notForTheCluster are the beginnings of YAML blocks that neither the API server nor the exporter reads, and why nothing here tries them.
var notForTheCluster = map[string]string{"scrape_configs": "Prometheus reads it"}
