package io.agentotp.spring.tool.springai;

import java.util.function.Supplier;

import io.agentotp.spring.tool.Containers;
import io.agentotp.spring.tool.ToolGuard;
import org.springframework.ai.chat.client.ChatClient;

import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Guards the tools of all clients that are beans, and of those that beans are built with:
 * also where they have nothing else of the application's.
 */
public final class ChatClientPostProcessor implements BeanPostProcessor {

	private final Supplier<ToolGuard> guard;

	/**
	 * Creates a post-processor.
	 * @param guard supplies the guard, when the first client is made
	 */
	public ChatClientPostProcessor(Supplier<ToolGuard> guard) {
		this.guard = guard;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		return Containers.guarded(bean, this::guarded);
	}

	private Object guarded(Object bean) {
		// What others have made need not be able to do the same.
		if (!bean.getClass().getName().startsWith("org.springframework.ai.chat.client.")) {
			return bean;
		}
		if (bean instanceof ChatClient.Builder builder) {
			return builder.defaultAdvisors(new ToolGuardAdvisor(this.guard.get()));
		}
		if (bean instanceof ChatClient client) {
			return client.mutate().defaultAdvisors(new ToolGuardAdvisor(this.guard.get())).build();
		}
		return bean;
	}

}
