package io.agentotp.spring.guard;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import io.agentotp.Permission;
import io.agentotp.PermissionStatus;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What an agent does for one message of its user, until it answers: all calls of tools on
 * the way, also those of other agents that it calls.
 */
public final class AgentTurn {

	private static final int REMEMBERED = 1000;

	private final CallerIdentity caller;

	/** Approvers were asked about them. */
	private final Set<String> asked = new HashSet<>();

	/** By the calls that are still open, and may be made again. */
	private final Set<String> open = new HashSet<>();

	private final Map<String, AgentLimits.Denial> denials = Recent.map(REMEMBERED);

	private int asking;

	/**
	 * Creates a turn of the one for whom the calling thread works.
	 */
	public AgentTurn() {
		this(CallerPrincipal.find());
	}

	/**
	 * Creates a turn.
	 * @param caller for whom it is
	 */
	public AgentTurn(CallerIdentity caller) {
		this.caller = caller;
	}

	/**
	 * Creates a turn of the one who subscribes, or else of the one for whom the calling
	 * thread works.
	 * @return the turn, another one for each subscription
	 */
	public static Mono<AgentTurn> ofSubscriber() {
		CallerIdentity here = CallerPrincipal.find();
		return Mono.deferContextual(CallerPrincipal::find)
			.map((subscriber) -> new AgentTurn(subscriber.isKnown() ? subscriber : here));
	}

	/**
	 * Return for whom it is.
	 * @return the caller, as far as it is known
	 */
	public CallerIdentity caller() {
		return this.caller;
	}

	/**
	 * Takes a place for a permission request that is about to be made.
	 * @param identity the call, if it can pick up a request that is still open, which
	 * needs no place
	 * @return {@code false} if there is none left
	 */
	synchronized boolean take(@Nullable String identity, int most) {
		if ((identity == null || !this.open.contains(identity)) && this.asked.size() + this.asking >= most) {
			return false;
		}
		this.asking++;
		return true;
	}

	/**
	 * Gives the place back, unless an approver was asked.
	 * @param permission what the service has answered, or {@code null} if it has not
	 */
	synchronized void settle(@Nullable String identity, @Nullable Permission permission) {
		this.asking--;
		if (permission == null) {
			return;
		}
		boolean pending = permission.status() == PermissionStatus.PENDING;
		if (pending) {
			this.asked.add(permission.id());
		}
		if (identity != null && pending) {
			this.open.add(identity);
		}
		else if (identity != null) {
			this.open.remove(identity);
		}
	}

	/**
	 * Return the denials that stand in this turn only, because nobody knows its
	 * conversation. To be locked on.
	 */
	Map<String, AgentLimits.Denial> denials() {
		return this.denials;
	}

}
