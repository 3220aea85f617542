package io.agentotp.spring.tool.springai;

import java.util.Arrays;

import io.agentotp.spring.tool.ToolGuard;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.method.MethodToolCallbackProvider;

/**
 * Guards tools of clients that an application makes by hand, such as with
 * {@code ChatClient.create(model)}: they know nothing of the application's beans. What is
 * guarded already stays as it is.
 */
public final class AgentOtpSpringAiTools {

	private final SpringAiToolGuard guard;

	/**
	 * Creates the guard.
	 * @param guard guards the tools
	 */
	public AgentOtpSpringAiTools(ToolGuard guard) {
		this.guard = new SpringAiToolGuard(guard);
	}

	/**
	 * Guards tools.
	 * @param callbacks the tools
	 * @return the tools, in the same order; their calls are guarded as the rules say
	 */
	public ToolCallback[] guard(ToolCallback... callbacks) {
		return Arrays.stream(callbacks).map(this.guard::guard).toArray(ToolCallback[]::new);
	}

	/**
	 * Guards the tools of a provider.
	 * @param provider the provider
	 * @return a provider of the same tools
	 */
	public ToolCallbackProvider guard(ToolCallbackProvider provider) {
		return this.guard.guard(provider);
	}

	/**
	 * Guards the methods with {@code @Tool} of some objects.
	 * @param objects beans of the application, as they are injected, or other objects; a
	 * method with the annotation {@code @RequiresPermission} can be called on beans only
	 * @return a provider of the tools
	 */
	public ToolCallbackProvider guardObjects(Object... objects) {
		return this.guard
			.guard((ToolCallbackProvider) MethodToolCallbackProvider.builder().toolObjects(objects).build());
	}

	/**
	 * Guards whatever a manager calls, and makes the requests of the calls of one answer
	 * together.
	 * @param manager the manager
	 * @return the manager for a {@code ToolCallingAdvisor} or a loop of one's own
	 */
	public ToolCallingManager guard(ToolCallingManager manager) {
		return this.guard.guard(manager);
	}

}
