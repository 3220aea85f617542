package io.agentotp.spring.tool.langchain4j;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.service.tool.AiServiceTool;
import dev.langchain4j.service.tool.ToolExecutor;
import dev.langchain4j.service.tool.ToolProvider;
import io.agentotp.spring.tool.ToolGuard;

/**
 * Guards tools of AI services that an application makes by hand, with
 * {@code AiServices.builder(…)}: they know nothing of the application's beans. What is
 * guarded already stays as it is.
 */
public final class AgentOtpLangChain4jTools {

	private final LangChain4jToolGuard guard;

	/**
	 * Creates the guard.
	 * @param guard guards the tools
	 */
	public AgentOtpLangChain4jTools(ToolGuard guard) {
		this.guard = new LangChain4jToolGuard(guard);
	}

	/**
	 * Makes tools of the methods with {@code @Tool} of some objects, in which LangChain4j
	 * does not find them where an object is a proxy.
	 * @param objects beans of the application, as they are injected, or other objects; a
	 * method with the annotation {@code @RequiresPermission} can be called on beans only
	 * @return the tools, for {@code AiServices.tools(…)}; methods with
	 * {@code @CompensateFor} are none
	 * @throws dev.langchain4j.service.IllegalConfigurationException if an object has no
	 * such method
	 */
	public List<AiServiceTool> from(Object... objects) {
		return Arrays.stream(objects).flatMap((object) -> this.guard.tools(object).stream()).toList();
	}

	/**
	 * Guards tools.
	 * @param tools the tools
	 * @return the tools, in the same order; their calls are guarded as the rules say
	 */
	public List<AiServiceTool> guard(List<AiServiceTool> tools) {
		return tools.stream().map(this.guard::guard).toList();
	}

	/**
	 * Guards tools.
	 * @param tools what each is and what executes it
	 * @return the same tools
	 */
	public Map<ToolSpecification, ToolExecutor> guard(Map<ToolSpecification, ToolExecutor> tools) {
		Map<ToolSpecification, ToolExecutor> guarded = new LinkedHashMap<>();
		tools.forEach((specification, executor) -> {
			AiServiceTool tool = this.guard
				.guard(AiServiceTool.builder().toolSpecification(specification).toolExecutor(executor).build());
			guarded.put(tool.toolSpecification(), tool.toolExecutor());
		});
		return guarded;
	}

	/**
	 * Guards the tools of a provider, such as those of MCP servers.
	 * @param provider the provider
	 * @return a provider of the same tools
	 */
	public ToolProvider guard(ToolProvider provider) {
		return this.guard.guard(provider);
	}

}
