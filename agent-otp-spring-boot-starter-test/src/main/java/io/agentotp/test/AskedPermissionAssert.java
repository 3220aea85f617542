package io.agentotp.test;

import io.agentotp.PermissionStatus;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on one request and what has become of it.
 */
public final class AskedPermissionAssert extends AbstractAssert<AskedPermissionAssert, AskedPermission> {

	AskedPermissionAssert(AskedPermission actual) {
		super(actual, AskedPermissionAssert.class);
	}

	/**
	 * Verifies what the action was to be done to.
	 * @param resource the resource
	 * @return this
	 */
	public AskedPermissionAssert forResource(String resource) {
		Assertions.assertThat(this.actual.resource()).as("resource").isEqualTo(resource);
		return this;
	}

	/**
	 * Verifies a limit that was asked for.
	 * @param name its name
	 * @param value its value, as JSON has it
	 * @return this
	 */
	public AskedPermissionAssert withScope(String name, @Nullable Object value) {
		Assertions.assertThat(this.actual.scope()).as("scope").containsEntry(name, value);
		return this;
	}

	/**
	 * Verifies an argument of a guarded call, as the approver sees it.
	 * @param name the parameter's name
	 * @param value its value, as JSON has it
	 * @return this
	 */
	public AskedPermissionAssert withArgument(String name, @Nullable Object value) {
		Assertions.assertThat(this.actual.arguments()).as("arguments").containsEntry(name, value);
		return this;
	}

	/**
	 * Verifies why it was asked for.
	 * @param reason the reason
	 * @return this
	 */
	public AskedPermissionAssert because(String reason) {
		Assertions.assertThat(this.actual.context()).as("context").containsEntry("reason", reason);
		return this;
	}

	/**
	 * Verifies where the permission stands.
	 * @param status the status
	 * @return this
	 */
	public AskedPermissionAssert hasStatus(PermissionStatus status) {
		Assertions.assertThat(this.actual.status()).as("status").isEqualTo(status);
		return this;
	}

	/**
	 * Verifies that it was denied.
	 * @return this
	 */
	public AskedPermissionAssert wasDenied() {
		return hasStatus(PermissionStatus.DENIED);
	}

	/**
	 * Verifies that it was withdrawn.
	 * @return this
	 */
	public AskedPermissionAssert wasWithdrawn() {
		return hasStatus(PermissionStatus.REVOKED);
	}

	/**
	 * Verifies that it was used, and that the body then succeeded.
	 * @return this
	 */
	public AskedPermissionAssert succeeded() {
		return hasOutcome("succeeded");
	}

	/**
	 * Verifies that it was used, with an outcome.
	 * @param outcome {@code started}, {@code succeeded}, {@code failed} or
	 * {@code cancelled}
	 * @return this
	 */
	public AskedPermissionAssert hasOutcome(String outcome) {
		hasStatus(PermissionStatus.USED);
		Assertions.assertThat(this.actual.outcome()).as("outcome").isEqualTo(outcome);
		return this;
	}

}
