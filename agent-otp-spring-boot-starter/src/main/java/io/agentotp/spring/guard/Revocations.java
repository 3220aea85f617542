package io.agentotp.spring.guard;

import io.agentotp.PermissionRequest;
import io.agentotp.AgentOtpException;
import java.util.concurrent.CompletableFuture;

import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionExchange;

/**
 * Gives permissions back that will not be used: nobody shall approve a call that has
 * ended. Never blocks, because the thread may be interrupted.
 */
final class Revocations {

	/** Why a grant is given back whose call will not run. */
	static final String CALL_ENDED = "The call has ended";

	private final AgentOtpClient client;

	private final PermissionExchange exchange;

	Revocations(AgentOtpClient client, PermissionExchange exchange) {
		this.client = client;
		this.exchange = exchange;
	}

	/**
	 * A request is about to be made, which may have to be withdrawn.
	 * @return to be run when that is known
	 */
	Runnable expect() {
		return this.exchange.expect();
	}

	void withdraw(String id, String reason) {
		this.exchange.withdraw(this.client.async(), id, reason);
	}

	/**
	 * Withdraws a request whose answer got lost.
	 * @param client makes the request again, with the same idempotency key
	 */
	void withdrawIfLost(AgentOtpClient client, PermissionRequest request, AgentOtpException failure) {
		this.exchange.withdrawIfLost(this.client.async(), failure, () -> client.async().requestPermission(request),
				CALL_ENDED);
	}

	/**
	 * Withdraws a request if its wait ends without a decision, in whatever way.
	 */
	void withdrawUnlessDecided(String id, CompletableFuture<Permission> decision, String reason) {
		this.exchange.withdrawUnlessDecided(this.client.async(), id, decision, reason);
	}

}
