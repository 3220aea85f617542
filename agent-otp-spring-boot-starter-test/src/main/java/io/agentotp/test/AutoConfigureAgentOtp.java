package io.agentotp.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.TestPropertySource;

/**
 * On a Spring test class: guarded methods ask a {@link FakeAgentOtp}, a bean to be
 * injected into the test, instead of a permission service. It begins each test afresh and
 * approves everything until it is told otherwise, by its methods or by
 * {@link WithDeniedPermission} and {@link WithApprovedPermission} on the test. The guard
 * itself is the real one, also where the test enables no auto-configuration. A service
 * that is part of the application is left out.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ImportAutoConfiguration({ AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class })
@Import(FakeAgentOtpConfiguration.class)
@TestPropertySource(properties = "agentotp.server.enabled=false")
public @interface AutoConfigureAgentOtp {

}
