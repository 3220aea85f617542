package io.agentotp.server.policy;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSetting;

import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;

/**
 * Finds keys that Boot's binder would silently ignore or change: it drops underscores
 * from a key that does not stand in brackets, and a limit on {@code maxemails} limits
 * nothing.
 */
final class MangledKeys {

	private static final Pattern KEY = Pattern.compile(
			Pattern.quote(AgentOtpServerProperties.PREFIX)
					+ "\\.(policies\\.rules\\[\\d+])\\.(conditions|scope-?template)([.\\[].*)",
			Pattern.CASE_INSENSITIVE);

	private static final Pattern FIELD = Pattern.compile(
			Pattern.quote(AgentOtpServerProperties.PREFIX) + "\\.(policies\\.rules\\[\\d+])\\.([^.\\[]+).*",
			Pattern.CASE_INSENSITIVE);

	private static final Set<String> FIELDS = Set.of("name", "description", "agent", "priority", "conditions", "action",
			"scopetemplate", "allowselfapproval", "active", "shadow");

	private static final Pattern BRACKETS = Pattern.compile("\\[[^]]*]");

	// Operators may be written in snake case.
	private static final Pattern OPERATOR_AT_END = Pattern
		.compile("(?i)\\.(not|less|greater|starts|ends)_(equals|than|than_or_equal|with|in)$");

	private MangledKeys() {
	}

	static void refuse(Environment environment) {
		if (environment instanceof ConfigurableEnvironment configurable) {
			configurable.getPropertySources().stream().forEach((source) -> {
				if (source instanceof EnumerablePropertySource<?> enumerable) {
					for (String name : enumerable.getPropertyNames()) {
						refuse(name);
					}
				}
			});
		}
	}

	private static void refuse(String name) {
		refuseUnknown(FIELD.matcher(name));
		Matcher matcher = KEY.matcher(name);
		if (!matcher.matches()) {
			return;
		}
		String plain = BRACKETS.matcher(matcher.group(3)).replaceAll("");
		if (OPERATOR_AT_END.matcher(plain).replaceAll("").contains("_")) {
			throw InvalidSetting.of(matcher.group(1) + "." + matcher.group(2), matcher.group(3).substring(1),
					ConfiguredPolicies.remedy());
		}
	}

	// The binder ignores what it does not know, and a limit with a misspelt name limits
	// nothing.
	private static void refuseUnknown(Matcher matcher) {
		if (matcher.matches() && !FIELDS.contains(matcher.group(2).replaceAll("[-_]", "").toLowerCase(Locale.ROOT))) {
			throw InvalidSetting.of(matcher.group(1), matcher.group(2),
					"It is not a field of a rule. Known are name, description, agent, priority, conditions, action, "
							+ "scope-template, allow-self-approval, active and shadow");
		}
	}

}
