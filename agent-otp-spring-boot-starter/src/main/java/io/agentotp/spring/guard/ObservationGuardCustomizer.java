package io.agentotp.spring.guard;

import io.agentotp.spring.observation.DefaultPermissionObservationConvention;
import io.agentotp.spring.observation.PermissionObservationConvention;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Observes guarded calls.
 */
public final class ObservationGuardCustomizer implements PermissionGuardCustomizer {

	private static final PermissionObservationConvention DEFAULT = new DefaultPermissionObservationConvention();

	private final ObservationRegistry registry;

	private final @Nullable PermissionObservationConvention convention;

	/**
	 * Creates a customizer.
	 * @param registry the application's registry
	 * @param convention the names, or {@code null} for the default ones
	 */
	public ObservationGuardCustomizer(ObservationRegistry registry,
			@Nullable PermissionObservationConvention convention) {
		this.registry = registry;
		this.convention = convention;
	}

	@Override
	public void customize(PermissionGuard.Builder builder) {
		if (!this.registry.isNoop()) {
			builder.observations(
					(guarded) -> MicrometerCallObservation.start(guarded, this.registry, this.convention, DEFAULT));
		}
	}

}
