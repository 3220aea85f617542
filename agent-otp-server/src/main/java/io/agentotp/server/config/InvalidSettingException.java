package io.agentotp.server.config;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.convert.DurationStyle;

/**
 * A setting that cannot be used. Unlike Boot's own exception it does not have the value
 * of a secret printed.
 */
public final class InvalidSettingException extends RuntimeException {

	private final String problem;

	private final String reason;

	private InvalidSettingException(String problem, String reason) {
		super(problem + ": " + reason);
		this.problem = problem;
		this.reason = reason;
	}

	/**
	 * A setting whose value may be shown.
	 * @param name the part after the prefix
	 * @param value the value
	 * @param reason what is wrong and what to do
	 * @return the exception to throw
	 */
	public static InvalidSettingException of(String name, @Nullable Object value, String reason) {
		return unusable(name, (value != null) ? "'" + written(value) + "'" : "(none)", reason);
	}

	// As people write it.
	private static String written(Object value) {
		if (!(value instanceof Duration duration) || !duration.equals(Duration.ofSeconds(duration.toSeconds()))) {
			return value.toString();
		}
		ChronoUnit unit = Stream.of(ChronoUnit.DAYS, ChronoUnit.HOURS, ChronoUnit.MINUTES)
			.filter((each) -> !duration.isZero() && duration.toSeconds() % each.getDuration().toSeconds() == 0)
			.findFirst()
			.orElse(ChronoUnit.SECONDS);
		return DurationStyle.SIMPLE.print(duration, unit);
	}

	/**
	 * A setting whose value is a secret.
	 * @param name the part after the prefix
	 * @param reason what is wrong and what to do
	 * @return the exception to throw
	 */
	public static InvalidSettingException secret(String name, String reason) {
		return unusable(name, "(not shown)", reason);
	}

	private static InvalidSettingException unusable(String name, String value, String reason) {
		return new InvalidSettingException("The property '" + AgentOtpServerProperties.PREFIX + "." + name
				+ "' with the value " + value + " cannot be used", reason);
	}

	/**
	 * Something that settings lead to, such as a file or a database, that cannot be used.
	 * @param problem what cannot be used and why
	 * @param remedy what to do
	 * @return the exception to throw
	 */
	public static InvalidSettingException fault(String problem, String remedy) {
		return new InvalidSettingException(problem, remedy);
	}

	static InvalidSettingException unknown(String property, boolean removed, String place, String remedy) {
		return new InvalidSettingException("The property '" + property + "' "
				+ (removed ? "no longer exists" : "does not exist") + ". It is set in " + place, remedy);
	}

	static InvalidSettingException all(List<InvalidSettingException> problems) {
		return (problems.size() == 1) ? problems.get(0) : new InvalidSettingException(
				joined(problems, InvalidSettingException::problem), joined(problems, InvalidSettingException::reason));
	}

	private static String joined(List<InvalidSettingException> problems,
			Function<InvalidSettingException, String> part) {
		return problems.stream().map(part).distinct().collect(Collectors.joining(".\n"));
	}

	String problem() {
		return this.problem;
	}

	String reason() {
		return this.reason;
	}

}
