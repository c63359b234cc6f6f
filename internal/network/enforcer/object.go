package enforcer

import "github.com/kube-posture/kube-posture-exporter/internal/model"

// Object is a projected DaemonSet. It is not changed once it is made.
type Object struct {
	model.Namespaced
	UID model.UID
	// DaemonSet is reduced; its zero value when nothing is told from it.
	DaemonSet DaemonSet
	// Tells says that something is.
	Tells bool
}
