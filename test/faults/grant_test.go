package faults

import (
	"context"
	"math/rand/v2"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// revoke takes the permission for some kinds, and gives it back. Watches that are open go on, until they are cut.
func (s *session) revoke(ctx context.Context, rng *rand.Rand, kinds ...model.Kind) {
	s.grant(kinds)
	for _, w := range s.watched {
		if rng.IntN(3) > 0 {
			w.replica.network.cut()
		}
	}
	wait(ctx, time.Duration(2000+rng.IntN(8000))*time.Millisecond, nil)
	s.grant(nil)
}

// grant lets the exporters list and watch what they do, but some kinds.
func (s *session) grant(but []model.Kind) {
	roles := s.cluster.Client().RbacV1().ClusterRoles()
	without := make(map[model.Kind]bool)
	for _, k := range but {
		without[k] = true
	}
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "exporter"}}
	for _, k := range informers.Table() {
		if !without[k.Kind] {
			role.Rules = append(role.Rules, rbacv1.PolicyRule{Verbs: []string{"list", "watch"}, APIGroups: []string{k.Group}, Resources: []string{k.Plural()}})
		}
	}
	_, err := roles.Update(context.Background(), role, metav1.UpdateOptions{}) // which also creates it
	s.check(err)
}

// bind gives the exporters the role.
func (s *session) bind() {
	_, err := s.cluster.Client().RbacV1().ClusterRoleBindings().Create(context.Background(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "exporter"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "exporter"},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: "exporter"}},
	}, metav1.CreateOptions{})
	s.check(err)
}

func (s *session) check(err error) {
	if err != nil {
		s.t.Errorf("a fault could not be made: %v", err)
	}
}
