package io.agentotp.spring.boot.autoconfigure;

import java.util.stream.Collectors;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.propagation.PermissionPropagation;
import io.agentotp.spring.token.RequiredTokens;
import io.agentotp.spring.token.RequiresTokenHandlerAdapter;
import io.agentotp.spring.token.RequiresTokenInterceptor;
import io.agentotp.spring.token.RequiresTokenVerifier;
import io.agentotp.spring.token.TokenAuthorizer;
import io.agentotp.spring.token.TokenHeaderFilter;
import io.agentotp.spring.token.TokenHeaderWebFilter;
import io.agentotp.spring.token.WebHandlers;

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
import org.springframework.web.servlet.mvc.method.RequestMappingInfoHandlerMapping;
import org.springframework.web.util.pattern.PathPattern;

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
	TokenAuthorizer agentOtpTokenAuthorizer(RequiredTokens tokens, ObjectProvider<AgentOtpClient> client,
			ObjectProvider<PermissionPropagation> propagation) {
		return new TokenAuthorizer(tokens, client::getObject, () -> propagation.getObject().header());
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
		MappedInterceptor agentOtpRequiresTokenInterceptor(TokenAuthorizer authorizer) {
			return new MappedInterceptor(null, new RequiresTokenInterceptor(authorizer));
		}

		@Bean
		TokenHeaderFilter agentOtpTokenHeaderFilter(TokenAuthorizer authorizer) {
			return new TokenHeaderFilter(authorizer);
		}

		@Bean
		WebHandlers agentOtpServletHandlers(ObjectProvider<RequestMappingInfoHandlerMapping> mappings) {
			return new WebHandlers(() -> mappings.stream()
				.flatMap((mapping) -> mapping.getHandlerMethods().entrySet().stream())
				.map((mapped) -> new WebHandlers.Handler(mapped.getValue().getMethod(), mapped.getValue().getBeanType(),
						mapped.getKey().getPatternValues())));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	@ConditionalOnClass(DispatcherHandler.class)
	static class ReactiveConfiguration {

		@Bean
		RequiresTokenHandlerAdapter agentOtpRequiresTokenHandlerAdapter(TokenAuthorizer authorizer,
				ObjectProvider<HandlerAdapter> adapters) {
			return new RequiresTokenHandlerAdapter(authorizer, adapters);
		}

		@Bean
		TokenHeaderWebFilter agentOtpTokenHeaderWebFilter(TokenAuthorizer authorizer) {
			return new TokenHeaderWebFilter(authorizer);
		}

		@Bean
		WebHandlers agentOtpReactiveHandlers(
				ObjectProvider<org.springframework.web.reactive.result.method.RequestMappingInfoHandlerMapping> mappings) {
			return new WebHandlers(() -> mappings.stream()
				.flatMap((mapping) -> mapping.getHandlerMethods().entrySet().stream())
				.map((mapped) -> new WebHandlers.Handler(mapped.getValue().getMethod(), mapped.getValue().getBeanType(),
						mapped.getKey()
							.getPatternsCondition()
							.getPatterns()
							.stream()
							.map(PathPattern::getPatternString)
							.collect(Collectors.toSet()))));
		}

	}

}
