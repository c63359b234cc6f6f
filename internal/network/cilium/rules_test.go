package cilium

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// ruleCases are single rules of a policy in the namespace front, and what remains of them: nothing for a rule that matches nobody.
var ruleCases = map[string]struct {
	ingress, ingressDeny, egress, egressDeny string
	want                                     string
}{
	"endpoints of the own namespace":    {ingress: "{fromEndpoints: [{}]}", want: "- allow pods [web api]"},
	"endpoints with empty matchLabels":  {egress: "{toEndpoints: [{matchLabels: {}}]}", want: "- allow pods [web api]"},
	"endpoints by label":                {ingress: "{fromEndpoints: [{matchLabels: {tier: '1'}}]}", want: "- allow pods [api]"},
	"endpoints of another namespace":    {egress: "{toEndpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': back, tier: '1'}}]}", want: "- allow pods [db]"},
	"endpoints of all namespaces":       {ingress: "{fromEndpoints: [{matchExpressions: [{key: 'k8s:io.kubernetes.pod.namespace', operator: Exists}]}]}", want: "- allow pods [web api db bare]"},
	"endpoints by namespace labels":     {ingress: "{fromEndpoints: [{matchLabels: {'k8s:io.cilium.k8s.namespace.labels.team': blue}}]}", want: "- allow pods [db]"},
	"endpoints by ServiceAccount":       {ingress: "{fromEndpoints: [{matchLabels: {io.cilium.k8s.policy.serviceaccount: api}}]}", want: "- allow pods [api]"},
	"two selectors":                     {ingress: "{fromEndpoints: [{matchLabels: {app: web}}, {matchLabels: {app: api}}]}", want: "- allow pods [web api]"},
	"namespaces but one":                {ingress: "{fromEndpoints: [{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: NotIn, values: [front]}]}]}", want: "- allow pods [db bare] some outside"},
	"no namespace":                      {ingress: "{fromEndpoints: [{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: DoesNotExist}]}]}", want: "- allow some outside"},
	"the world as an endpoint":          {egress: "{toEndpoints: [{matchLabels: {'reserved:world': ''}}]}", want: "- allow some outside"},
	"the world with a value":            {egress: "{toEndpoints: [{matchLabels: {'reserved:world': x}}]}", want: ""},
	"all but the world with a value":    {egress: "{toEndpoints: [{matchExpressions: [{key: 'reserved:world', operator: NotIn, values: [x]}]}]}", want: "- allow pods [web api db bare] all outside"},
	"hosts as endpoints":                {ingress: "{fromEndpoints: [{matchLabels: {'reserved:host': ''}}]}", want: ""},
	"all but hosts":                     {ingress: "{fromEndpoints: [{matchExpressions: [{key: 'reserved:host', operator: DoesNotExist}]}]}", want: "- allow pods [web api db bare] all outside"},
	"no endpoints":                      {ingress: "{fromEndpoints: []}", want: ""},
	"no endpoints on ports":             {ingress: "{fromEndpoints: [], toPorts: [{ports: [{port: '80'}]}]}", want: ""},
	"endpoints null":                    {ingress: "{fromEndpoints: null, toPorts: [{ports: [{port: '80'}]}]}", want: "- allow everyone on some ports"},
	"cluster named":                     {ingress: "{fromEndpoints: [{matchLabels: {app: web, io.cilium.k8s.policy.cluster: east}}]}", want: "- allow unclear"},
	"label that Cilium ignores":         {ingress: "{fromEndpoints: [{matchLabels: {app: api}}, {matchLabels: {pod-template-hash: abc}}]}", want: "- allow pods [api] unclear"},
	"label of another source":           {ingress: "{fromEndpoints: [{matchLabels: {'container:app': api}}]}", want: "- allow unclear"},
	"only ports":                        {ingress: "{toPorts: [{ports: [{port: '80', protocol: TCP}]}]}", want: "- allow everyone on some ports"},
	"only ports, denied":                {egressDeny: "{toPorts: [{ports: [{port: '80'}]}]}", want: "- deny everyone on some ports"},
	"all ports":                         {ingress: "{toPorts: [{ports: [{port: '0', protocol: ANY}]}]}", want: "- allow everyone"},
	"all ports as a range":              {ingress: "{toPorts: [{ports: [{port: '1', endPort: 65535}]}]}", want: "- allow everyone"},
	"all ports of one protocol":         {ingress: "{toPorts: [{ports: [{port: '0', protocol: TCP}]}]}", want: "- allow everyone on some ports"},
	"all ports, denied, but ICMP":       {ingressDeny: "{toPorts: [{ports: [{port: '0', protocol: ANY}]}]}", want: "- deny everyone on some ports"},
	"ports empty":                       {ingress: "{fromEndpoints: [{}], toPorts: []}", want: "- allow pods [web api]"},
	"ports without any":                 {ingress: "{fromEndpoints: [{}], toPorts: [{}]}", want: ""},
	"ports with an empty list":          {ingress: "{fromEndpoints: [{}], toPorts: [{ports: []}]}", want: ""},
	"ports and requests":                {ingress: "{fromEndpoints: [{}], toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{method: GET}]}}]}", want: "- allow pods [web api] on some ports"},
	"all ports with a server name":      {egress: "{toEntities: [world], toPorts: [{ports: [{port: '0'}], serverNames: [a.example]}]}", want: "- allow all outside on some ports"},
	"all ports with no rules":           {egress: "{toEntities: [world], toPorts: [{ports: [{port: '0'}], rules: {}}]}", want: "- allow all outside"},
	"icmps":                             {ingress: "{fromEndpoints: [{}], icmps: [{fields: [{type: 8}]}]}", want: "- allow pods [web api] on some ports"},
	"only icmps":                        {egress: "{icmps: [{fields: [{type: EchoRequest, family: IPv6}]}]}", want: "- allow everyone on some ports"},
	"icmps without fields":              {egress: "{icmps: [{fields: []}]}", want: ""},
	"entity all":                        {ingress: "{fromEntities: [all]}", want: "- allow everyone"},
	"entity world":                      {ingress: "{fromEntities: [world]}", want: "- allow all outside"},
	"entity world of one family":        {ingress: "{fromEntities: [world-ipv4]}", want: "- allow all outside"},
	"entity world of one family denied": {ingressDeny: "{fromEntities: [world-ipv6]}", want: "- deny some outside"},
	"entity world of both denied":       {ingressDeny: "{fromEntities: [world-ipv6, world-ipv4]}", want: "- deny all outside"},
	"entity cluster":                    {egress: "{toEntities: [cluster]}", want: "- allow all inside"},
	"entity cluster-mesh":               {egress: "{toEntities: [cluster-mesh]}", want: "- allow all inside some outside"},
	"entities of no pod":                {ingress: "{fromEntities: [host, remote-node, kube-apiserver, health, init, ingress, none]}", want: ""},
	"entity unmanaged":                  {ingress: "{fromEntities: [unmanaged]}", want: "- allow some inside"},
	"entities cluster and world":        {ingress: "{fromEntities: [cluster, world]}", want: "- allow all inside all outside"},
	"entities empty":                    {ingress: "{fromEntities: []}", want: ""},
	"CIDR":                              {egress: "{toCIDR: [10.0.0.0/8, 192.0.2.1]}", want: "- allow some outside"},
	"CIDR of all":                       {egress: "{toCIDR: [0.0.0.0/0]}", want: "- allow all outside"},
	"CIDR of all of one family denied":  {egressDeny: "{toCIDR: [0.0.0.0/0]}", want: "- deny some outside"},
	"CIDR of all denied":                {egressDeny: "{toCIDR: [0.0.0.0/0, '::/0']}", want: "- deny all outside"},
	"CIDR of all but some":              {egress: "{toCIDRSet: [{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}]}", want: "- allow some outside"},
	"CIDR of all in a set":              {ingress: "{fromCIDRSet: [{cidr: '::/0'}]}", want: "- allow all outside"},
	"CIDR groups":                       {ingress: "{fromCIDRSet: [{cidrGroupRef: g}, {cidrGroupSelector: {matchLabels: {a: b}}}]}", want: "- allow some outside"},
	"CIDRs empty":                       {egress: "{toCIDR: []}", want: ""},
	"CIDR sets empty on ports":          {egress: "{toCIDRSet: [], toPorts: [{ports: [{port: '80'}]}]}", want: ""},
	"names":                             {egress: "{toFQDNs: [{matchName: a.example}]}", want: "- allow some outside"},
	"names empty on ports":              {egress: "{toFQDNs: [], toPorts: [{ports: [{port: '80'}]}]}", want: "- allow everyone on some ports"},
	"groups":                            {egress: "{toGroups: [{aws: {securityGroupsIds: [sg]}}]}", want: "- allow some outside"},
	"groups empty on ports":             {ingress: "{fromGroups: [], toPorts: [{ports: [{port: '80'}]}]}", want: "- allow everyone on some ports"},
	"services":                          {egress: "{toServices: [{k8sService: {serviceName: db, namespace: back}}]}", want: "- allow unclear"},
	"services denied":                   {egressDeny: "{toServices: [{k8sService: {serviceName: db}}]}", want: "- deny unclear"},
	"requires empty":                    {ingress: "{fromRequires: [], fromEndpoints: [{}]}", want: "- allow pods [web api]"},
	"authentication":                    {ingress: "{fromEndpoints: [{}], authentication: {mode: required}}", want: "- allow pods [web api]"},
	"authentication that fails":         {ingress: "{fromEndpoints: [{}], authentication: {mode: test-always-fail}}", want: "- allow pods [web api] unclear"},
	"field that nobody knows":           {ingress: "{fromStars: [{}], toPorts: [{ports: [{port: '80'}]}]}", want: "- allow on some ports unclear"},
	"field of allow rules only":         {egressDeny: "{toFQDNs: [{matchName: a.example}]}", want: "- deny unclear"},
	"field of the other direction":      {ingress: "{toEndpoints: [{}]}", want: "- allow unclear"},
	"field that nobody knows in a set":  {egress: "{toCIDRSet: [{cidr: 10.0.0.0/8, only: x}]}", want: "- allow some outside unclear"},
	"field that nobody knows at a port": {ingress: "{toPorts: [{ports: [{port: '0', only: x}]}]}", want: "- allow everyone on some ports"},
}

func TestRules(t *testing.T) {
	for name, c := range ruleCases {
		t.Run(name, func(t *testing.T) {
			body, direction := "ingress: ["+c.ingress+"]", model.Ingress
			switch {
			case c.ingressDeny != "":
				body = "ingressDeny: [" + c.ingressDeny + "]"
			case c.egress != "":
				body, direction = "egress: ["+c.egress+"]", model.Egress
			case c.egressDeny != "":
				body, direction = "egressDeny: ["+c.egressDeny+"]", model.Egress
			}
			policies := Policies(namespaced(t, "spec: {endpointSelector: {}, "+body+"}"))
			if len(policies) != 1 || policies[0].Invalid != "" {
				t.Fatalf("got %+v", policies)
			}
			side := policies[0].Sides[direction]
			if !side.Isolates || !side.Applies {
				t.Error("does not isolate")
			}
			var got string
			for i := range side.Rules {
				got += describeRule(&side.Rules[i])
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestRulesOfTheCluster are what differs when the policy is in no namespace.
func TestRulesOfTheCluster(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"endpoints": {"endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]", "- allow pods [web api db bare]"},
		"endpoints for pods without labels yet": {"endpointSelector: {matchExpressions: [{key: 'reserved:init', operator: DoesNotExist}]}, ingress: [{fromEndpoints: [{}]}]",
			"- allow pods [web api db bare] some outside"},
		"endpoints by label": {"endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: {tier: '1'}}]}]", "- allow pods [api db]"},
		"endpoints by the name of the namespace": {"endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: {io.kubernetes.pod.namespace: ops}}]}]",
			"- allow pods [bare]"},
	} {
		t.Run(name, func(t *testing.T) {
			policies := Policies(clusterwide(t, "spec: {"+c.body+"}"))
			if len(policies) != 1 || policies[0].Invalid != "" || len(policies[0].Sides[model.Ingress].Rules) != 1 {
				t.Fatalf("got %+v", policies)
			}
			if diff := cmp.Diff(c.want, describeRule(&policies[0].Sides[model.Ingress].Rules[0])); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
