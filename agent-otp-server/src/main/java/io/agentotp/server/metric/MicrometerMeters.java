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

	private static final String AGENT = "agent";

	private static final String OUTCOME = "outcome";

	private static final String RESULT = "result";

	// Policies and agents come and go over the API; meters stay for as long as the
	// process
	// lives.
	private static final int MAX_NAMES = 100;

	private static final String OTHER = "(other)";

	// How long people may take: the bounds of what an operator can promise.
	private static final Duration[] OBJECTIVES = { Duration.ofSeconds(10), Duration.ofSeconds(30),
			Duration.ofMinutes(1), Duration.ofMinutes(2), Duration.ofMinutes(5), Duration.ofMinutes(15),
			Duration.ofHours(1), Duration.ofHours(4), Duration.ofDays(1) };

	private final MeterRegistry registry;

	private final Set<String> policies = ConcurrentHashMap.newKeySet();

	private final Set<String> agents = ConcurrentHashMap.newKeySet();

	public MicrometerMeters(MeterRegistry registry) {
		this.registry = registry;
	}

	@Override
	public void requested(String agent, String outcome) {
		count("requests", "Permissions that agents asked for, by what the policies said",
				Tags.of(AGENT, bounded(this.agents, agent), OUTCOME, outcome));
	}

	@Override
	public void decided(Decider decider, String outcome, Duration time) {
		Timer.builder(PREFIX + "decisions")
			.description("Time from the request to the decision")
			.tag("decider", text(decider))
			.tag(OUTCOME, outcome)
			.serviceLevelObjectives(OBJECTIVES)
			.register(this.registry)
			// A clock may have been set back.
			.record(time.isNegative() ? Duration.ZERO : time);
	}

	@Override
	public void voted(boolean approved) {
		count("votes", "Decisions of people where the policy asks several",
				Tags.of(OUTCOME, approved ? "approved" : "denied"));
	}

	@Override
	public void used(String agent, String result) {
		count("uses", "Tokens that were presented, by whether they were accepted",
				Tags.of(AGENT, bounded(this.agents, agent), RESULT, result));
	}

	@Override
	public void limited(String agent, Limit limit) {
		count("limited", "Requests that were refused because there were too many",
				Tags.of(AGENT, bounded(this.agents, agent), "limit", text(limit)));
	}

	@Override
	public void signedIn(SignIn by, SignInResult result) {
		count("sign.ins", "Attempts with a password or a link, and keys that were not accepted",
				Tags.of("by", text(by), RESULT, text(result)));
	}

	@Override
	public void policyFiles(boolean accepted) {
		count("policy.files", "How often changed policy files were read",
				Tags.of(RESULT, accepted ? "accepted" : "rejected"));
	}

	@Override
	public void shadowed(String policy, String outcome, String real) {
		count("shadow", "What shadow policies would have decided", Tags.of("policy", bounded(this.policies, policy),
				OUTCOME, outcome, "differs", String.valueOf(!outcome.equals(real))));
	}

	@Override
	public void notified(String channel, String result) {
		count("notifications", "Messages to people and places, by what came of them",
				Tags.of("channel", channel, RESULT, result));
	}

	private void count(String name, String description, Tags tags) {
		Counter.builder(PREFIX + name).description(description).tags(tags).register(this.registry).increment();
	}

	private static String bounded(Set<String> known, String name) {
		if (known.contains(name)) {
			return name;
		}
		synchronized (known) {
			if (known.size() >= MAX_NAMES) {
				return OTHER;
			}
			known.add(name);
			return name;
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
