package io.agentotp.spring.tool.langchain4j;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import dev.langchain4j.service.tool.AiServiceTool;
import dev.langchain4j.service.tool.ToolProvider;
import io.agentotp.spring.tool.HiddenParameters;
import io.agentotp.spring.tool.ProtectedTool;
import io.agentotp.spring.tool.Tool;
import io.agentotp.spring.tool.ToolGuard;

/**
 * Puts the guard around the parts of LangChain4j that offer or execute tools. What is
 * guarded already stays as it is.
 */
final class LangChain4jToolGuard {

	/** LangChain4j makes services where no application is known. */
	private static final Set<LangChain4jToolGuard> ACTIVE = ConcurrentHashMap.newKeySet();

	private final ToolGuard guard;

	LangChain4jToolGuard(ToolGuard guard) {
		this.guard = guard;
	}

	/**
	 * Makes the guard one that knows the beans of its application for services that are
	 * made by hand.
	 */
	LangChain4jToolGuard registered() {
		ACTIVE.add(this);
		return this;
	}

	/**
	 * The application is over.
	 */
	void unregister() {
		ACTIVE.remove(this);
	}

	/**
	 * Return the methods of a bean that are tools, guarded by its application if that is
	 * known.
	 */
	static List<AiServiceTool> toolsOf(Object bean) {
		return ACTIVE.stream()
			.filter((candidate) -> candidate.guard.guards(bean))
			.findFirst()
			.map((guard) -> guard.tools(bean))
			.orElseGet(() -> LangChain4jToolMethods.find(bean).stream().map(LangChain4jToolMethods::tool).toList());
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
		return (ProtectedTool.find(tool.toolExecutor(), this.guard) != null) ? tool
				: guard(tool, ToolExecutors.describe(tool.name(), tool.toolExecutor()));
	}

	private AiServiceTool guard(AiServiceTool tool, Tool described) {
		HiddenParameters hidden = HiddenParameters.of(ToolExecutors.named(tool.toolExecutor(), described),
				LangChain4jToolMethods::nameOf);
		GuardedToolExecutor guarded = new GuardedToolExecutor(tool.toolExecutor(), this.guard,

				this.guard
					.protect(described.declaring(() -> Specifications.schema(tool.toolSpecification().parameters()))),
				hidden, tool.toolSpecification().parameters());
		return tool.toBuilder()
			.toolSpecification(OfferedTools.own(Specifications.without(hidden, tool.toolSpecification()), guarded))
			.toolExecutor(guarded)
			.build();
	}

	boolean is(ToolGuard other) {
		return this.guard == other;
	}

	ToolProvider guard(ToolProvider provider) {
		return (provider instanceof GuardedToolProvider guarded && guarded.isBy(this.guard)) ? provider
				: new GuardedToolProvider(provider, this);
	}

}
