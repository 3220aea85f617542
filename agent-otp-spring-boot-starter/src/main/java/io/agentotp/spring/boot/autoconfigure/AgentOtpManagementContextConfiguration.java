package io.agentotp.spring.boot.autoconfigure;

import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.context.annotation.Import;

/**
 * Guards the beans of the management context, too, if it has a port of its own: then it
 * is a context of its own, which asks through the application's client.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@Import(AgentOtpMethodAutoConfiguration.class)
class AgentOtpManagementContextConfiguration {

}
