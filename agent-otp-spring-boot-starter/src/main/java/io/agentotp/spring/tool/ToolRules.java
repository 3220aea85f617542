package io.agentotp.spring.tool;

import java.util.List;
import java.util.Optional;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.util.ConcurrentLruCache;

/**
 * The rules by which tools are guarded that are not the application's own methods. Of
 * several that match, the first one counts.
 */
public final class ToolRules {

	private static final int CACHED = 1000;

	private final List<ToolRule> rules;

	private final UnmatchedTools unmatched;

	/** Tools are described anew for each request; names can come from other services. */
	private final ConcurrentLruCache<RuledTool, GuardedTool> guarded;

	/**
	 * Creates rules.
	 * @param rules the rules, in order
	 * @param unmatched what happens with tools that none of them names
	 * @param beanFactory resolves placeholders and bean references
	 * @throws io.agentotp.spring.operation.InvalidAnnotationException if a rule cannot be
	 * honoured
	 */
	public ToolRules(List<ToolRule> rules, UnmatchedTools unmatched, ConfigurableBeanFactory beanFactory) {
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
	 * Return the rule for a tool.
	 */
	Optional<ToolRule> find(Tool tool) {
		return this.rules.stream().filter((rule) -> rule.matches(tool)).findFirst();
	}

	UnmatchedTools unmatched() {
		return this.unmatched;
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
