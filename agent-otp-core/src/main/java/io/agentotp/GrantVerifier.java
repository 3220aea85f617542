package io.agentotp;

/**
 * Looks at a grant before its body runs, beyond what the service says of it. The client
 * has made sure that the grant names the action, resource and call digest of the request,
 * and that its scope is not wider.
 */
public interface GrantVerifier {

	/**
	 * Lets every grant through.
	 */
	GrantVerifier NONE = (request, grant) -> {
	};

	/**
	 * Makes sure that a body may run. Changes nothing.
	 * @param request what was asked for
	 * @param grant the granted permission
	 * @throws AgentOtpException if the body must not run; the permission is given back
	 */
	void verify(PermissionRequest request, Permission grant);

	/**
	 * The body of a verified grant is about to begin.
	 * @param grant the granted permission
	 * @throws AgentOtpException if the body must not run, because another one has run on
	 * the same grant
	 */
	default void begin(Permission grant) {
	}

}
