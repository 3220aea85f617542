package io.agentotp.spring.method;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Proxy;

import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class UniqueAnnotationTests {

	private final UniqueAnnotation<RequiresPermission> search = new UniqueAnnotation<>(RequiresPermission.class,
			RequiresPermission::action);

	@ParameterizedTest
	@ValueSource(classes = { OnMethod.class, OnPrivateMethod.class, OnClass.class, ByMetaAnnotation.class,
			OfInterface.class, OfInterfaceOfItsBase.class, OfGenericInterface.class, OfBase.class })
	void isInWhenTheAnnotationStandsInTheHierarchyThenTrue(Class<?> type) {
		assertThat(this.search.isIn(type)).isTrue();
	}

	@Test
	void isInWhenTheClassIsAProxyOrALambdaThenItsInterfaceCounts() {
		Contract lambda = (to) -> {
		};
		Object proxy = Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { Contract.class },
				(self, method, arguments) -> null);
		assertThat(this.search.isIn(lambda.getClass())).isTrue();
		assertThat(this.search.isIn(proxy.getClass())).isTrue();
	}

	@Test
	void isInWhenNothingInTheHierarchyHasItThenFalse() {
		assertThat(this.search.isIn(Plain.class)).isFalse();
		assertThat(this.search.isIn(String.class)).isFalse();
	}

	@Retention(RetentionPolicy.RUNTIME)
	@RequiresPermission(action = "a")
	@interface Meta {

	}

	interface Contract {

		@RequiresPermission(action = "a")
		void send(String to);

	}

	interface Generic<T> {

		@RequiresPermission(action = "a")
		void send(T to);

	}

	static class Plain implements Comparable<Plain> {

		@Override
		public int compareTo(Plain other) {
			return 0;
		}

	}

	static class OnMethod {

		@RequiresPermission(action = "a")
		void send() {
		}

	}

	static class OnPrivateMethod {

		@RequiresPermission(action = "a")
		private void send() {
		}

	}

	@RequiresPermission(action = "a")
	static class OnClass {

	}

	static class ByMetaAnnotation {

		@Meta
		void send() {
		}

	}

	static class OfInterface implements Contract {

		@Override
		public void send(String to) {
		}

	}

	static class OfInterfaceOfItsBase extends OfInterface {

	}

	static class OfGenericInterface implements Generic<String> {

		@Override
		public void send(String to) {
		}

	}

	static class OfBase extends OnMethod {

	}

}
