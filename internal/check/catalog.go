package check

// Catalog returns every check, in the order of the documentation. The list is written out rather than collected at start-up, so that
// reading it tells what the exporter does and the order never depends on the names of files.
func Catalog() []Check {
	return []Check{
		// root
		podsRunningAsRoot,
		podsWithoutRunAsNonRoot,
		podsWithWritableRootFilesystem,
		podsAllowingPrivilegeEscalation,
		podsWithoutDroppedCapabilities,
		podsWithAddedCapabilities,
		podsWithoutSeccompProfile,
		podsPrivileged,
		podsUsingHostNamespaces,
		podsMountingHostPath,
		podsUsingHostPorts,
		podsWithSecretEnv,
		// network
		podsWithoutNetworkPolicy,
		podsOpenToAll,
		namespacesWithoutDefaultDeny,
		networkPoliciesSelectingNothing,
		networkPoliciesUnenforced,
		// token
		podsWithAPIToken,
		podsWithUnneededAPIToken,
		podsWithPowerfulAPIToken,
		podsUsingDefaultServiceAccount,
		serviceAccountsAutomountingToken,
		defaultServiceAccountsWithGrants,
		// resources
		containersWithoutLimit,
		containersWithoutRequest,
		podsBestEffort,
		namespacesWithoutLimitRange,
		namespacesWithoutResourceQuota,
		// rbac
		clusterAdminSubjects,
		namespaceAdminSubjects,
		rbacSubjectsWithAccess,
		rbacBindingsStale,
		rbacBindingsUnused,
		rbacBindingsReviewOverdue,
		rbacBindingsToAnonymous,
		rbacRolesWithWildcards,
		// pod_security
		namespacesWithoutPodSecurity,
		podsViolatingPodSecurity(),
	}
}
