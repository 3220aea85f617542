package io.agentotp.spring.tool.langchain4j;

import java.util.List;

import dev.langchain4j.service.tool.AiServiceTool;
import dev.langchain4j.service.tool.ToolProvider;
import io.agentotp.spring.tool.HiddenParameters;
import io.agentotp.spring.tool.Tool;
import io.agentotp.spring.tool.ToolGuard;

/**
 * Puts the guard around the parts of LangChain4j that offer or execute tools. What is
 * guarded already stays as it is.
 */
final class LangChain4jToolGuard {

	private final ToolGuard guard;

	LangChain4jToolGuard(ToolGuard guard) {
		this.guard = guard;
	}

	/**
	 * Return the methods of an object that are tools.
	 */
	List<AiServiceTool> tools(Object object) {
		return LangChain4jToolMethods.find(object)
			.stream()
			.map((method) -> guard(method.tool(), method.describe()))
			.toList();
	}

	AiServiceTool guard(AiServiceTool tool) {
		return (tool.toolExecutor() instanceof GuardedToolExecutor) ? tool
				: guard(tool, ToolExecutors.describe(tool.name(), tool.toolExecutor()));
	}

	private AiServiceTool guard(AiServiceTool tool, Tool described) {
		HiddenParameters hidden = HiddenParameters.of(ToolExecutors.named(tool.toolExecutor(), described),
				LangChain4jToolMethods::nameOf);
		GuardedToolExecutor guarded = new GuardedToolExecutor(tool.toolExecutor(), this.guard,
				this.guard.protect(described), hidden);
		return tool.toBuilder()
			.toolSpecification(OfferedTools.own(Specifications.without(hidden, tool.toolSpecification()), guarded))
			.toolExecutor(guarded)
			.build();
	}

	ToolProvider guard(ToolProvider provider) {
		return (provider instanceof GuardedToolProvider) ? provider : new GuardedToolProvider(provider, this);
	}

}
