package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.propagation.PermissionPropagation;
import io.agentotp.spring.token.ReactiveHandlers;
import io.agentotp.spring.token.RequiredTokens;
import io.agentotp.spring.token.RequiresTokenHandlerAdapter;
import io.agentotp.spring.token.RequiresTokenInterceptor;
import io.agentotp.spring.token.RequiresTokenVerifier;
import io.agentotp.spring.token.ServletHandlers;
import io.agentotp.spring.token.TokenGate;
import io.agentotp.spring.token.TokenHeaderFilter;
import io.agentotp.spring.token.TokenHeaderWebFilter;
import io.agentotp.spring.token.WebHandlers;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.DispatcherHandler;
import org.springframework.web.reactive.HandlerAdapter;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.handler.MappedInterceptor;

/**
 * Auto-configuration of {@link io.agentotp.spring.RequiresToken}. The verifier is always
 * there: where nothing looks at the annotation, the application does not start.
 */
@AutoConfiguration(after = { AgentOtpAutoConfiguration.class, AgentOtpPropagationAutoConfiguration.class })
public final class AgentOtpTokenAutoConfiguration {

	@Bean
	RequiredTokens agentOtpRequiredTokens(ConfigurableBeanFactory beanFactory) {
		return new RequiredTokens(beanFactory);
	}

	@Bean
	TokenGate agentOtpTokenGate(RequiredTokens tokens, ObjectProvider<AgentOtpClient> client,
			ObjectProvider<PermissionPropagation> propagation) {
		return new TokenGate(tokens, client::getObject, () -> propagation.getObject().header());
	}

	@Bean
	RequiresTokenVerifier agentOtpRequiresTokenVerifier(ConfigurableListableBeanFactory beanFactory,
			RequiredTokens tokens, ObjectProvider<WebHandlers> handlers) {
		return new RequiresTokenVerifier(beanFactory, tokens, handlers);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	@ConditionalOnClass(DispatcherServlet.class)
	static class ServletConfiguration {

		/**
		 * Every handler mapping takes up beans of this type, also one that an application
		 * makes itself.
		 */
		@Bean
		MappedInterceptor agentOtpRequiresTokenInterceptor(TokenGate gate) {
			return new MappedInterceptor(null, new RequiresTokenInterceptor(gate));
		}

		@Bean
		TokenHeaderFilter agentOtpTokenHeaderFilter(TokenGate gate) {
			return new TokenHeaderFilter(gate);
		}

		@Bean
		ServletHandlers agentOtpServletHandlers(ListableBeanFactory beanFactory) {
			return new ServletHandlers(beanFactory);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	@ConditionalOnClass(DispatcherHandler.class)
	static class ReactiveConfiguration {

		@Bean
		RequiresTokenHandlerAdapter agentOtpRequiresTokenHandlerAdapter(TokenGate gate,
				ObjectProvider<HandlerAdapter> adapters) {
			return new RequiresTokenHandlerAdapter(gate, adapters);
		}

		@Bean
		TokenHeaderWebFilter agentOtpTokenHeaderWebFilter(TokenGate gate) {
			return new TokenHeaderWebFilter(gate);
		}

		@Bean
		ReactiveHandlers agentOtpReactiveHandlers(ListableBeanFactory beanFactory) {
			return new ReactiveHandlers(beanFactory);
		}

	}

}
