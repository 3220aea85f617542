package io.agentotp.spring.tool.springai;

import io.agentotp.spring.tool.ToolGuard;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.execution.ToolExecutionException;

/**
 * Stands for a tool that the request has not offered.
 */
final class RefusedToolCallback implements ToolCallback {

	private final ToolDefinition definition;

	RefusedToolCallback(String name) {
		this.definition = ToolDefinition.builder().name(name).description(name).inputSchema("{}").build();
	}

	@Override
	public ToolDefinition getToolDefinition() {
		return this.definition;
	}

	@Override
	public String call(String arguments) {
		throw new ToolExecutionException(this.definition,
				ToolGuard.refused(this.definition.name(), "it was not offered to the model"));
	}

}
