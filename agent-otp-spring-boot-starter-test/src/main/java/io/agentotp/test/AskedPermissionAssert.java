package io.agentotp.test;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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
	 * @param value its value, as JSON has it; numbers are compared by value
	 * @return this
	 */
	public AskedPermissionAssert withScope(String name, @Nullable Object value) {
		return hasEntry("scope", this.actual.scope(), name, value);
	}

	/**
	 * Verifies an argument of a guarded call, as the approver sees it.
	 * @param name the parameter's name
	 * @param value its value, as JSON has it; numbers are compared by value
	 * @return this
	 */
	public AskedPermissionAssert withArgument(String name, @Nullable Object value) {
		return hasEntry("arguments", this.actual.arguments(), name, value);
	}

	private AskedPermissionAssert hasEntry(String part, Map<String, ? extends @Nullable Object> actual, String name,
			@Nullable Object value) {
		if (!actual.containsKey(name) || !Objects.equals(byValue(actual.get(name)), byValue(value))) {
			failWithMessage("Expected %s to have %s=%s, but it was:%n%s", part, name, value, actual);
		}
		return this;
	}

	/** JSON knows one kind of number. */
	private static @Nullable Object byValue(@Nullable Object value) {
		if (value instanceof Number number) {
			return new BigDecimal(number.toString()).stripTrailingZeros();
		}
		if (value instanceof Map<?, ?> map) {
			Map<Object, @Nullable Object> entries = new HashMap<>();
			map.forEach((key, element) -> entries.put(key, byValue(element)));
			return entries;
		}
		if (value instanceof Collection<?> collection) {
			List<@Nullable Object> elements = new ArrayList<>();
			collection.forEach((element) -> elements.add(byValue(element)));
			return elements;
		}
		return value;
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
