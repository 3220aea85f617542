package io.agentotp.spring.method;

import org.mockito.Answers;
import org.mockito.MockingDetails;
import org.mockito.Mockito;

import org.springframework.util.ClassUtils;

/**
 * Knows the beans that a test has put in the place of others.
 */
final class TestDoubles {

	private static final boolean PRESENT = ClassUtils.isPresent("org.mockito.Mockito",
			TestDoubles.class.getClassLoader());

	private TestDoubles() {
	}

	/**
	 * Return whether a bean is a mock, whose methods have no body that a guard could keep
	 * from running.
	 */
	static boolean isMock(Object bean) {
		return PRESENT && MockitoMocks.isMock(bean);
	}

	/** Loaded only where Mockito is there. */
	private static final class MockitoMocks {

		static boolean isMock(Object bean) {
			MockingDetails details = Mockito.mockingDetails(bean);
			return details.isMock()
					&& details.getMockCreationSettings().getDefaultAnswer() != Answers.CALLS_REAL_METHODS;
		}

	}

}
