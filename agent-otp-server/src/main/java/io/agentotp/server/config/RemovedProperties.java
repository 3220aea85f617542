package io.agentotp.server.config;

import java.util.List;
import java.util.Optional;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * The properties that were removed or renamed. One that is still set, in whatever
 * spelling and place, stops the start, since the binder would silently ignore it.
 */
public final class RemovedProperties {

	private static final List<Removed> REMOVED = List.of(removed("policies.rules", """
			Policies are written in files. Move the rules to policies.yml in the working directory of the service, \
			to agent-otp-policies.yml on the class path of an application, or to a file that \
			agentotp.server.policies.files names, in this form:

			policies:
			  - name: small-refunds
			    agentId: invoice-bot
			    conditions:
			      action: { equals: payment.refund }
			      scope.max_amount: { lessThanOrEqual: 20 }
			    action: auto_approve
			    scopeTemplate: { max_uses: 1 }

			Names of paths and scopes need no brackets there. \
			'policy test FILE' of the service's jar checks the file"""),
			removed("limits.max-parked", "It is named agentotp.server.limits.max-waiting-requests now"));

	private RemovedProperties() {
	}

	/**
	 * Looks for properties that are no longer known.
	 * @param environment where to look
	 * @throws InvalidSettingException if one of them is set
	 */
	public static void refuse(ConfigurableEnvironment environment) {
		for (ConfigurationPropertySource source : ConfigurationPropertySources.from(environment.getPropertySources())) {
			REMOVED.forEach((removed) -> find(source, removed.name()).ifPresent((place) -> {
				throw InvalidSettingException.removed(removed.name().toString(), place, removed.remedy());
			}));
		}
	}

	// Only the place is told: the value could be a secret.
	private static Optional<String> find(ConfigurationPropertySource source, ConfigurationPropertyName removed) {
		if (source instanceof IterableConfigurationPropertySource iterable) {
			Optional<String> found = iterable.stream()
				.filter((name) -> name.equals(removed) || removed.isAncestorOf(name))
				.findFirst()
				.map((name) -> place(source, name));
			if (found.isPresent()) {
				return found;
			}
		}
		return (source.getConfigurationProperty(removed) != null) ? Optional.of(place(source, removed))
				: Optional.empty();
	}

	private static String place(ConfigurationPropertySource source, ConfigurationPropertyName name) {
		var property = source.getConfigurationProperty(name);
		return (property != null && property.getOrigin() != null) ? property.getOrigin().toString()
				: String.valueOf(source.getUnderlyingSource());
	}

	private static Removed removed(String name, String remedy) {
		return new Removed(ConfigurationPropertyName.of(AgentOtpServerProperties.PREFIX + "." + name), remedy);
	}

	private record Removed(ConfigurationPropertyName name, String remedy) {
	}

}
