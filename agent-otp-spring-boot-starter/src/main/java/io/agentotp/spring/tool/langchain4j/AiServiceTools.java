package io.agentotp.spring.tool.langchain4j;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import dev.langchain4j.service.tool.AiServiceTool;
import dev.langchain4j.service.tool.ToolProvider;
import dev.langchain4j.service.tool.ToolProviderRequest;
import dev.langchain4j.service.tool.ToolProviderResult;
import io.agentotp.spring.tool.ToolGuard;
import org.jspecify.annotations.Nullable;

/**
 * The tools of a service that is a bean: those of its tool beans, and what its provider
 * provides.
 */
final class AiServiceTools implements ToolProvider {

	private final List<AiServiceTool> tools;

	private final @Nullable ToolProvider provider;

	AiServiceTools(Supplier<ToolGuard> guard, List<Object> beans, @Nullable ToolProvider provider) {
		LangChain4jToolGuard toolGuard = new LangChain4jToolGuard(guard.get());
		this.tools = beans.stream().flatMap((bean) -> toolGuard.tools(bean).stream()).toList();
		this.provider = (provider != null) ? toolGuard.guard(provider) : null;
	}

	@Override
	public ToolProviderResult provideTools(ToolProviderRequest request) {
		List<AiServiceTool> all = new ArrayList<>(this.tools);
		ToolProviderResult provided = (this.provider != null) ? this.provider.provideTools(request) : null;
		if (provided != null) {
			all.addAll(provided.aiServiceTools());
		}
		return new ToolProviderResult(all);
	}

	@Override
	public boolean isDynamic() {
		return this.provider != null && this.provider.isDynamic();
	}

}
