package io.agentotp.spring.boot.autoconfigure;

import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

import io.agentotp.spring.operation.EditDistance;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Stops the start if a property of the starter is misspelt: who limits what agents may do
 * must not be ignored. What comes from outside the application may be meant for somebody
 * else, such as what Kubernetes sets for a service, and counts only if it is nearly
 * right.
 */
final class UnknownPropertyVerifier implements BeanFactoryPostProcessor {

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("agentotp");

	/** Has its own settings. */
	private static final ConfigurationPropertyName SERVER = PREFIX.append("server");

	private final Environment environment;

	UnknownPropertyVerifier(Environment environment) {
		this.environment = environment;
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		Set<String> known = new LinkedHashSet<>();
		collect("agentotp", AgentOtpProperties.class, known);
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(this.environment)) {
			if (source instanceof IterableConfigurationPropertySource names) {
				names.stream()
					.filter((name) -> PREFIX.isAncestorOf(name) && !name.equals(SERVER) && !SERVER.isAncestorOf(name))
					.forEach((name) -> verify(name, source, known));
			}
		}
	}

	private static boolean is(ConfigurationPropertySource source, String name) {
		return source.getUnderlyingSource() instanceof PropertySource<?> underlying
				&& underlying.getName().equals(name);
	}

	private static void verify(ConfigurationPropertyName name, ConfigurationPropertySource source, Set<String> known) {
		String written = uniform(name.toString());
		boolean variable = is(source, StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
		String nearest = known.stream()
			.min(Comparator.comparingInt((candidate) -> distance(written, candidate, variable)))
			.orElseThrow();
		int distance = distance(written, nearest, variable);
		boolean outside = variable || is(source, StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
		if (distance > 0 && (!outside || distance <= 2)) {
			throw new InvalidSettingException("There is no property '" + name + "'",
					"Did you mean '" + nearest + "'? Correct the property, or remove it.");
		}
	}

	/** A variable may have an underscore for each dash, which reads as a dot. */
	private static int distance(String written, String candidate, boolean variable) {
		int distance = EditDistance.between(written, uniform(candidate));
		return variable ? Math.min(distance, EditDistance.between(written, uniform(candidate.replace('-', '.'))))
				: distance;
	}

	/** As names are bound: dashes, case and which element do not count. */
	private static String uniform(String name) {
		return name.replaceAll("\\[[^]]*]", "[]").replace("-", "").toLowerCase(Locale.ROOT);
	}

	private static void collect(String prefix, Class<?> type, Set<String> known) {
		for (RecordComponent component : type.getRecordComponents()) {
			String name = prefix + "." + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
			boolean several = Collection.class.isAssignableFrom(component.getType());
			Class<?> element = several ? ResolvableType.forType(component.getGenericType()).getGeneric().toClass()
					: component.getType();
			if (element.isRecord()) {
				collect(several ? name + "[]" : name, element, known);
			}
			else {
				known.add(name);
				if (several) {
					known.add(name + "[]");
				}
			}
		}
	}

}
