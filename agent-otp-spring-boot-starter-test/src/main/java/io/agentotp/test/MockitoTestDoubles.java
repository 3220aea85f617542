package io.agentotp.test;

import io.agentotp.spring.method.TestDoubles;
import org.mockito.Answers;
import org.mockito.MockingDetails;
import org.mockito.Mockito;

import org.springframework.util.ClassUtils;

/**
 * Knows Mockito's mocks. One that calls the real methods has bodies to guard, and counts
 * for none.
 */
final class MockitoTestDoubles implements TestDoubles {

	private static final boolean PRESENT = ClassUtils.isPresent("org.mockito.Mockito",
			MockitoTestDoubles.class.getClassLoader());

	@Override
	public boolean contain(Object bean) {
		return PRESENT && Mocks.contain(bean);
	}

	/** Loaded only where Mockito is there. */
	private static final class Mocks {

		static boolean contain(Object bean) {
			MockingDetails details = Mockito.mockingDetails(bean);
			return details.isMock()
					&& details.getMockCreationSettings().getDefaultAnswer() != Answers.CALLS_REAL_METHODS;
		}

	}

}
