package io.agentotp.spring.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
	 * @return the patterns of the rules that match none of them
	 * @throws InvalidAnnotationException if a rule was
	 */
	List<String> requireNoneMisspelt(List<ToolProtection> tools) {
		List<Tool> known = tools.stream().map(ToolProtection::tool).toList();
		List<ToolProtection> open = tools.stream()
			.filter((tool) -> tool.kind() == ToolProtection.Kind.UNGUARDED && tool.by().equals(UNMATCHED))
			.toList();
		List<String> unused = new ArrayList<>();
		for (ToolRule rule : this.rules) {
			for (String pattern : rule.unused(known)) {
				if (rule.effect() != ToolEffect.ALLOW) {
					requireNotMeant(rule, pattern, open);
				}
				unused.add(pattern);
			}
		}
		return unused;
	}

	private static void requireNotMeant(ToolRule rule, String pattern, List<ToolProtection> open) {
		for (ToolProtection tool : open) {
			if (ToolNames.isMisspelt(pattern, tool.tool().name())) {
				throw new InvalidAnnotationException(rule.place(),
						"it names '" + pattern + "', no tool is called so, and nothing guards "
								+ ToolInventory.describe(tool),
						"Correct the name, or add a rule that allows '" + tool.tool().name() + "'", null);
			}
		}
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
