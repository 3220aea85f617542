package io.agentotp.spring.observation;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;

/**
 * The observation {@code agentotp.permission} with the low-cardinality keys
 * {@code agentotp.action} and {@code agentotp.outcome} and the high-cardinality key
 * {@code agentotp.method}. Nothing of the arguments.
 */
public final class DefaultPermissionObservationConvention implements PermissionObservationConvention {

	/**
	 * Creates the convention.
	 */
	public DefaultPermissionObservationConvention() {
	}

	@Override
	public String getName() {
		return "agentotp.permission";
	}

	@Override
	public String getContextualName(PermissionObservationContext context) {
		return "permission " + context.getAction();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(PermissionObservationContext context) {
		return KeyValues.of(KeyValue.of("agentotp.action", context.getAction()),
				KeyValue.of("agentotp.outcome", context.getOutcome()));
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(PermissionObservationContext context) {
		return KeyValues.of(KeyValue.of("agentotp.method", context.getMethod()));
	}

}
