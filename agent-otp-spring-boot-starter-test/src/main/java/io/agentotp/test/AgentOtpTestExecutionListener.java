package io.agentotp.test;

import java.util.Map;
import java.util.Set;

import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextAnnotationUtils;
import org.springframework.test.context.TestExecutionListener;

/**
 * Lets each test begin with a fresh fake service, told what the test's annotations say.
 */
final class AgentOtpTestExecutionListener implements TestExecutionListener, Ordered {

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

	@Override
	public void beforeTestMethod(TestContext test) {
		Class<?> testClass = test.getTestClass();
		if (!TestContextAnnotationUtils.hasAnnotation(testClass, AutoConfigureAgentOtp.class)) {
			return;
		}
		FakeAgentOtp agentOtp = test.getApplicationContext().getBean(FakeAgentOtp.class);
		agentOtp.reset();
		// What was told last counts.
		script(agentOtp,
				TestContextAnnotationUtils.getMergedRepeatableAnnotations(testClass, WithApprovedPermission.class),
				TestContextAnnotationUtils.getMergedRepeatableAnnotations(testClass, WithDeniedPermission.class));
		script(agentOtp,
				AnnotatedElementUtils.getMergedRepeatableAnnotations(test.getTestMethod(),
						WithApprovedPermission.class),
				AnnotatedElementUtils.getMergedRepeatableAnnotations(test.getTestMethod(), WithDeniedPermission.class));
	}

	private static void script(FakeAgentOtp agentOtp, Set<WithApprovedPermission> approvals,
			Set<WithDeniedPermission> denials) {
		approvals.forEach((approval) -> approve(approval, agentOtp));
		denials.forEach((denial) -> agentOtp.deny((asked) -> matches(denial.value(), asked), denial.reason()));
	}

	private static void approve(WithApprovedPermission approval, FakeAgentOtp agentOtp) {
		if (approval.scope().isEmpty()) {
			agentOtp.approve((asked) -> matches(approval.value(), asked));
		}
		else {
			agentOtp.approve((asked) -> matches(approval.value(), asked), scope(approval.scope()));
		}
	}

	private static boolean matches(String action, AskedPermission asked) {
		return action.isEmpty() || action.equals(asked.action());
	}

	@SuppressWarnings("unchecked")
	private static Map<String, ?> scope(String expression) {
		Object scope = new SpelExpressionParser().parseExpression(expression).getValue();
		if (!(scope instanceof Map<?, ?> map) || !map.keySet().stream().allMatch(String.class::isInstance)) {
			throw new IllegalArgumentException(
					"scope of @WithApprovedPermission must make a map with text keys, such as {max_amount: 5}: "
							+ expression);
		}
		return (Map<String, ?>) map;
	}

}
