package io.agentotp.spring.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Names the observation of a guarded call. As a bean, it replaces the default one.
 */
public interface PermissionObservationConvention extends ObservationConvention<PermissionObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof PermissionObservationContext;
	}

}
