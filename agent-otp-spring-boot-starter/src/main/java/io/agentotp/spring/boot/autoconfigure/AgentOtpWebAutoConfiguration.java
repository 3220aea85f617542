package io.agentotp.spring.boot.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Auto-configuration of the answers to requests whose guarded call was refused, for
 * servlet and reactive applications.
 */
@AutoConfiguration
@ConditionalOnWebApplication
@ConditionalOnClass({ ProblemDetail.class, RestControllerAdvice.class })
@ConditionalOnBooleanProperty("agentotp.web.problem-details")
public final class AgentOtpWebAutoConfiguration {

	@Bean
	RefusalProblemHandler agentOtpRefusalProblemHandler() {
		return new RefusalProblemHandler();
	}

}
