package io.agentotp.server.config;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.PropertyMatches;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.util.StringUtils;

/**
 * Stops the start if a property that does not exist is set, in whatever spelling and
 * place: the binder would silently ignore it, and with it a policy or a user.
 */
public final class UnknownProperties {

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

	private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("agentotp");

	private static final int SMALL_DISTANCE = 2;

	private UnknownProperties() {
	}

	/**
	 * Looks for properties that are not known.
	 * @param environment where to look
	 * @throws InvalidSettingException if there is one, with the nearest one that exists
	 */
	public static void refuse(ConfigurableEnvironment environment) {
		List<InvalidSettingException> unknown = new ArrayList<>();
		for (ConfigurationPropertySource source : ConfigurationPropertySources.from(environment.getPropertySources())) {
			// What cannot be listed cannot be looked through.
			if (source instanceof IterableConfigurationPropertySource names) {
				names.stream()
					.filter(ROOT::isAncestorOf)
					.filter((name) -> !isOfKubernetes(name, source))
					.distinct()
					.forEach((name) -> problem(name, isEnvironment(source))
						.ifPresent((problem) -> unknown.add(problem.in(place(source, name)))));
			}
		}
		if (!unknown.isEmpty()) {
			throw InvalidSettingException.all(unknown);
		}
	}

	private static boolean isEnvironment(ConfigurationPropertySource source) {
		return source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
	}

	// What Kubernetes tells each container about a service of the name agentotp-server.
	private static boolean isOfKubernetes(ConfigurationPropertyName name, ConfigurationPropertySource source) {
		return source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource environment
				&& environment.containsProperty("AGENTOTP_SERVER_SERVICE_HOST")
				&& name.toString().matches("agentotp\\.server\\.(service\\.(host|port)|port)(\\..*|\\[.*)?");
	}

	// Only the place is told: the value could be a secret.
	private static String place(ConfigurationPropertySource source, ConfigurationPropertyName name) {
		var property = source.getConfigurationProperty(name);
		if (property != null && property.getOrigin() != null) {
			return property.getOrigin().toString();
		}
		return (source.getUnderlyingSource() instanceof PropertySource<?> underlying) ? underlying.getName()
				: "an unnamed place";
	}

	private static Optional<Problem> problem(ConfigurationPropertyName name, boolean environment) {
		Optional<Removed> removed = REMOVED.stream()
			.filter((each) -> each.name().equals(name) || each.name().isAncestorOf(name))
			.findFirst();
		return removed.isPresent() ? removed.map((each) -> new Problem(each.name(), true, each.remedy()))
				: remedy(name, environment).map((remedy) -> new Problem(name, false, remedy));
	}

	// Follows the name into the types that it is bound to.
	private static Optional<String> remedy(ConfigurationPropertyName name, boolean environment) {
		ResolvableType type = ResolvableType.forClass(Known.class);
		String place = ROOT.toString();
		int index = 1;
		while (index < name.getNumberOfElements()) {
			String element = name.getElement(index, Form.ORIGINAL);
			Class<?> raw = type.toClass();
			if (Map.class.isAssignableFrom(raw)) {
				place += "." + element;
				type = type.asMap().getGeneric(1);
				index++;
			}
			else if (raw.isRecord()) {
				int end = environment ? name.getNumberOfElements() : index + 1;
				Step step = step(raw, name, index, end);
				if (step == null) {
					return Optional.ofNullable((raw == Known.class) ? misspeltServer(element)
							: remedy(place, element, raw, environment && index > 3));
				}
				place += "." + dashed(step.component().getName());
				type = ResolvableType.forType(step.component().getGenericType());
				index = step.next();
			}
			else if (Collection.class.isAssignableFrom(raw) && name.isNumericIndex(index)) {
				type = type.asCollection().getGeneric(0);
				index++;
			}
			else {
				return Optional.of("Nothing is below '" + place + "', which has a value of its own");
			}
		}
		return Optional.empty();
	}

	// An environment variable may have an underscore where there is a dash, too. The
	// longest name counts: secret-file is
	// no part of secret.
	private static @Nullable Step step(Class<?> type, ConfigurationPropertyName name, int from, int end) {
		return IntStream.rangeClosed(from + 1, end)
			.boxed()
			.sorted(Comparator.reverseOrder())
			.flatMap((next) -> components(type)
				.filter((component) -> component.getName()
					.equalsIgnoreCase(IntStream.range(from, next)
						.mapToObj((index) -> name.getElement(index, Form.UNIFORM))
						.collect(Collectors.joining())))
				.map((component) -> new Step(component, next)))
			.findFirst()
			.orElse(null);
	}

	// All else belongs to others, such as the client.
	private static @Nullable String misspeltServer(String element) {
		return matches(element, Known.class, SMALL_DISTANCE).isEmpty() ? null
				: nearest(AgentOtpServerProperties.PREFIX);
	}

	private static String remedy(String place, String element, Class<?> type, boolean maybeKey) {
		String hint = maybeKey
				? ". In an environment variable an underscore ends the name of an agent or user. Choose one without, and set its property 'name'"
				: "";
		return near(place, element, type, 0, SMALL_DISTANCE)
			.or(() -> place.equals(AgentOtpServerProperties.PREFIX) ? Optional.empty()
					: below(place, ResolvableType.forClass(type), lastElement("x." + element)))
			.or(() -> leaves().filter((known) -> lastElement(known).equals(lastElement("x." + element))).findFirst())
			.or(() -> near(place, element, type, SMALL_DISTANCE + 1, element.length() - 1))
			.map(UnknownProperties::nearest)
			.orElseGet(() -> "Below '" + place + "' there are: "
					+ components(type).map((component) -> dashed(component.getName()))
						.collect(Collectors.joining(", ")))
				+ hint;
	}

	private static Optional<String> near(String place, String element, Class<?> type, int least, int most) {
		return IntStream.rangeClosed(least, most)
			.boxed()
			.flatMap((distance) -> matches(element, type, distance).stream())
			.findFirst()
			.map((name) -> place + "." + name);
	}

	// One of the same name that is deeper.
	private static Optional<String> below(String place, ResolvableType type, String element) {
		Class<?> raw = type.toClass();
		if (Map.class.isAssignableFrom(raw)) {
			return below(place + ".<name>", type.asMap().getGeneric(1), element);
		}
		if (!raw.isRecord()) {
			return Optional.empty();
		}
		return components(raw).flatMap((component) -> {
			String name = place + "." + dashed(component.getName());
			return (component.getName().equalsIgnoreCase(element) ? Optional.of(name)
					: below(name, ResolvableType.forType(component.getGenericType()), element))
				.stream();
		}).findFirst();
	}

	private static String lastElement(String name) {
		return ConfigurationPropertyName.adapt(name, '.').getLastElement(Form.UNIFORM);
	}

	private static String nearest(String name) {
		return "The nearest one that exists is '" + name + "'";
	}

	private static List<String> matches(String element, Class<?> type, int distance) {
		List<String> names = components(type).map(RecordComponent::getName).toList();
		return Arrays.stream(PropertyMatches.forField(camelCase(element), type, distance).getPossibleMatches())
			.filter(names::contains)
			.map(UnknownProperties::dashed)
			.toList();
	}

	// Maps have names of the operator's. What is deeper, such as the port of a mail
	// server,
	// has too common a name.
	private static Stream<String> leaves() {
		return components(AgentOtpServerProperties.class).flatMap((component) -> {
			String name = AgentOtpServerProperties.PREFIX + "." + dashed(component.getName());
			return !component.getType().isRecord() ? Stream.of(name)
					: components(component.getType()).filter((each) -> !each.getType().isRecord())
						.map((each) -> name + "." + dashed(each.getName()));
		});
	}

	private static Stream<RecordComponent> components(Class<?> type) {
		return Arrays.stream(type.getRecordComponents());
	}

	private static String dashed(String name) {
		return DataObjectPropertyName.toDashedForm(name);
	}

	private static String camelCase(String name) {
		StringBuilder text = new StringBuilder();
		for (String word : StringUtils.tokenizeToStringArray(name, "-_")) {
			text.append(text.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
		}
		return text.toString();
	}

	private static Removed removed(String name, String remedy) {
		return new Removed(ConfigurationPropertyName.of(AgentOtpServerProperties.PREFIX + "." + name), remedy);
	}

	/**
	 * What stands below {@code agentotp}.
	 */
	private record Known(AgentOtpServerProperties server) {
	}

	private record Step(RecordComponent component, int next) {
	}

	private record Removed(ConfigurationPropertyName name, String remedy) {
	}

	private record Problem(ConfigurationPropertyName name, boolean removed, String remedy) {

		InvalidSettingException in(String place) {
			return InvalidSettingException.unknown(this.name.toString(), this.removed, place, this.remedy);
		}

	}

}
