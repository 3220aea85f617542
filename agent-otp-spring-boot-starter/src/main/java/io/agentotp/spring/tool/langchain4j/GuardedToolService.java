package io.agentotp.spring.tool.langchain4j;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.service.tool.AiServiceTool;
import dev.langchain4j.service.tool.ToolExecutor;
import dev.langchain4j.service.tool.ToolProvider;
import dev.langchain4j.service.tool.ToolProviderRequest;
import dev.langchain4j.service.tool.ToolProviderResult;
import dev.langchain4j.service.tool.ToolService;
import dev.langchain4j.service.tool.ToolServiceContext;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;

/**
 * The tools of a service. It finds those of beans that are proxies, and takes no method
 * with the annotation of an object that is no bean: its calls would not pass the guard.
 */
final class GuardedToolService extends ToolService {

	@Override
	public void tools(Collection<Object> objects) {
		for (Object object : objects) {
			if (AopUtils.isAopProxy(object)) {
				tools(LangChain4jToolGuard.toolsOf(object));
			}
			else {
				findTools(object).forEach(GuardedToolService::require);
				super.tools(List.of(object));
			}
		}
	}

	@Override
	public void tools(List<AiServiceTool> tools) {
		tools.forEach(GuardedToolService::require);
		super.tools(tools);
	}

	@Override
	public void tools(Map<ToolSpecification, ToolExecutor> tools) {
		tools.forEach((specification, executor) -> LangChain4jToolMethods.requireBean(specification.name(), executor));
		super.tools(tools);
	}

	@Override
	public void tools(Map<ToolSpecification, ToolExecutor> tools, Set<String> immediateReturnToolNames) {
		tools.forEach((specification, executor) -> LangChain4jToolMethods.requireBean(specification.name(), executor));
		super.tools(tools, immediateReturnToolNames);
	}

	@Override
	public void toolProvider(@Nullable ToolProvider provider) {
		super.toolProvider((provider != null) ? new Checked(provider) : null);
	}

	@Override
	public void toolProviders(@Nullable Collection<ToolProvider> providers) {
		if (providers != null) {
			providers.forEach(this::toolProvider);
		}
	}

	/**
	 * Lets what tools call know for whom, also where nothing guards the tools.
	 */
	@Override
	public ToolServiceContext createContext(InvocationContext invocation, UserMessage message,
			List<ChatMessage> messages) {
		ToolServiceContext context = super.createContext(invocation, message, messages);
		if (context.toolExecutors().isEmpty()) {
			return context;
		}
		Map<String, ToolExecutor> executors = new HashMap<>(context.toolExecutors());
		executors.replaceAll((name, executor) -> NamedCallerExecutor.of(executor));
		return context.toBuilder().toolExecutors(executors).build();
	}

	private static void require(AiServiceTool tool) {
		LangChain4jToolMethods.requireBean(tool.name(), tool.toolExecutor());
	}

	/**
	 * A provider whose tools are looked at when they are there.
	 *
	 * @param delegate the provider
	 */
	private record Checked(ToolProvider delegate) implements ToolProvider {

		@Override
		public @Nullable ToolProviderResult provideTools(ToolProviderRequest request) {
			ToolProviderResult result = this.delegate.provideTools(request);
			if (result == null) {
				return null;
			}
			result.aiServiceTools().forEach(GuardedToolService::require);
			return new ToolProviderResult(result.aiServiceTools()
				.stream()
				.map((tool) -> tool.toBuilder().toolExecutor(NamedCallerExecutor.of(tool.toolExecutor())).build())
				.toList());
		}

		@Override
		public boolean isDynamic() {
			return this.delegate.isDynamic();
		}

	}

}
