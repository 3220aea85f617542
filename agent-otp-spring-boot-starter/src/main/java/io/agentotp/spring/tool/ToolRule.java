package io.agentotp.spring.tool;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.util.StringUtils;

/**
 * What one rule says.
 *
 * @param names patterns of the names that tools are called by, or have where they come
 * from; {@code *} stands for any characters; case and separators do not count
 * @param effect what happens with calls
 * @param attributes the attributes of {@link RequiresPermission} by name; those that
 * count are not empty; only for calls that need a permission
 * @param sensitive names of arguments that the approver must not see
 * @param place where the rule stands, for messages
 */
public record ToolRule(List<String> names, ToolEffect effect, Map<String, ?> attributes, Set<String> sensitive,
		String place) {

	/**
	 * Creates a rule.
	 * @throws InvalidAnnotationException if it does not say what it must, or contradicts
	 * itself
	 */
	public ToolRule {
		names = List.copyOf(names);
		attributes = Map.copyOf(attributes);
		sensitive = Set.copyOf(sensitive);
		if (names.isEmpty() || !names.stream().allMatch(StringUtils::hasText)) {
			throw new InvalidAnnotationException(place, "name is missing", "Name the tools, such as name: delete_*",
					null);
		}
		if (effect == ToolEffect.ASK
				&& !(attributes.get("action") instanceof String action && StringUtils.hasText(action))) {
			throw new InvalidAnnotationException(place, "action is missing",
					"Name what a call does, such as action: file.delete, or set effect to allow or deny", null);
		}
		if (effect != ToolEffect.ASK && (!attributes.isEmpty() || !sensitive.isEmpty())) {
			throw new InvalidAnnotationException(place,
					"it says what to ask for, but its effect is " + effect.name().toLowerCase(Locale.ROOT),
					"Remove " + String.join(", ", new TreeSet<>(attributes.keySet())) + ", or set effect to ask", null);
		}
	}

	boolean matches(Tool tool) {
		return this.names.stream().anyMatch((pattern) -> matches(pattern, tool));
	}

	private boolean matches(String pattern, Tool tool) {
		boolean strict = this.effect == ToolEffect.ALLOW;
		return ToolNames.matches(pattern, tool.name(), strict)
				|| ToolNames.matches(pattern, tool.originalName(), strict);
	}

	/**
	 * Return the patterns that match none of some tools.
	 */
	List<String> unused(List<Tool> tools) {
		return this.names.stream()
			.filter((pattern) -> tools.stream().noneMatch((tool) -> matches(pattern, tool)))
			.toList();
	}

	GuardedTool guard(String name, ConfigurableBeanFactory beanFactory) {
		RequiresPermission permission = MergedAnnotation.of(RequiresPermission.class, this.attributes).synthesize();
		return GuardedTool.of(name, permission, this.sensitive, this.place, beanFactory);
	}

}
