// There is no Go here. This keeps what npm installs, some of which is Go, out of the module around it.
module github.com/kube-posture/kube-posture-exporter/test/preview

go 1.26.0
