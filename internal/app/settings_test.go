package app

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/config"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
)

// TestKnownKinds: an exemption may name what findings are on.
func TestKnownKinds(t *testing.T) {
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	known := Known(set).Kinds
	for _, kind := range []string{
		"Pod", "Deployment", "StatefulSet", "CronJob", "ReplicationController", "Namespace", "ServiceAccount", "Role", "ClusterRole",
		"RoleBinding", "ClusterRoleBinding", "User", "Group", "NetworkPolicy", "CiliumNetworkPolicy", "GlobalNetworkPolicy", "AdminNetworkPolicy",
	} {
		if !slices.Contains(known, kind) {
			t.Errorf("%s is not known", kind)
		}
	}
}

// TestEnforcerNamespaces: the configuration's default is the table's.
func TestEnforcerNamespaces(t *testing.T) {
	if diff := cmp.Diff(enforcer.DefaultNamespaces(), config.Default().Network.EnforcerNamespaces); diff != "" {
		t.Errorf("-table +configuration:\n%s", diff)
	}
	c := config.Default()
	c.Network = config.Network{Enforcer: "cilium", EnforcerNamespaces: []string{"our-network"}}
	if o := translate(c); o.Enforcer != "cilium" || !slices.Equal(o.EnforcerNamespaces, c.Network.EnforcerNamespaces) {
		t.Errorf("%q, %q", o.Enforcer, o.EnforcerNamespaces)
	}
}
