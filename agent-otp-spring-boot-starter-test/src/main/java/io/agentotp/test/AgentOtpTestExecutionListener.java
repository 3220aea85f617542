package io.agentotp.test;

import java.lang.annotation.Annotation;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextAnnotationUtils;
import org.springframework.test.context.TestExecutionListener;

/**
 * Lets each test begin with a fresh fake service, told what the test's annotations say,
 * and fails a test whose annotations decided nothing: their action may be misspelt.
 */
final class AgentOtpTestExecutionListener implements TestExecutionListener, Ordered {

	private static final Logger logger = LoggerFactory.getLogger(AgentOtpTestExecutionListener.class);

	private static final String DECIDED = AgentOtpTestExecutionListener.class.getName() + ".decided";

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

	@Override
	public void beforeTestMethod(TestContext test) {
		List<Annotation> ofClass = ofClass(test);
		List<Annotation> ofMethod = ofMethod(test);
		if (!TestContextAnnotationUtils.hasAnnotation(test.getTestClass(), AutoConfigureAgentOtp.class)) {
			Stream.concat(ofClass.stream(), ofMethod.stream()).findFirst().ifPresent((annotation) -> {
				throw new IllegalStateException(
						text(annotation) + " has no effect without @AutoConfigureAgentOtp on the test class");
			});
			return;
		}
		FakeAgentOtp agentOtp = test.getApplicationContext().getBean(FakeAgentOtp.class);
		agentOtp.reset();
		Set<Annotation> decided = decided(test);
		decided.removeAll(ofMethod);
		// What was told last counts.
		ofClass.forEach((annotation) -> script(agentOtp, annotation, decided));
		ofMethod.forEach((annotation) -> script(agentOtp, annotation, decided));
	}

	@Override
	public void afterTestMethod(TestContext test) {
		if (test.getTestException() == null && test.hasAttribute(DECIDED)) {
			AgentOtpAssertions.assertThat(test.getApplicationContext().getBean(FakeAgentOtp.class)).metItsScript();
			Set<Annotation> decided = decided(test);
			ofMethod(test).stream()
				.filter((annotation) -> !decided.contains(annotation))
				.findFirst()
				.ifPresent((annotation) -> {
					throw new AssertionError(text(annotation) + " on " + test.getTestMethod().getName()
							+ " decided no permission request. Check its action and that the context has the guard, "
							+ "or remove the annotation");
				});
		}
	}

	// A warning: somebody may run only some of the class's tests.
	@Override
	public void afterTestClass(TestContext test) {
		if (test.hasAttribute(DECIDED)) {
			Set<Annotation> decided = decided(test);
			ofClass(test).stream()
				.filter((annotation) -> !decided.contains(annotation))
				.forEach((annotation) -> logger.warn("{} on {} decided no permission request. Check its action",
						text(annotation), test.getTestClass().getName()));
		}
	}

	private static List<Annotation> ofClass(TestContext test) {
		return all(
				TestContextAnnotationUtils.getMergedRepeatableAnnotations(test.getTestClass(),
						WithApprovedPermission.class),
				TestContextAnnotationUtils.getMergedRepeatableAnnotations(test.getTestClass(),
						WithDeniedPermission.class));
	}

	private static List<Annotation> ofMethod(TestContext test) {
		return all(
				AnnotatedElementUtils.getMergedRepeatableAnnotations(test.getTestMethod(),
						WithApprovedPermission.class),
				AnnotatedElementUtils.getMergedRepeatableAnnotations(test.getTestMethod(), WithDeniedPermission.class));
	}

	private static List<Annotation> all(Set<? extends Annotation> approvals, Set<? extends Annotation> denials) {
		return Stream.<Annotation>concat(approvals.stream(), denials.stream()).toList();
	}

	private static Set<Annotation> decided(TestContext test) {
		return test.computeAttribute(DECIDED, (name) -> ConcurrentHashMap.<Annotation>newKeySet());
	}

	private static void script(FakeAgentOtp agentOtp, Annotation annotation, Set<Annotation> decided) {
		if (annotation instanceof WithDeniedPermission denial) {
			agentOtp.deny(requests(denial.value(), denial, decided), denial.reason());
		}
		else if (annotation instanceof WithApprovedPermission approval) {
			Predicate<AskedPermission> requests = requests(approval.value(), approval, decided);
			if (approval.scope().isEmpty()) {
				agentOtp.approve(requests);
			}
			else {
				agentOtp.approve(requests, scope(approval.scope()));
			}
		}
	}

	private static Predicate<AskedPermission> requests(String action, Annotation annotation, Set<Annotation> decided) {
		return (asked) -> {
			boolean matches = action.isEmpty() || action.equals(asked.action());
			if (matches) {
				decided.add(annotation);
			}
			return matches;
		};
	}

	private static String text(Annotation annotation) {
		String action = (annotation instanceof WithDeniedPermission denial) ? denial.value()
				: ((WithApprovedPermission) annotation).value();
		return "@" + annotation.annotationType().getSimpleName() + (action.isEmpty() ? "" : "(\"" + action + "\")");
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
