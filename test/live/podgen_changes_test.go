package live_test

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kube-posture/kube-posture-exporter/test/history"
)

func podChanges() []func(*podGenerator, *corev1.Pod) {
	return []func(*podGenerator, *corev1.Pod){
		changeHostNamespaces, changeHostUsers, changePodUser, changePodProfiles, changeSysctls, changeAnnotations, changeVolumes,
	}
}

func containerChanges() []func(*podGenerator, *corev1.Pod, *corev1.Container) {
	return []func(*podGenerator, *corev1.Pod, *corev1.Container){
		changePrivilege, changeCapabilities, changeUser, changeProfiles, changeProcMount, changePorts, changeProbe, changeLifecycle,
	}
}

func contextOf(p *corev1.Pod) *corev1.PodSecurityContext {
	if p.Spec.SecurityContext == nil {
		p.Spec.SecurityContext = new(corev1.PodSecurityContext)
	}
	return p.Spec.SecurityContext
}

func contextIn(c *corev1.Container) *corev1.SecurityContext {
	if c.SecurityContext == nil {
		c.SecurityContext = new(corev1.SecurityContext)
	}
	return c.SecurityContext
}

func changeHostNamespaces(g *podGenerator, p *corev1.Pod) {
	p.Spec.HostNetwork, p.Spec.HostPID, p.Spec.HostIPC = g.one(4), g.one(4), g.one(4)
	if !p.Spec.HostPID && g.one(4) {
		p.Spec.ShareProcessNamespace = new(true)
	}
}

func changeHostUsers(g *podGenerator, p *corev1.Pod) { p.Spec.HostUsers = g.maybe() }

func changePodUser(g *podGenerator, p *corev1.Pod) {
	c := contextOf(p)
	c.RunAsNonRoot, c.RunAsUser = g.maybe(), g.user()
	if g.one(3) {
		c.RunAsGroup, c.FSGroup, c.SupplementalGroups = new(int64(0)), new(int64(0)), []int64{0, 1}
		c.SupplementalGroupsPolicy = new(corev1.SupplementalGroupsPolicyStrict)
	}
}

func changePodProfiles(g *podGenerator, p *corev1.Pod) {
	c := contextOf(p)
	switch g.rng.IntN(3) {
	case 0:
		c.SeccompProfile = g.seccomp()
	case 1:
		c.AppArmorProfile = g.appArmor()
	default:
		c.SELinuxOptions = g.seLinux()
	}
}

func changeSysctls(g *podGenerator, p *corev1.Pod) {
	name := pick(g, "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies",
		"net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout",
		"net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
		"net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat", "net.core.somaxconn", "kernel.msgmax", "net/ipv4/tcp_syncookies")
	contextOf(p).Sysctls = []corev1.Sysctl{{Name: name, Value: "1"}}
}

// changeAnnotations sets the annotations by which profiles were chosen before there were fields. The API server copies some of them
// to the fields, and looks at some of them still.
func changeAnnotations(g *podGenerator, p *corev1.Pod) {
	container := g.container(p).Name
	switch g.rng.IntN(3) {
	case 0:
		p.Annotations["container.apparmor.security.beta.kubernetes.io/"+container] = pick(g, "runtime/default", "localhost/app", "unconfined")
	case 1:
		p.Annotations["container.apparmor.security.beta.kubernetes.io/nobody"] = pick(g, "", "runtime/default", "unconfined")
	default:
		p.Annotations["seccomp.security.alpha.kubernetes.io/pod"] = pick(g, "runtime/default", "unconfined")
		p.Annotations["container.seccomp.security.alpha.kubernetes.io/"+container] = pick(g, "docker/default", "unconfined")
	}
}

// changeVolumes adds a volume of any type there is.
func changeVolumes(g *podGenerator, p *corev1.Pod) {
	claim := corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
	}
	local := &corev1.LocalObjectReference{Name: "secret"}
	source := pick(g,
		corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/var/log"}},
		corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/", Type: new(corev1.HostPathDirectory)}},
		corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory}},
		corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "secret"}},
		corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: *local}},
		corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{}},
		corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
			{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token", ExpirationSeconds: new(int64(3600))}},
		}}},
		corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "claim"}},
		corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{VolumeClaimTemplate: &corev1.PersistentVolumeClaimTemplate{Spec: claim}}},
		corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{Driver: "secrets-store.csi.example"}},
		corev1.VolumeSource{Image: &corev1.ImageVolumeSource{Reference: history.Image, PullPolicy: corev1.PullIfNotPresent}},
		corev1.VolumeSource{NFS: &corev1.NFSVolumeSource{Server: "nfs.example", Path: "/"}},
		corev1.VolumeSource{GCEPersistentDisk: &corev1.GCEPersistentDiskVolumeSource{PDName: "disk"}},
		corev1.VolumeSource{AWSElasticBlockStore: &corev1.AWSElasticBlockStoreVolumeSource{VolumeID: "vol-1"}},
		corev1.VolumeSource{ISCSI: &corev1.ISCSIVolumeSource{TargetPortal: "10.0.0.1", IQN: "iqn.2001-04.com.example:storage", Lun: 1}},
		corev1.VolumeSource{Glusterfs: &corev1.GlusterfsVolumeSource{EndpointsName: "gluster", Path: "volume"}},
		corev1.VolumeSource{RBD: &corev1.RBDVolumeSource{CephMonitors: []string{"10.0.0.1"}, RBDImage: "image"}},
		corev1.VolumeSource{FlexVolume: &corev1.FlexVolumeSource{Driver: "example/driver"}},
		corev1.VolumeSource{Cinder: &corev1.CinderVolumeSource{VolumeID: "vol-1"}},
		corev1.VolumeSource{CephFS: &corev1.CephFSVolumeSource{Monitors: []string{"10.0.0.1"}}},
		corev1.VolumeSource{Flocker: &corev1.FlockerVolumeSource{DatasetName: "data"}},
		corev1.VolumeSource{FC: &corev1.FCVolumeSource{TargetWWNs: []string{"50060e801049cfd1"}, Lun: new(int32(0))}},
		corev1.VolumeSource{AzureFile: &corev1.AzureFileVolumeSource{SecretName: "secret", ShareName: "share"}},
		corev1.VolumeSource{VsphereVolume: &corev1.VsphereVirtualDiskVolumeSource{VolumePath: "[store] disk.vmdk"}},
		corev1.VolumeSource{Quobyte: &corev1.QuobyteVolumeSource{Registry: "10.0.0.1:7861", Volume: "volume"}},
		corev1.VolumeSource{AzureDisk: &corev1.AzureDiskVolumeSource{DiskName: "disk", DataDiskURI: "https://blob.example/disk.vhd",
			CachingMode: new(corev1.AzureDataDiskCachingNone), Kind: new(corev1.AzureSharedBlobDisk)}},
		corev1.VolumeSource{PortworxVolume: &corev1.PortworxVolumeSource{VolumeID: "vol-1"}},
		corev1.VolumeSource{PhotonPersistentDisk: &corev1.PhotonPersistentDiskVolumeSource{PdID: "disk"}},
		corev1.VolumeSource{ScaleIO: &corev1.ScaleIOVolumeSource{Gateway: "https://io.example", System: "io", VolumeName: "volume", SecretRef: local}},
		corev1.VolumeSource{StorageOS: &corev1.StorageOSVolumeSource{VolumeName: "volume"}},
		corev1.VolumeSource{GitRepo: &corev1.GitRepoVolumeSource{Repository: "https://git.example/repo"}},
	)
	p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: fmt.Sprintf("volume-%d", len(p.Spec.Volumes)), VolumeSource: source})
}

func changePrivilege(g *podGenerator, _ *corev1.Pod, c *corev1.Container) {
	s := contextIn(c)
	s.AllowPrivilegeEscalation, s.ReadOnlyRootFilesystem = g.maybe(), g.maybe()
	if g.one(3) {
		s.Privileged = g.maybe()
	}
}

func changeCapabilities(g *podGenerator, _ *corev1.Pod, c *corev1.Container) {
	capability := func() corev1.Capability {
		return pick[corev1.Capability](g, "NET_BIND_SERVICE", "CHOWN", "SETUID", "NET_RAW", "SYS_ADMIN", "ALL", "all", "CAP_NET_BIND_SERVICE")
	}
	set := new(corev1.Capabilities)
	for range g.rng.IntN(3) {
		set.Add = append(set.Add, capability())
	}
	for range g.rng.IntN(3) {
		set.Drop = append(set.Drop, pick(g, "ALL", capability()))
	}
	contextIn(c).Capabilities = set
}

func changeUser(g *podGenerator, _ *corev1.Pod, c *corev1.Container) {
	s := contextIn(c)
	s.RunAsNonRoot, s.RunAsUser = g.maybe(), g.user()
	if g.one(4) {
		s.RunAsGroup = new(int64(0))
	}
}

func changeProfiles(g *podGenerator, _ *corev1.Pod, c *corev1.Container) {
	s := contextIn(c)
	switch g.rng.IntN(3) {
	case 0:
		s.SeccompProfile = g.seccomp()
	case 1:
		s.AppArmorProfile = g.appArmor()
	default:
		s.SELinuxOptions = g.seLinux()
	}
}

// changeProcMount: an unmasked /proc is allowed in a user namespace only.
func changeProcMount(g *podGenerator, p *corev1.Pod, c *corev1.Container) {
	contextIn(c).ProcMount = pick(g, new(corev1.DefaultProcMount), new(corev1.UnmaskedProcMount))
	if g.one(2) {
		p.Spec.HostUsers = new(bool)
	}
}

func changePorts(g *podGenerator, _ *corev1.Pod, c *corev1.Container) {
	port := corev1.ContainerPort{ContainerPort: int32(1024 + g.rng.IntN(60000)), Protocol: pick(g, corev1.ProtocolTCP, corev1.ProtocolUDP)}
	if g.one(2) {
		port.HostPort = port.ContainerPort
	}
	c.Ports = append(c.Ports, port)
}

// handler is an action that may name another host than the pod.
func (g *podGenerator) handler() corev1.ProbeHandler {
	host := pick(g, "", "127.0.0.1", "169.254.169.254", "host.example")
	return pick(g,
		corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/", Port: intstr.FromInt32(80), Host: host}},
		corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(80), Host: host}},
		corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"true"}}},
		corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: 80}},
	)
}

func changeProbe(g *podGenerator, _ *corev1.Pod, c *corev1.Container) {
	probe := &corev1.Probe{ProbeHandler: g.handler()}
	switch g.rng.IntN(3) {
	case 0:
		c.LivenessProbe = probe
	case 1:
		c.ReadinessProbe = probe
	default:
		c.StartupProbe = probe
	}
}

func changeLifecycle(g *podGenerator, _ *corev1.Pod, c *corev1.Container) {
	h := g.handler()
	action := &corev1.LifecycleHandler{Exec: h.Exec, HTTPGet: h.HTTPGet, TCPSocket: h.TCPSocket}
	if h.GRPC != nil {
		action.Sleep = &corev1.SleepAction{Seconds: 1}
	}
	c.Lifecycle = new(corev1.Lifecycle)
	if g.one(2) {
		c.Lifecycle.PostStart = action
	} else {
		c.Lifecycle.PreStop = action
	}
}
