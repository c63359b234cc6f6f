package enforcer

import (
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// Network is a row of the table of known networks.
type Network struct {
	// Name is what the network is called in a Verdict.
	Name string
	// Found says what it is told by.
	Found string
	// Enforces says whether it enforces network policies, and when.
	Enforces string
	// Source is where that was read.
	Source string

	// images are parts of the names that its images have in any registry: one container has
	// one of them. Empty for any image.
	images []string
	// daemonSet and namespace are what its DaemonSet is called; empty for any name.
	daemonSet, namespace string
	// has are the containers that the DaemonSet must have: of each list one.
	has [][]string
	// answer is whether it enforces unless one of the switches says otherwise; the first that is set counts.
	answer   check.Answer
	switches []toggle
	// image tells it by the image of the container found first instead.
	image func(*Container) (check.Answer, string)
	// nodes tells it by the nodes, and by the DaemonSets next to them, instead.
	nodes func(*Facts) []finding
}

// toggle is a setting of a container in its DaemonSet.
type toggle struct {
	// in are the names of the container.
	in []string
	// flag or env is the setting; it is set when it has the value. A flag of the value true or false may stand alone for true.
	flag, env, value string
	answer           check.Answer
}

const (
	kubernetesDocs = "https://kubernetes.io/docs/tasks/administer-cluster/network-policy-provider/"
	awsDocs        = "https://docs.aws.amazon.com/eks/latest/userguide/"
)

// networks is the table. A container belongs to the first row that finds it, so that those which embed others come first.
var networks = []Network{
	{
		Name: "canal", Found: "a DaemonSet with the containers `calico-node` and `kube-flannel`; the default of RKE2",
		Enforces: "yes, by Calico", Source: "https://docs.rke2.io/networking/basic_network_options",
		images: []string{"calico", "canal"},
		has:    [][]string{{"calico-node"}, {"kube-flannel"}}, answer: check.Yes,
	},
	{
		Name: "calico", Found: "a container `calico-node` in a DaemonSet; the default of MicroK8s",
		Enforces: "yes", Source: kubernetesDocs + "calico-network-policy/",
		images: []string{"calico", "cnx-node"},
		has:    [][]string{{"calico-node"}}, answer: check.Yes,
	},
	{
		Name: "gke-dataplane-v2", Found: "the DaemonSet `anetd` with a container `cilium-agent`",
		Enforces: "yes, always", Source: "https://cloud.google.com/kubernetes-engine/docs/concepts/dataplane-v2",
		images:    []string{"cilium"},
		daemonSet: "anetd", has: [][]string{{"cilium-agent"}}, answer: check.Yes,
	},
	{
		Name: "cilium", Found: "a container `cilium-agent` in a DaemonSet",
		Enforces: "yes, unless `enable-policy` is `never`; where `enable-k8s-networkpolicy` is false, only its own kinds, which counts as unknown. " +
			"Both are seen as an argument or an environment variable only: ConfigMaps are not read",
		Source: "https://docs.cilium.io/en/stable/security/policy/intro/",
		images: []string{"cilium"},
		has:    [][]string{{"cilium-agent"}}, answer: check.Yes,
		switches: []toggle{
			{in: []string{"cilium-agent"}, flag: "enable-policy", value: "never", answer: check.No},
			{in: []string{"cilium-agent"}, env: "CILIUM_ENABLE_POLICY", value: "never", answer: check.No},
			{in: []string{"cilium-agent"}, flag: "enable-k8s-networkpolicy", value: "false", answer: check.Unknown},
			{in: []string{"cilium-agent"}, env: "CILIUM_ENABLE_K8S_NETWORKPOLICY", value: "false", answer: check.Unknown},
		},
	},
	{
		Name: "antrea", Found: "a container `antrea-agent` in a DaemonSet",
		Enforces: "yes", Source: kubernetesDocs + "antrea-network-policy/",
		images: []string{"antrea"},
		has:    [][]string{{"antrea-agent"}}, answer: check.Yes,
	},
	{
		Name: "weave-net", Found: "a DaemonSet with the containers `weave` and `weave-npc`",
		Enforces: "yes, unless `EXPECT_NPC` is 0", Source: kubernetesDocs + "weave-network-policy/",
		images: []string{"weave"},
		has:    [][]string{{"weave"}, {"weave-npc"}}, answer: check.Yes,
		switches: []toggle{{in: []string{"weave"}, env: "EXPECT_NPC", value: "0", answer: check.No}},
	},
	{
		Name: "weave-net", Found: "the DaemonSet `weave-net` without a container `weave-npc`",
		Enforces: "no: its policy controller is not there", Source: kubernetesDocs + "weave-network-policy/",
		images:    []string{"weave"},
		daemonSet: "weave-net", has: [][]string{{"weave"}}, answer: check.No,
	},
	{
		Name: "kube-router", Found: "a container `kube-router` in a DaemonSet; the default of k0s",
		Enforces: "yes, unless `--run-firewall=false`", Source: "https://www.kube-router.io/docs/user-guide/",
		images: []string{"kube-router"},
		has:    [][]string{{"kube-router"}}, answer: check.Yes,
		switches: []toggle{{in: []string{"kube-router"}, flag: "run-firewall", value: "false", answer: check.No}},
	},
	{
		Name: "ovn-kubernetes", Found: "a container `ovnkube-node` or `ovnkube-controller` in a DaemonSet; the default of OpenShift",
		Enforces: "yes", Source: "https://ovn-kubernetes.io/features/network-security-controls/network-policy/",
		has: [][]string{{"ovnkube-node", "ovnkube-controller"}}, answer: check.Yes,
	},
	{
		Name: "kube-network-policies", Found: "a container `kube-network-policies` in a DaemonSet, also in flannel's, whose chart can add it",
		Enforces: "yes", Source: "https://github.com/kubernetes-sigs/kube-network-policies",
		images: []string{"kube-network-policies"},
		has:    [][]string{{"kube-network-policies"}}, answer: check.Yes,
	},
	{
		Name: "romana", Found: "a container `romana-agent` in a DaemonSet",
		Enforces: "yes", Source: kubernetesDocs + "romana-network-policy/",
		images: []string{"romana"},
		has:    [][]string{{"romana-agent"}}, answer: check.Yes,
	},
	{
		Name: "azure-npm", Found: "a container `azure-npm` in a DaemonSet",
		Enforces: "yes", Source: "https://learn.microsoft.com/azure/aks/use-network-policies",
		images: []string{"azure-npm"},
		has:    [][]string{{"azure-npm"}}, answer: check.Yes,
	},
	{
		Name: "aws-vpc-cni", Found: "a container `aws-node` in a DaemonSet",
		Enforces: "no, unless the agent in its DaemonSet has `--enable-network-policy=true`. `NETWORK_POLICY_ENFORCING_MODE` switches nothing on",
		Source:   awsDocs + "cni-network-policy.html",
		images:   []string{"amazon-k8s-cni"},
		has:      [][]string{{"aws-node"}}, answer: check.No,
		switches: []toggle{{
			in: []string{"aws-eks-nodeagent", "aws-network-policy-agent"}, flag: "enable-network-policy", value: "true", answer: check.Yes,
		}},
	},
	{
		Name: "kindnet", Found: "a container `kindnet-cni` in a DaemonSet",
		Enforces: "yes from kind v0.24 on, whose image is kindest/kindnetd:v20240813; no up to kind v0.23, whose image is v20240513. Kindnet's own " +
			"images from v1.3.0 on, unless `--network-policy=false`. Unknown for other images",
		Source: "https://github.com/kubernetes-sigs/kind/issues/842, https://github.com/aojea/kindnet",
		images: []string{"kindnetd"},
		has:    [][]string{{"kindnet-cni"}}, answer: check.Unknown,
		switches: []toggle{{in: []string{"kindnet-cni"}, flag: "network-policy", value: "false", answer: check.No}},
		image:    kindnet,
	},
	{
		Name: "flannel", Found: "a container `kube-flannel` in a DaemonSet",
		Enforces: "no", Source: "https://github.com/flannel-io/flannel",
		images: []string{"flannel"},
		has:    [][]string{{"kube-flannel"}}, answer: check.No,
	},
	{
		Name: "openshift-sdn", Found: "the DaemonSet `sdn` in `openshift-sdn`",
		Enforces: "unknown: only in its mode NetworkPolicy, and the mode is not read", Source: "https://docs.okd.io/4.14/networking/openshift_sdn/about-openshift-sdn.html",
		daemonSet: "sdn", namespace: "openshift-sdn", has: [][]string{{"sdn"}},
	},
	{
		Name: "terway", Found: "a container `terway` in a DaemonSet",
		Enforces: "unknown: its ConfigMap decides, which is not read", Source: "https://github.com/AliyunContainerService/terway",
		has: [][]string{{"terway"}},
	},
	{
		Name: "kube-ovn", Found: "the DaemonSet `kube-ovn-cni`",
		Enforces: "unknown: `--enable-np` of its Deployment decides, which is not read", Source: "https://github.com/kubeovn/kube-ovn",
		daemonSet: "kube-ovn-cni", has: [][]string{{"cni-server"}},
	},
	{
		Name: "nsx", Found: "a container `nsx-node-agent` in a DaemonSet",
		Enforces: "unknown: what is outside of the cluster decides", Source: "https://docs.vmware.com/en/VMware-NSX/",
		has: [][]string{{"nsx-node-agent"}},
	},
	{
		Name: "k3s", Found: "a kubelet version with `+k3s`",
		Enforces: "yes, by the kube-router in its own process, which is no pod; not where every server has `--disable-network-policy` in its annotation " +
			"`k3s.io/node-args`. Unknown where servers differ, or are no nodes",
		Source: "https://docs.k3s.io/networking/networking-services#network-policy-controller",
		nodes:  k3s,
	},
	{
		Name: "eks-auto-mode", Found: "a node label `eks.amazonaws.com/compute-type: auto`",
		Enforces: "unknown: a ConfigMap and the node classes decide, which are not read", Source: awsDocs + "auto-net-pol.html",
		nodes: eksAutoMode,
	},
	{
		Name: "aks", Found: "the node label `kubernetes.azure.com/network-policy`",
		Enforces: "no where it is `none` and the DaemonSet `azure-cns` shows that AKS provides the network; where it names an engine, that is found by its own row",
		Source:   "https://learn.microsoft.com/azure/aks/use-network-policies",
		nodes:    aks,
	},
	{
		Name: "kubenet", Found: "nothing: it is a part of the kubelet, and nothing in the API tells of it",
		Enforces: "it does not, but that is unknown: state it in the configuration", Source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#prerequisites",
	},
}

// defaultNamespaces are where the networks of the table are installed by their own instructions:
// what comes with the cluster is in kube-system.
var defaultNamespaces = []string{
	"kube-system",
	"calico-system",            // https://docs.tigera.io/calico/latest/getting-started/kubernetes/quickstart
	"cilium",                   // https://docs.cilium.io/en/stable/installation/k8s-install-openshift-okd/
	"kube-flannel",             // https://github.com/flannel-io/flannel: kube-network-policies can run in its pods
	"openshift-ovn-kubernetes", // https://docs.okd.io/latest/networking/ovn_kubernetes_network_provider/about-ovn-kubernetes.html
	"openshift-sdn",            // https://docs.okd.io/4.14/networking/openshift_sdn/about-openshift-sdn.html
	"ovn-kubernetes",           // https://ovn-kubernetes.io/installation/launching-ovn-kubernetes-on-kind/
	"nsx-system",               // https://docs.vmware.com/en/VMware-NSX/
}

// DefaultNamespaces are the namespaces in which DaemonSets are believed unless the configuration
// says otherwise.
func DefaultNamespaces() []string { return slices.Clone(defaultNamespaces) }

// signs are API groups of engines that come with an agent. Where one is served and nobody was found who enforces, there may be an agent
// that is not known here.
var signs = []string{"cilium.io", "crd.antrea.io", "crd.projectcalico.org", "projectcalico.org", "kubeovn.io", "nsx.vmware.com"}

// Images describes the images that the row's DaemonSet has, as a list of parts of their names.
func (n *Network) Images() []string { return slices.Clone(n.images) }

// Known is the table of known networks, for the documentation.
func Known() []Network { return append([]Network(nil), networks...) }
