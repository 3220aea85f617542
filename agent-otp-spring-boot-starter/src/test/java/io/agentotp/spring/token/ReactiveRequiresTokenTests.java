package io.agentotp.spring.token;

import org.springframework.boot.WebApplicationType;

class ReactiveRequiresTokenTests extends AbstractRequiresTokenTests {

	ReactiveRequiresTokenTests() {
		super(WebApplicationType.REACTIVE);
	}

}
