package io.agentotp.spring.guard;

import java.time.Duration;

import io.agentotp.AgentOtpException;
import io.agentotp.Permission;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.event.PermissionDeniedEvent;
import io.agentotp.spring.event.PermissionExpiredEvent;
import io.agentotp.spring.event.PermissionGrantedEvent;
import io.agentotp.spring.event.PermissionUnsignedEvent;
import io.agentotp.trust.UnsignedGrantException;

/**
 * Lets only a grant for this very call through. A grant that does not fit is given back.
 */
final class GrantChecks {

	private final GuardEvents events;

	private final Revocations withdrawals;

	private final Duration approvalTimeout;

	private final AgentLimits limits;

	GrantChecks(GuardEvents events, Revocations withdrawals, Duration approvalTimeout, AgentLimits limits) {
		this.limits = limits;
		this.events = events;
		this.withdrawals = withdrawals;
		this.approvalTimeout = approvalTimeout;
	}

	/**
	 * Return the permission if it is a grant for the call.
	 * @throws AgentOtpException if it is not, remembered for further tries of the same
	 * invocation
	 */
	Permission require(PermissionCall call, Permission permission) {
		publish(permission);
		if (!permission.isGranted()) {
			if (permission.status() == PermissionStatus.UNKNOWN) {
				this.withdrawals.withdraw(permission.id(), Revocations.CALL_ENDED);
			}
			if (permission.status() == PermissionStatus.DENIED) {
				this.limits.denied(call, permission.reason().orElse(null));
			}
			Duration timeout = call.guarded().timeout();
			throw call.refused(permission, (timeout != null) ? timeout : this.approvalTimeout);
		}
		try {
			call.verify(permission);
			requireSigned(call, permission);
			return permission;
		}
		catch (RuntimeException ex) {
			this.withdrawals.withdraw(permission.id(),
					(ex instanceof AgentOtpException refusal) ? refusal.code() : Revocations.CALL_ENDED);
			call.remember(ex);
			throw ex;
		}
	}

	private void requireSigned(PermissionCall call, Permission grant) {
		try {
			call.requireSigned(grant);
		}
		catch (UnsignedGrantException ex) {
			this.events.publish(new PermissionUnsignedEvent(grant.withoutToken(), ex.problem()));
			throw PermissionCall.unsigned(ex);
		}
	}

	private void publish(Permission permission) {
		Permission shown = permission.withoutToken();
		if (permission.isGranted()) {
			this.events.publish(new PermissionGrantedEvent(shown));
		}
		else if (permission.status() == PermissionStatus.PENDING || permission.status() == PermissionStatus.EXPIRED) {
			this.events.publish(new PermissionExpiredEvent(shown));
		}
		else {
			this.events.publish(new PermissionDeniedEvent(shown));
		}
	}

}
