package io.agentotp.spring.tool;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.agentotp.spring.operation.InvalidAnnotationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * Stops the start if a tool that is known by then cannot be guarded as it stands, or if
 * nobody has said what happens with it: before anything else starts that could call it.
 */
public final class ToolStartCheck implements SmartLifecycle {

	private static final Logger logger = LoggerFactory.getLogger(ToolStartCheck.class);

	private final ToolInventory inventory;

	private final Supplier<ToolRules> rules;

	private volatile boolean running;

	/**
	 * Creates the check.
	 * @param inventory knows the tools
	 * @param rules what there is to say of them
	 */
	public ToolStartCheck(ToolInventory inventory, Supplier<ToolRules> rules) {
		this.inventory = inventory;
		this.rules = rules;
	}

	@Override
	public int getPhase() {
		return Integer.MIN_VALUE;
	}

	@Override
	public void start() {
		List<ToolProtection> tools = this.inventory.list();
		for (ToolProtection tool : tools) {
			String remedy = tool.remedy();
			if (remedy != null) {
				throw new InvalidAnnotationException("The tool " + ToolInventory.describe(tool), tool.by(), remedy,
						null);
			}
		}
		String undecided = tools.stream()
			.filter(ToolProtection::isUndecided)
			.map(ToolInventory::describe)
			.collect(Collectors.joining(", "));
		if (!undecided.isEmpty()) {
			throw new InvalidAnnotationException(ToolRules.UNMATCHED,
					"it is not set, there are rules, and none of them matches these tools: " + undecided,
					"Add rules for them, or set " + ToolRules.UNMATCHED
							+ " to deny or allow. Without it, tools that are known later are denied.",
					null);
		}
		List<String> unused = this.rules.get().requireNoneMisspelt(tools);
		// Some tools are known later, such as those of MCP servers.
		if (!unused.isEmpty()) {
			logger.info("No tool that is known by now has a name like these in the rules: {}",
					String.join(", ", unused));
		}
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

}
