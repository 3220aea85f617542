package io.agentotp.spring.tool;

import java.util.List;
import java.util.stream.Collectors;

import io.agentotp.spring.operation.InvalidAnnotationException;

import org.springframework.context.SmartLifecycle;

/**
 * Stops the start if a tool that is known by then cannot be guarded as it stands, or if
 * nobody has said what happens with it: before anything else starts that could call it.
 */
public final class ToolStartCheck implements SmartLifecycle {

	private final ToolInventory inventory;

	private volatile boolean running;

	/**
	 * Creates the check.
	 * @param inventory knows the tools
	 */
	public ToolStartCheck(ToolInventory inventory) {
		this.inventory = inventory;
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
