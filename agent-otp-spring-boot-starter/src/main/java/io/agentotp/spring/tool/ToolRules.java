package io.agentotp.spring.tool;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import io.agentotp.spring.operation.InvalidAnnotationException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.util.ConcurrentLruCache;

/**
 * The rules by which tools are guarded that are not the application's own methods. Of
 * several that match, the first one counts.
 */
public final class ToolRules {

	/** The property for what no rule names. */
	static final String UNMATCHED = "agentotp.tools.unmatched";

	private static final int CACHED = 1000;

	private final List<ToolRule> rules;

	private final @Nullable UnmatchedTools unmatched;

	/** Tools are described anew for each request; names can come from other services. */
	private final ConcurrentLruCache<RuledTool, GuardedTool> guarded;

	/**
	 * Creates rules.
	 * @param rules the rules, in order
	 * @param unmatched what happens with tools that none of them names, or {@code null}
	 * if nobody has said so: then there must be none where there are rules
	 * @param beanFactory resolves placeholders and bean references
	 * @throws InvalidAnnotationException if a rule cannot be honoured
	 */
	public ToolRules(List<ToolRule> rules, @Nullable UnmatchedTools unmatched, ConfigurableBeanFactory beanFactory) {
		this.rules = List.copyOf(rules);
		this.unmatched = unmatched;
		this.guarded = new ConcurrentLruCache<>(CACHED, (tool) -> tool.rule().guard(tool.name(), beanFactory));
		// What is wrong with a rule must show at start-up and not when its tool is
		// called.
		this.rules.stream()
			.filter((rule) -> rule.effect() == ToolEffect.ASK)
			.forEach((rule) -> rule.guard(String.join(",", rule.names()), beanFactory));
	}

	/**
	 * Return whether each tool is allowed.
	 */
	boolean allowAll() {
		return this.rules.isEmpty() && this.unmatched != UnmatchedTools.DENY;
	}

	/**
	 * Return the rule for a tool.
	 */
	Optional<ToolRule> find(Tool tool) {
		return this.rules.stream().filter((rule) -> rule.matches(tool)).findFirst();
	}

	/**
	 * Return how a tool is protected that none of them names.
	 */
	ToolProtection unmatched(Tool tool) {
		if (this.unmatched == UnmatchedTools.DENY) {
			return ToolProtection.of(tool, ToolProtection.Kind.REFUSED, UNMATCHED);
		}
		return (this.unmatched == UnmatchedTools.ALLOW || this.rules.isEmpty())
				? ToolProtection.of(tool, ToolProtection.Kind.UNGUARDED, UNMATCHED) : ToolProtection.undecided(tool);
	}

	/**
	 * Makes sure that no rule that restricts was meant for a tool that nothing guards.
	 * @param tools the tools that are known
	 * @throws InvalidAnnotationException if one was
	 */
	void requireNoneMisspelt(List<ToolProtection> tools) {
		List<Tool> known = tools.stream().map(ToolProtection::tool).toList();
		for (ToolRule rule : this.rules) {
			for (String pattern : (rule.effect() != ToolEffect.ALLOW) ? rule.unused(known) : List.<String>of()) {
				tools.stream()
					.filter((tool) -> tool.kind() == ToolProtection.Kind.UNGUARDED && tool.by().equals(UNMATCHED)
							&& ToolNames.isMisspelt(pattern, tool.tool().name()))
					.findFirst()
					.ifPresent((tool) -> {
						throw new InvalidAnnotationException(rule.place(),
								"it names '" + pattern + "', no tool is called so, and nothing guards "
										+ ToolInventory.describe(tool),
								"Correct the name, or add a rule that allows '" + tool.tool().name() + "'", null);
					});
			}
		}
	}

	/**
	 * Return the patterns that match none of the tools that are known.
	 */
	Set<String> unused(List<ToolProtection> tools) {
		List<Tool> known = tools.stream().map(ToolProtection::tool).toList();
		return this.rules.stream()
			.flatMap((rule) -> rule.unused(known).stream())
			.collect(Collectors.toCollection(LinkedHashSet::new));
	}

	GuardedTool guard(ToolRule rule, Tool tool) {
		return this.guarded.get(new RuledTool(rule, tool.fullName()));
	}

	/**
	 * A rule and the name of a tool that it is for.
	 */
	private record RuledTool(ToolRule rule, String name) {
	}

}
