package io.agentotp.test;

import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.util.Map;

import io.agentotp.Permission;
import io.agentotp.spring.RequiresToken;
import io.agentotp.spring.boot.autoconfigure.AgentOtpClientBuilderCustomizer;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;

/**
 * The Java code of the page {@code docs/integration.md}.
 */
@Configuration(proxyBeanMethods = false)
class IntegrationGuide {

	// on the page
	@Bean
	AgentOtpClientBuilderCustomizer proxy() {
		return (builder) -> builder.proxy(ProxySelector.of(new InetSocketAddress("proxy.example.com", 3128)));
	}
	// end

	/** The receiving application. */
	static class Receiver {

		// on the page
		@PostMapping("/accounts/{id}/mails")
		@RequiresToken(action = "email.send", resource = "account:{id}")
		Receipt send(@PathVariable String id, @RequestAttribute(RequiresToken.PERMISSION) Permission permission) {
			return deliver(id, permission.scope());
		}
		// end

		private static Receipt deliver(String account, Map<String, Object> limits) {
			return new Receipt(account, limits);
		}

	}

	record Receipt(String account, Map<String, Object> limits) {
	}

}
