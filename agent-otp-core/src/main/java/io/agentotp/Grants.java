package io.agentotp;

/**
 * Lets only a grant for what was asked through. One that does not fit is given back.
 */
final class Grants {

	private final PermissionExchange exchange;

	private final GrantVerifier verifier;

	Grants(PermissionExchange exchange, GrantVerifier verifier) {
		this.exchange = exchange;
		this.verifier = verifier;
	}

	/**
	 * Return a grant on which the body may begin now.
	 * @throws AgentOtpException if the body must not run
	 */
	Permission requireFitting(AsyncAgentOtpClient client, PermissionRequest request, Permission grant) {
		try {
			request.mismatch(grant)
				.or(() -> ScopeComparison.of(request.scope(), grant.scope()).notNarrower())
				.ifPresent((part) -> {
					throw new ProtocolException(
							"The service granted something else than was asked for: its " + part + " differs",
							CallInfo.local("request"));
				});
			this.verifier.verify(request, grant);
			this.verifier.begin(grant);
			return grant;
		}
		catch (RuntimeException ex) {
			this.exchange.withdraw(client, grant.id(),
					(ex instanceof AgentOtpException refusal && !(ex instanceof ProtocolException)) ? refusal.code()
							: "GRANT_MISMATCH");
			throw ex;
		}
	}

}
