package io.agentotp.spring.token;

import org.springframework.boot.WebApplicationType;

class ServletRequiresTokenTests extends AbstractRequiresTokenTests {

	ServletRequiresTokenTests() {
		super(WebApplicationType.SERVLET);
	}

}
