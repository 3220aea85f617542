package io.agentotp.spring.guard;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentotp.spring.observation.DefaultPermissionObservationConvention;
import io.agentotp.spring.observation.PermissionObservationContext;
import io.agentotp.spring.observation.PermissionObservationConvention;
import io.agentotp.spring.operation.GuardedOperation;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * One observation per guarded call, and one inside it for its wait.
 */
public final class MicrometerCallObservation implements CallObservation {

	/** The key under which Micrometer looks for it in a Reactor context. */
	private static final String REACTOR_KEY = "micrometer.observation";

	private static final PermissionObservationConvention DEFAULT = new DefaultPermissionObservationConvention();

	private final ObservationRegistry registry;

	private final PermissionObservationContext context;

	private final Observation observation;

	private final AtomicBoolean stopped = new AtomicBoolean();

	private MicrometerCallObservation(ObservationRegistry registry, PermissionObservationContext context,
			Observation observation) {
		this.registry = registry;
		this.context = context;
		this.observation = observation;
	}

	/**
	 * Return what lets a guard's calls be observed.
	 * @param registry the application's registry
	 * @param convention the names, or {@code null} for the default ones
	 * @return the customizer
	 */
	public static PermissionGuardCustomizer customizer(ObservationRegistry registry,
			@Nullable PermissionObservationConvention convention) {
		return (builder) -> {
			if (!registry.isNoop()) {
				builder.observations((guarded) -> start(guarded, registry, convention));
			}
		};
	}

	private static CallObservation start(GuardedOperation guarded, ObservationRegistry registry,
			@Nullable PermissionObservationConvention convention) {
		PermissionObservationContext context = new PermissionObservationContext(guarded.action(), guarded.signature());
		Observation observation = Observation.start(convention, DEFAULT, () -> context, registry);
		return new MicrometerCallObservation(registry, context, observation);
	}

	@Override
	public Map<String, String> headers() {
		return Objects.requireNonNullElseGet(this.context.getCarrier(), Map::of);
	}

	@Override
	public Runnable waiting() {
		Observation wait = Observation.createNotStarted("agentotp.permission.wait", this.registry)
			.contextualName("wait for " + this.context.getAction())
			.lowCardinalityKeyValue("agentotp.action", this.context.getAction())
			.parentObservation(this.observation)
			.start();
		return wait::stop;
	}

	@Override
	public Scope open() {
		Observation.Scope scope = this.observation.openScope();
		return scope::close;
	}

	@Override
	public Map<Object, Object> reactorContext() {
		return Map.of(REACTOR_KEY, this.observation);
	}

	@Override
	public void stop(String outcome, @Nullable Throwable failure) {
		if (this.stopped.compareAndSet(false, true)) {
			this.context.setOutcome(outcome);
			if (failure != null) {
				this.observation.error(failure);
			}
			this.observation.stop();
		}
	}

}
