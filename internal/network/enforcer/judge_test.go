package enforcer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
)

// daemonSet makes a DaemonSet of container names.
func daemonSet(namespace, name string, containers ...string) enforcer.DaemonSet {
	d := enforcer.DaemonSet{Namespace: namespace, Name: name, HostNetwork: true}
	for _, c := range containers {
		image := "registry.example.com/" + c + ":v1"
		if c == "aws-node" {
			image = "registry.example.com/amazon-k8s-cni:v1"
		}
		d.Containers = append(d.Containers, enforcer.Container{Name: c, Image: image, NetAdmin: true})
	}
	return d
}

// powerless takes what it needs to change the network of a node from a DaemonSet.
func powerless(d enforcer.DaemonSet) enforcer.DaemonSet {
	d.Containers = slices.Clone(d.Containers)
	for i := range d.Containers {
		d.Containers[i].NetAdmin = false
	}
	return d
}

// hidden takes a DaemonSet off the host network.
func hidden(d enforcer.DaemonSet) enforcer.DaemonSet {
	d.HostNetwork = false
	return d
}

// pausing gives every container another image.
func pausing(d enforcer.DaemonSet) enforcer.DaemonSet {
	d.Containers = slices.Clone(d.Containers)
	for i := range d.Containers {
		d.Containers[i].Image = "registry.k8s.io/pause:3.10"
	}
	return d
}

// moved puts a DaemonSet into another namespace.
func moved(d enforcer.DaemonSet, namespace string) enforcer.DaemonSet {
	d.Namespace = namespace
	return d
}

// with gives the last container arguments.
func with(d enforcer.DaemonSet, args ...string) enforcer.DaemonSet {
	d.Containers = slices.Clone(d.Containers)
	d.Containers[len(d.Containers)-1].Args = args
	return d
}

// env gives the first container an environment variable.
func env(d enforcer.DaemonSet, name, value string) enforcer.DaemonSet {
	d.Containers = slices.Clone(d.Containers)
	d.Containers[0].Env = map[string]string{name: value, "PASSWORD": "secret"}
	return d
}

func kindnet(image string, args ...string) enforcer.DaemonSet {
	d := daemonSet("kube-system", "kindnet", "kindnet-cni")
	d.Containers[0].Image, d.Containers[0].Args = image, args
	return d
}

func k3s(name, args string) enforcer.Node {
	n := enforcer.Node{Name: name, KubeletVersion: "v1.34.1+k3s1", Annotations: map[string]string{"unrelated": "x"}}
	if args != "" {
		n.Annotations["k3s.io/node-args"] = args
	}
	return n
}

func labeled(name, key, value string) enforcer.Node {
	return enforcer.Node{Name: name, KubeletVersion: "v1.34.1", Labels: map[string]string{key: value, "kubernetes.io/os": "linux"}}
}

var (
	calico  = daemonSet("calico-system", "calico-node", "calico-node")
	cilium  = daemonSet("kube-system", "cilium", "cilium-agent")
	flannel = daemonSet("kube-flannel", "kube-flannel-ds", "kube-flannel")
	router  = daemonSet("kube-system", "kube-router", "kube-router")
	weave   = daemonSet("kube-system", "weave-net", "weave", "weave-npc")
	aws     = daemonSet("kube-system", "aws-node", "aws-node", "aws-eks-nodeagent")
)

type dss = []enforcer.DaemonSet

// cases are at least one for each row of the table.
var cases = []struct {
	// row is the row of the table that the case is about.
	row, name string
	facts     enforcer.Facts
	want      check.Answer
	// enforcers are those that are found.
	enforcers []string
	// note is a part of a note.
	note string
}{
	{"canal", "canal", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "canal", "calico-node", "kube-flannel")}}, check.Yes, []string{"canal"}, ""},
	{"canal", "rke2", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "rke2-canal", "kube-flannel", "calico-node")}}, check.Yes, []string{"canal"}, ""},
	{"calico", "operator", enforcer.Facts{DaemonSets: dss{calico}, Groups: []string{"crd.projectcalico.org"}}, check.Yes, []string{"calico"}, ""},
	{"calico", "microk8s", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "calico-node", "calico-node")}, Nodes: []enforcer.Node{labeled("a", "microk8s.io/cluster", "true")}}, check.Yes, []string{"calico"}, ""},
	{"gke-dataplane-v2", "GKE", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "anetd", "cilium-agent", "cilium-agent-metrics-collector")}}, check.Yes, []string{"gke-dataplane-v2"}, ""},
	{"cilium", "on", enforcer.Facts{DaemonSets: dss{with(cilium, "cilium-agent", "--config-dir=/tmp/cilium/config-map")}}, check.Yes, []string{"cilium"}, ""},
	{"cilium", "never", enforcer.Facts{DaemonSets: dss{with(cilium, "--enable-policy=never")}}, check.No, nil, "cilium: does not enforce (--enable-policy=never): DaemonSet kube-system/cilium"},
	{"cilium", "never, in two words", enforcer.Facts{DaemonSets: dss{with(cilium, "--enable-policy", "never")}}, check.No, nil, "never"},
	{"cilium", "never, by environment", enforcer.Facts{DaemonSets: dss{env(cilium, "CILIUM_ENABLE_POLICY", "never")}}, check.No, nil, "CILIUM_ENABLE_POLICY=never"},
	{"cilium", "always", enforcer.Facts{DaemonSets: dss{with(cilium, "--enable-policy=always")}}, check.Yes, []string{"cilium"}, ""},
	{"cilium", "its own policies only", enforcer.Facts{DaemonSets: dss{with(cilium, "--enable-k8s-networkpolicy=false")}}, check.Unknown, nil, "unknown whether it enforces"},
	{"antrea", "antrea", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "antrea-agent", "antrea-agent", "antrea-ovs")}}, check.Yes, []string{"antrea"}, ""},
	{"weave-net", "with its controller", enforcer.Facts{DaemonSets: dss{weave}}, check.Yes, []string{"weave-net"}, ""},
	{"weave-net", "switched off", enforcer.Facts{DaemonSets: dss{env(weave, "EXPECT_NPC", "0")}}, check.No, nil, "EXPECT_NPC=0"},
	{"weave-net", "switched on", enforcer.Facts{DaemonSets: dss{env(weave, "EXPECT_NPC", "1")}}, check.Yes, []string{"weave-net"}, ""},
	{"weave-net", "without its controller", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "weave-net", "weave")}}, check.No, nil, "weave-net: does not enforce"},
	{"kube-router", "default", enforcer.Facts{DaemonSets: dss{with(router, "--run-router=true")}}, check.Yes, []string{"kube-router"}, ""},
	{"kube-router", "firewall", enforcer.Facts{DaemonSets: dss{with(router, "--run-firewall=true", "--run-router=false")}}, check.Yes, []string{"kube-router"}, ""},
	{"kube-router", "no firewall", enforcer.Facts{DaemonSets: dss{with(router, "--run-router=true", "--run-firewall=false")}}, check.No, nil, "--run-firewall=false"},
	{"kube-router", "no firewall, in a shell", enforcer.Facts{DaemonSets: dss{with(router, "/bin/sh", "-c", `exec kube-router --run-firewall="0" --v=2`)}}, check.No, nil, "--run-firewall=false"},
	{"kube-router", "the last flag counts", enforcer.Facts{DaemonSets: dss{with(router, "--run-firewall=false", "--run-firewall")}}, check.Yes, []string{"kube-router"}, ""},
	{"kube-router", "no switch", enforcer.Facts{DaemonSets: dss{with(router, "run-firewall=false", "--run-firewall=perhaps")}}, check.Yes, []string{"kube-router"}, ""},
	{"ovn-kubernetes", "upstream", enforcer.Facts{DaemonSets: dss{daemonSet("ovn-kubernetes", "ovnkube-node", "ovn-controller", "ovnkube-node")}}, check.Yes, []string{"ovn-kubernetes"}, ""},
	{"ovn-kubernetes", "OpenShift", enforcer.Facts{DaemonSets: dss{daemonSet("openshift-ovn-kubernetes", "ovnkube-node", "ovn-controller", "nbdb", "ovnkube-controller")}}, check.Yes, []string{"ovn-kubernetes"}, ""},
	{"kube-network-policies", "alone", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "kube-network-policies", "kube-network-policies")}}, check.Yes, []string{"kube-network-policies"}, ""},
	{"kube-network-policies", "in flannel", enforcer.Facts{DaemonSets: dss{daemonSet("kube-flannel", "kube-flannel-ds", "kube-flannel", "kube-network-policies")}}, check.Yes, []string{"kube-network-policies"}, "flannel: does not enforce"},
	{"romana", "romana", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "romana-agent", "romana-agent")}}, check.Yes, []string{"romana"}, ""},
	{"azure-npm", "azure-npm", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "azure-npm", "azure-npm")}}, check.Yes, []string{"azure-npm"}, ""},
	{"aws-vpc-cni", "off", enforcer.Facts{DaemonSets: dss{with(aws, "--enable-ipv6=false", "--enable-network-policy=false")}}, check.No, nil, "aws-vpc-cni: does not enforce"},
	{"aws-vpc-cni", "on", enforcer.Facts{DaemonSets: dss{with(aws, "--enable-ipv6=false", "--enable-network-policy=true")}}, check.Yes, []string{"aws-vpc-cni"}, ""},
	{"aws-vpc-cni", "on, bare", enforcer.Facts{DaemonSets: dss{with(aws, "--enable-network-policy", "--enable-ipv6=false")}}, check.Yes, []string{"aws-vpc-cni"}, ""},
	{"aws-vpc-cni", "on, as its chart calls the agent", enforcer.Facts{DaemonSets: dss{with(daemonSet("kube-system", "aws-node", "aws-node", "aws-network-policy-agent"), "--enable-network-policy=true")}}, check.Yes, []string{"aws-vpc-cni"}, ""},
	{"aws-vpc-cni", "the mode switches nothing on", enforcer.Facts{DaemonSets: dss{env(with(aws, "--enable-network-policy=false"), "NETWORK_POLICY_ENFORCING_MODE", "strict")}}, check.No, nil, ""},
	{"aws-vpc-cni", "before it had an agent", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "aws-node", "aws-node")}}, check.No, nil, ""},
	{"aws-vpc-cni", "a flag of somebody else", enforcer.Facts{DaemonSets: dss{with(daemonSet("kube-system", "aws-node", "aws-node", "sidecar"), "--enable-network-policy=true")}}, check.No, nil, ""},
	{"kindnet", "kind v0.23", enforcer.Facts{DaemonSets: dss{kindnet("docker.io/kindest/kindnetd:v20240513-cd2ac642")}}, check.No, nil, "kindnet: does not enforce (image docker.io/kindest/kindnetd:v20240513-cd2ac642)"},
	{"kindnet", "kind v0.24", enforcer.Facts{DaemonSets: dss{kindnet("docker.io/kindest/kindnetd:v20240813-c6f155d6")}}, check.Yes, []string{"kindnet"}, ""},
	{"kindnet", "kind later, by a mirror and with a digest", enforcer.Facts{DaemonSets: dss{kindnet("localhost:5000/mirror/kindnetd:v20250512-df8de77b@sha256:abc")}}, check.Yes, []string{"kindnet"}, ""},
	{"kindnet", "between the two", enforcer.Facts{DaemonSets: dss{kindnet("kindest/kindnetd:v20240730-75a5af0c")}}, check.Unknown, nil, "unknown"},
	{"kindnet", "without a tag", enforcer.Facts{DaemonSets: dss{kindnet("localhost:5000/kindest/kindnetd@sha256:abc")}}, check.Unknown, nil, "unknown"},
	{"kindnet", "a tag of one's own", enforcer.Facts{DaemonSets: dss{kindnet("kindest/kindnetd:latest")}}, check.Unknown, nil, "unknown"},
	{"kindnet", "an image of one's own", enforcer.Facts{DaemonSets: dss{kindnet("example.com/net:v20250101-a")}}, check.Unknown, nil, "unknown"},
	{"kindnet", "its own release", enforcer.Facts{DaemonSets: dss{kindnet("example.com/aojea/kindnetd:v1.3.0")}}, check.Yes, []string{"kindnet"}, ""},
	{"kindnet", "its own release, before", enforcer.Facts{DaemonSets: dss{kindnet("example.com/aojea/kindnetd:v1.2.9")}}, check.No, nil, ""},
	{"kindnet", "its own release, two digits", enforcer.Facts{DaemonSets: dss{kindnet("example.com/aojea/kindnetd:1.10.0-rc1")}}, check.Yes, []string{"kindnet"}, ""},
	{"kindnet", "its own release, strange", enforcer.Facts{DaemonSets: dss{kindnet("example.com/aojea/kindnetd:v1.x")}}, check.Unknown, nil, ""},
	{"kindnet", "its own release, switched off", enforcer.Facts{DaemonSets: dss{kindnet("example.com/aojea/kindnetd:v1.8.0", "/bin/kindnetd", "-network-policy=false")}}, check.No, nil, "--network-policy=false"},
	{"flannel", "flannel", enforcer.Facts{DaemonSets: dss{flannel}}, check.No, nil, "flannel: does not enforce: DaemonSet kube-flannel/kube-flannel-ds: container kube-flannel"},
	{"openshift-sdn", "its mode is not read", enforcer.Facts{DaemonSets: dss{daemonSet("openshift-sdn", "sdn", "sdn", "kube-rbac-proxy")}}, check.Unknown, nil, "openshift-sdn"},
	{"openshift-sdn", "somewhere else", enforcer.Facts{DaemonSets: dss{daemonSet("apps", "sdn", "sdn")}}, check.Unknown, nil, "no network that is known"},
	{"terway", "its configuration is not read", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "terway-eniip", "terway", "policy")}}, check.Unknown, nil, "terway"},
	{"kube-ovn", "its Deployment is not read", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "kube-ovn-cni", "cni-server")}}, check.Unknown, nil, "kube-ovn"},
	{"nsx", "outside of the cluster", enforcer.Facts{DaemonSets: dss{daemonSet("nsx-system", "nsx-node-agent", "nsx-node-agent")}}, check.Unknown, nil, "nsx"},
	{"k3s", "default", enforcer.Facts{Nodes: []enforcer.Node{k3s("a", `["server"]`), k3s("b", `["agent"]`)}}, check.Yes, []string{"k3s"}, ""},
	{"k3s", "without flannel", enforcer.Facts{Nodes: []enforcer.Node{k3s("a", `["server","--flannel-backend","none"]`)}}, check.Yes, []string{"k3s"}, ""},
	{"k3s", "off", enforcer.Facts{Nodes: []enforcer.Node{k3s("a", `["server","--disable-network-policy","--disable","traefik"]`)}}, check.No, nil, "k3s: does not enforce (--disable-network-policy): node a"},
	{"k3s", "off by its configuration file", enforcer.Facts{Nodes: []enforcer.Node{k3s("a", `["server","--disable-network-policy","true"]`)}}, check.No, nil, ""},
	{"k3s", "off, at the end", enforcer.Facts{Nodes: []enforcer.Node{k3s("a", `["server","--disable","traefik","--disable-network-policy"]`)}}, check.No, nil, ""},
	{"k3s", "not off", enforcer.Facts{Nodes: []enforcer.Node{k3s("a", `["server","--disable-network-policy","false"]`)}}, check.Yes, []string{"k3s"}, ""},
	{"k3s", "servers differ", enforcer.Facts{Nodes: []enforcer.Node{k3s("a", `["server"]`), k3s("b", `["server","--disable-network-policy=true"]`)}}, check.Unknown, nil, "the server b has --disable-network-policy, the server a has not"},
	{"k3s", "no server to be seen", enforcer.Facts{Nodes: []enforcer.Node{k3s("b", `["agent","--node-name","server"]`)}}, check.Unknown, nil, "no server of k3s is a node"},
	{"k3s", "no annotation", enforcer.Facts{Nodes: []enforcer.Node{k3s("b", "")}}, check.Unknown, nil, "kubelet v1.34.1+k3s1"},
	{"k3s", "an annotation that is none", enforcer.Facts{Nodes: []enforcer.Node{k3s("b", `server`)}}, check.Unknown, nil, ""},
	{"k3s", "off, and Cilium instead", enforcer.Facts{DaemonSets: dss{cilium}, Nodes: []enforcer.Node{k3s("a", `["server","--disable-network-policy"]`)}}, check.Yes, []string{"cilium"}, "k3s: does not enforce"},
	{"eks-auto-mode", "alone", enforcer.Facts{Nodes: []enforcer.Node{labeled("a", "eks.amazonaws.com/compute-type", "auto")}}, check.Unknown, nil, "eks-auto-mode"},
	{"eks-auto-mode", "next to other nodes", enforcer.Facts{DaemonSets: dss{aws}, Nodes: []enforcer.Node{labeled("a", "eks.amazonaws.com/compute-type", "auto")}}, check.Unknown, nil, "aws-vpc-cni"},
	{"eks-auto-mode", "Fargate is something else", enforcer.Facts{DaemonSets: dss{aws}, Nodes: []enforcer.Node{labeled("a", "eks.amazonaws.com/compute-type", "fargate")}}, check.No, nil, ""},
	{"aks", "none", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "azure-cns", "cns-container")}, Nodes: []enforcer.Node{labeled("a", "kubernetes.azure.com/network-policy", "none")}}, check.No, nil, "aks: does not enforce: node a: label kubernetes.azure.com/network-policy=none"},
	{"aks", "none, and a network of one's own", enforcer.Facts{Nodes: []enforcer.Node{labeled("a", "kubernetes.azure.com/network-policy", "none")}}, check.Unknown, nil, "no network that is known was found"},
	{"aks", "calico, which is there", enforcer.Facts{DaemonSets: dss{calico}, Nodes: []enforcer.Node{labeled("a", "kubernetes.azure.com/network-policy", "calico")}}, check.Yes, []string{"calico"}, ""},
	{"aks", "calico, which is not there", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "azure-cns", "cns-container")}, Nodes: []enforcer.Node{labeled("a", "kubernetes.azure.com/network-policy", "calico")}}, check.Unknown, nil, "network-policy=calico"},
	{"kubenet", "nothing tells of it", enforcer.Facts{Nodes: []enforcer.Node{{Name: "a", KubeletVersion: "v1.23.0"}}}, check.Unknown, nil, "state the enforcer in the configuration"},
	{"", "nothing at all", enforcer.Facts{}, check.Unknown, nil, "no network that is known was found"},
	{"", "a name alone is nothing", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "cilium", "logs"), daemonSet("apps", "calico-node", "web")}}, check.Unknown, nil, ""},
	{"", "two enforce", enforcer.Facts{DaemonSets: dss{cilium, calico, aws}}, check.Yes, []string{"calico", "cilium"}, "aws-vpc-cni"},
	{"", "one enforces and one is unknown", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "terway", "terway"), calico}}, check.Yes, []string{"calico"}, "terway"},
	{"", "one does not and one is unknown", enforcer.Facts{DaemonSets: dss{daemonSet("kube-system", "terway", "terway"), flannel}}, check.Unknown, nil, "flannel"},
	{"", "one does not, and signs of another", enforcer.Facts{DaemonSets: dss{flannel}, Groups: []string{"apps", "crd.projectcalico.org"}}, check.Unknown, nil, "the API group crd.projectcalico.org is served"},
	{"", "one does not, and groups of nobody", enforcer.Facts{DaemonSets: dss{flannel}, Groups: []string{"apps", "policy.networking.k8s.io", "networking.k8s.aws"}}, check.No, nil, ""},
	{"", "stated", enforcer.Facts{DaemonSets: dss{flannel}, Stated: "house-cni"}, check.Yes, []string{"house-cni"}, ""},
	{"", "stated none", enforcer.Facts{DaemonSets: dss{calico}, Stated: " None "}, check.No, nil, "stated in the configuration"},
	{"calico", "in a tenant's namespace", enforcer.Facts{DaemonSets: dss{moved(calico, "tenant"), flannel}}, check.Unknown, nil, "calico: unknown whether it enforces (the namespace tenant is not in network.enforcer_namespaces)"},
	{"calico", "in a tenant's namespace, beside the real one", enforcer.Facts{DaemonSets: dss{moved(calico, "tenant"), calico}}, check.Yes, []string{"calico"}, "tenant"},
	{"calico", "only called so, in a tenant's namespace", enforcer.Facts{DaemonSets: dss{pausing(moved(calico, "tenant")), flannel}}, check.No, nil, "calico: not believed (no container has an image of calico, and the namespace tenant is not in network.enforcer_namespaces)"},
	{"calico", "off the host network, in a tenant's namespace", enforcer.Facts{DaemonSets: dss{hidden(moved(calico, "tenant")), flannel}}, check.No, nil, "not on the host network"},
	{"calico", "without privileges, in a tenant's namespace", enforcer.Facts{DaemonSets: dss{powerless(moved(calico, "tenant")), flannel}}, check.No, nil, "its containers may not change the network"},
	{"calico", "without privileges, alone", enforcer.Facts{DaemonSets: dss{powerless(moved(calico, "tenant"))}}, check.Unknown, nil, "no network that is known was found"},
	{"calico", "without privileges, where it is believed", enforcer.Facts{DaemonSets: dss{powerless(calico), flannel}}, check.Unknown, nil, "its containers may not change the network"},
	{"calico", "another image, where it is believed", enforcer.Facts{DaemonSets: dss{pausing(calico)}}, check.Unknown, nil, "no container has an image of calico"},
	{"cilium", "only called so", enforcer.Facts{DaemonSets: dss{pausing(moved(cilium, "tenant")), flannel}}, check.No, nil, "cilium: not believed"},
	{"kube-router", "only called so", enforcer.Facts{DaemonSets: dss{hidden(moved(router, "tenant")), flannel}}, check.No, nil, "kube-router: not believed"},
	{"aws-vpc-cni", "only called so, with an agent that is on", enforcer.Facts{DaemonSets: dss{hidden(moved(with(aws, "--enable-network-policy=true"), "tenant")), flannel}}, check.No, nil, "aws-vpc-cni: not believed"},
	{"azure-npm", "only called so", enforcer.Facts{DaemonSets: dss{hidden(daemonSet("tenant", "azure-npm", "azure-npm")), flannel}}, check.No, nil, "azure-npm: not believed"},
	{"gke-dataplane-v2", "only called so", enforcer.Facts{DaemonSets: dss{hidden(daemonSet("tenant", "anetd", "cilium-agent")), flannel}}, check.No, nil, "gke-dataplane-v2: not believed"},
	{"flannel", "only called so cannot deny what is there", enforcer.Facts{DaemonSets: dss{hidden(moved(flannel, "tenant"))}}, check.Unknown, nil, "flannel: not believed"},
	{"flannel", "elsewhere cannot say no for certain", enforcer.Facts{DaemonSets: dss{moved(flannel, "tenant")}}, check.Unknown, nil, "flannel: unknown whether it enforces"},
	{"flannel", "without privileges, where it is believed", enforcer.Facts{DaemonSets: dss{powerless(hidden(flannel))}}, check.No, nil, "flannel: does not enforce"},
	{"terway", "only called so cannot hide that none enforces", enforcer.Facts{DaemonSets: dss{hidden(daemonSet("tenant", "terway", "terway")), flannel}}, check.No, nil, "terway: not believed"},
	{"", "idle", enforcer.Facts{DaemonSets: dss{{Namespace: "a", Name: "b", Idle: true, Containers: calico.Containers}, flannel}}, check.No, nil, ""},
}

func TestCases(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	for _, tt := range cases {
		rows[tt.row] = true
		tt.facts.Trusted = enforcer.DefaultNamespaces()
		got := enforcer.Judge(&tt.facts)
		var names []string
		for _, e := range got.Enforcers {
			names = append(names, e.Name)
			if e.Evidence == "" {
				t.Errorf("%s: %s: %s without evidence", tt.row, tt.name, e.Name)
			}
		}
		if got.Enforced != tt.want {
			t.Errorf("%s: %s: enforced %d, want %d: %+v", tt.row, tt.name, got.Enforced, tt.want, got)
		}
		if diff := cmp.Diff(tt.enforcers, names); diff != "" {
			t.Errorf("%s: %s: -want +got:\n%s", tt.row, tt.name, diff)
		}
		if !strings.Contains(strings.Join(got.Notes, "\n"), tt.note) {
			t.Errorf("%s: %s: no note has %q: %q", tt.row, tt.name, tt.note, got.Notes)
		}
		if got.Enforced != check.Yes && len(got.Notes) == 0 {
			t.Errorf("%s: %s: nobody learns why", tt.row, tt.name)
		}
	}
	for _, n := range enforcer.Known() {
		if !rows[n.Name] {
			t.Errorf("no case for the row %s", n.Name)
		}
		if n.Found == "" || n.Enforces == "" || !strings.HasPrefix(n.Source, "https://") {
			t.Errorf("the row %s is not complete: %+v", n.Name, n)
		}
	}
}

// TestTrusted: which namespaces are believed is for the caller to say.
func TestTrusted(t *testing.T) {
	t.Parallel()
	for namespace, want := range map[string]check.Answer{"our-cni": check.Yes, "kube-system": check.Unknown, "": check.Unknown} {
		f := enforcer.Facts{DaemonSets: dss{moved(calico, "our-cni")}, Trusted: []string{namespace}}
		if got := enforcer.Judge(&f); got.Enforced != want {
			t.Errorf("believed in %q: %d, want %d", namespace, got.Enforced, want)
		}
	}
}

// TestManyImpostors: a tenant that makes any number of DaemonSets does not fill the log.
func TestManyImpostors(t *testing.T) {
	t.Parallel()
	f := enforcer.Facts{DaemonSets: dss{flannel}, Trusted: enforcer.DefaultNamespaces()}
	for i := range 1000 {
		f.DaemonSets = append(f.DaemonSets, hidden(daemonSet("tenant", fmt.Sprint("fake-", i), "calico-node")))
	}
	got := enforcer.Judge(&f)
	if got.Enforced != check.No || len(got.Notes) > 7 || !slices.Contains(got.Notes, "and 995 more DaemonSets that are not believed") {
		t.Errorf("%d, %d notes: %q", got.Enforced, len(got.Notes), got.Notes[:min(8, len(got.Notes))])
	}
}
