package testcluster

import (
	"fmt"
	"os"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Config returns a copy of the administrator's access: a member of
// system:masters, whom no RBAC rule and no rate limit holds back.
func (c *Cluster) Config() *rest.Config { return rest.CopyConfig(c.admin) }

// Kubeconfig returns the path of the administrator's kubeconfig, which is
// removed at the end of the test.
func (c *Cluster) Kubeconfig() string { return c.kubeconfig }

// ConfigFor returns the access of a user who is in the given groups and in
// system:authenticated. The user has a client certificate, no impersonation is
// involved, and may do nothing beyond what RBAC grants: name a ServiceAccount
// system:serviceaccount:namespace:name, with the groups Kubernetes would add.
func (c *Cluster) ConfigFor(user string, groups ...string) *rest.Config {
	c.t.Helper()
	config, err := c.configFor(user, groups...)
	if err != nil {
		c.t.Fatalf("testcluster: make the access of %q: %v", user, err)
	}
	return config
}

// KubeconfigFor returns the path of a kubeconfig with what ConfigFor returns.
// The keys are inside the file; it is removed at the end of the test.
func (c *Cluster) KubeconfigFor(user string, groups ...string) string {
	c.t.Helper()
	path, err := c.writeKubeconfig(c.ConfigFor(user, groups...))
	if err != nil {
		c.t.Fatalf("testcluster: write the kubeconfig of %q: %v", user, err)
	}
	return path
}

func (c *Cluster) configFor(user string, groups ...string) (*rest.Config, error) {
	issued, err := c.authority.client(user, groups...)
	if err != nil {
		return nil, err
	}
	return &rest.Config{
		Host: fmt.Sprintf("https://127.0.0.1:%d", c.apiPort),
		QPS:  -1, // unlimited
		TLSClientConfig: rest.TLSClientConfig{
			CAData:   c.authority.pem(),
			CertData: issued.certificate,
			KeyData:  issued.key,
		},
	}, nil
}

func (c *Cluster) writeKubeconfig(config *rest.Config) (string, error) {
	const name = "testcluster"
	content, err := clientcmd.Write(clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{name: {
			Server:                   config.Host,
			CertificateAuthorityData: config.CAData,
		}},
		AuthInfos: map[string]*clientcmdapi.AuthInfo{name: {
			ClientCertificateData: config.CertData,
			ClientKeyData:         config.KeyData,
		}},
		Contexts:       map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: name}},
		CurrentContext: name,
	})
	if err != nil {
		return "", fmt.Errorf("encode a kubeconfig: %w", err)
	}
	file, err := os.CreateTemp(c.dir, "*.kubeconfig")
	if err != nil {
		return "", fmt.Errorf("create a kubeconfig: %w", err)
	}
	defer file.Close()
	if _, err := file.Write(content); err != nil {
		return "", fmt.Errorf("write a kubeconfig: %w", err)
	}
	return file.Name(), nil
}
