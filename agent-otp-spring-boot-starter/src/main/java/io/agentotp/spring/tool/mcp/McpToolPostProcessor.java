package io.agentotp.spring.tool.mcp;

import java.util.List;
import java.util.function.Supplier;

import io.modelcontextprotocol.server.McpAsyncServer;
import io.modelcontextprotocol.server.McpServerFeatures;
import io.modelcontextprotocol.server.McpStatelessServerFeatures;
import io.modelcontextprotocol.server.McpSyncServer;

import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Guards the tools of MCP servers that are beans, on their own or in lists.
 */
public final class McpToolPostProcessor implements BeanPostProcessor {

	private final Supplier<McpToolGuard> guard;

	/**
	 * Creates a post-processor.
	 * @param guard supplies the guard, when the first tool is there
	 */
	public McpToolPostProcessor(Supplier<McpToolGuard> guard) {
		this.guard = guard;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof McpSyncServer || bean instanceof McpAsyncServer) {
			this.guard.get().watch(bean);
			return bean;
		}
		if (bean instanceof List<?> list && list.stream().anyMatch(McpToolPostProcessor::isTool)) {
			return list.stream().map(this::guard).toList();
		}
		return guard(bean);
	}

	private static boolean isTool(Object bean) {
		return bean instanceof McpServerFeatures.SyncToolSpecification
				|| bean instanceof McpServerFeatures.AsyncToolSpecification
				|| bean instanceof McpStatelessServerFeatures.SyncToolSpecification
				|| bean instanceof McpStatelessServerFeatures.AsyncToolSpecification;
	}

	private Object guard(Object bean) {
		if (bean instanceof McpServerFeatures.SyncToolSpecification tool) {
			return this.guard.get().guard(tool);
		}
		if (bean instanceof McpServerFeatures.AsyncToolSpecification tool) {
			return this.guard.get().guard(tool);
		}
		if (bean instanceof McpStatelessServerFeatures.SyncToolSpecification tool) {
			return this.guard.get().guard(tool);
		}
		if (bean instanceof McpStatelessServerFeatures.AsyncToolSpecification tool) {
			return this.guard.get().guard(tool);
		}
		return bean;
	}

}
