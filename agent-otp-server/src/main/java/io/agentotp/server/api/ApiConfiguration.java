package io.agentotp.server.api;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The routes of the API.
 */
@Configuration(proxyBeanMethods = false)
@Import({ AgentPermissionController.class, DecisionController.class, OverviewController.class, AuditController.class,
		StatsController.class, PolicyController.class, AgentController.class, HealthController.class,
		OpenApiController.class })
public class ApiConfiguration {

}
