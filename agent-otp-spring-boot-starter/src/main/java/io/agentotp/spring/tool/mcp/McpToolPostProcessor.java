package io.agentotp.spring.tool.mcp;

import java.util.Set;
import java.util.function.Supplier;

import io.agentotp.spring.tool.Containers;
import io.modelcontextprotocol.server.McpAsyncServer;
import io.modelcontextprotocol.server.McpServerFeatures;
import io.modelcontextprotocol.server.McpStatelessServerFeatures;
import io.modelcontextprotocol.server.McpSyncServer;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Guards the tools of MCP servers that are beans, on their own, in containers or
 * supplied.
 */
public final class McpToolPostProcessor implements BeanPostProcessor, BeanFactoryAware {

	private static final Set<Class<?>> TOOLS = Set.of(McpServerFeatures.SyncToolSpecification.class,
			McpServerFeatures.AsyncToolSpecification.class, McpStatelessServerFeatures.SyncToolSpecification.class,
			McpStatelessServerFeatures.AsyncToolSpecification.class);

	private final Supplier<McpToolGuard> guard;

	private @Nullable ConfigurableListableBeanFactory beanFactory;

	/**
	 * Creates a post-processor.
	 * @param guard supplies the guard, when the first tool is there
	 */
	public McpToolPostProcessor(Supplier<McpToolGuard> guard) {
		this.guard = guard;
	}

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		this.beanFactory = (beanFactory instanceof ConfigurableListableBeanFactory known) ? known : null;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof McpSyncServer || bean instanceof McpAsyncServer) {
			this.guard.get().watch(bean);
			return bean;
		}
		return Containers.guarded(bean, beanName, this.beanFactory, TOOLS::contains, this::guard);
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
