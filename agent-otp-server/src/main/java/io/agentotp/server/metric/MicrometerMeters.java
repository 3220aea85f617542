package io.agentotp.server.metric;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;

/**
 * Counts with Micrometer.
 */
public final class MicrometerMeters implements Meters {

	private static final String PREFIX = "agentotp.server.";

	private static final String OUTCOME = "outcome";

	// Policies come and go over the API; meters stay for as long as the process lives.
	private static final int MAX_POLICIES = 100;

	private static final String OTHER_POLICY = "(other)";

	private final MeterRegistry registry;

	private final Set<String> policies = ConcurrentHashMap.newKeySet();

	public MicrometerMeters(MeterRegistry registry) {
		this.registry = registry;
	}

	@Override
	public void requested(String outcome) {
		count("requests", "Permissions that agents asked for, by what the policies said", Tags.of(OUTCOME, outcome));
	}

	@Override
	public void decided(Decider decider, String outcome, Duration time) {
		Timer.builder(PREFIX + "decisions")
			.description("Time from the request to the decision")
			.tag("decider", text(decider))
			.tag(OUTCOME, outcome)
			.register(this.registry)
			// A clock may have been set back.
			.record(time.isNegative() ? Duration.ZERO : time);
	}

	@Override
	public void used(String result) {
		count("uses", "Tokens that were presented, by whether they were accepted", Tags.of("result", result));
	}

	@Override
	public void limited(Limit limit) {
		count("limited", "Requests that were refused because there were too many", Tags.of("limit", text(limit)));
	}

	@Override
	public void shadowed(String policy, String outcome, String real) {
		count("shadow", "What shadow policies would have decided",
				Tags.of("policy", bounded(policy), OUTCOME, outcome, "differs", String.valueOf(!outcome.equals(real))));
	}

	private void count(String name, String description, Tags tags) {
		Counter.builder(PREFIX + name).description(description).tags(tags).register(this.registry).increment();
	}

	private String bounded(String policy) {
		if (this.policies.contains(policy)) {
			return policy;
		}
		synchronized (this.policies) {
			if (this.policies.size() >= MAX_POLICIES) {
				return OTHER_POLICY;
			}
			this.policies.add(policy);
			return policy;
		}
	}

	@Override
	public void gauge(String name, String description, DoubleSupplier value) {
		Gauge.builder(PREFIX + name, value, MicrometerMeters::valueOrUnknown)
			.description(description)
			.strongReference(true)
			.register(this.registry);
	}

	private static double valueOrUnknown(DoubleSupplier value) {
		try {
			return value.getAsDouble();
		}
		catch (RuntimeException ex) {
			return Double.NaN;
		}
	}

	private static String text(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT);
	}

}
