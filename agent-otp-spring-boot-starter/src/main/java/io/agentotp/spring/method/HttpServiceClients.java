package io.agentotp.spring.method;

import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanCurrentlyInCreationException;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.web.service.registry.HttpServiceProxyRegistry;

/**
 * Lets the registry of HTTP service clients give the beans that it makes, where they are
 * guarded.
 */
public final class HttpServiceClients implements BeanPostProcessor, BeanFactoryAware {

	private @Nullable BeanFactory beanFactory;

	private final Supplier<RequiresPermissionAdvisor> advisor;

	/**
	 * Creates a post-processor.
	 * @param advisor supplies what knows the guarded methods
	 */
	public HttpServiceClients(Supplier<RequiresPermissionAdvisor> advisor) {
		this.advisor = advisor;
	}

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		return (bean instanceof HttpServiceProxyRegistry registry) ? new Beans(registry) : bean;
	}

	private final class Beans implements HttpServiceProxyRegistry {

		private final HttpServiceProxyRegistry registry;

		Beans(HttpServiceProxyRegistry registry) {
			this.registry = registry;
		}

		@Override
		public <P> P getClient(Class<P> type) {
			P client = this.registry.getClient(type);
			String group = getGroupNames().stream()
				.filter((name) -> getClientTypesInGroup(name).contains(type))
				.findFirst()
				.orElseThrow();
			return guarded(client, group, type);
		}

		@Override
		public <P> P getClient(String groupName, Class<P> type) {
			return guarded(this.registry.getClient(groupName, type), groupName, type);
		}

		/** What asks while the bean is made is the container, which makes it of that. */
		private <P> P guarded(P client, String group, Class<P> type) {
			if (HttpServiceClients.this.advisor.get().methods(type).isEmpty()) {
				return client;
			}
			try {
				return Objects.requireNonNull(HttpServiceClients.this.beanFactory)
					.getBean(group + "#" + type.getName(), type);
			}
			catch (BeanCurrentlyInCreationException ex) {
				return client;
			}
		}

		@Override
		public Set<String> getGroupNames() {
			return this.registry.getGroupNames();
		}

		@Override
		public Set<Class<?>> getClientTypesInGroup(String groupName) {
			return this.registry.getClientTypesInGroup(groupName);
		}

	}

}
