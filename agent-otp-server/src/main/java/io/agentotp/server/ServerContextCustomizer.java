package io.agentotp.server;

import org.springframework.web.context.support.GenericWebApplicationContext;

/**
 * Changes the service's context before it starts, such as its clock in a test.
 */
@FunctionalInterface
interface ServerContextCustomizer {

	void customize(GenericWebApplicationContext context);

}
