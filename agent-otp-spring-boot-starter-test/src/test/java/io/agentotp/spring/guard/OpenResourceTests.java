package io.agentotp.spring.guard;

import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.transaction.support.ResourceHolderSupport;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A call that waits while its thread keeps a connection, as with open-in-view.
 */
@ExtendWith(OutputCaptureExtension.class)
class OpenResourceTests {

	private final Guarded guarded = new Guarded();

	@BeforeEach
	void open() {
		// As the holder of an entity manager, which open-in-view binds for a request.
		TransactionSynchronizationManager.bindResource(this, new ResourceHolderSupport() {
		});
	}

	@AfterEach
	void close() {
		TransactionSynchronizationManager.unbindResource(this);
	}

	@Test
	void callWhenAPersistenceContextIsOpenThenWarnedOnce(CapturedOutput output) {
		this.guarded.run(Desk.class, (desk) -> {
			desk.act();
			desk.act();
			assertThat(desk.ran()).hasValue(2);
		});
		assertThat(output.toString().split("spring.jpa.open-in-view=false", -1)).hasSize(2);
	}

	@Test
	void callWhenAPersistenceContextIsOpenAndThatFailsThenRefused() {
		this.guarded.runner(Desk.class).withPropertyValues("agentotp.method.transaction=fail").run((context) -> {
			Desk desk = context.getBean(Desk.class);
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(desk::act)
				.withMessageContaining("spring.jpa.open-in-view=false")
				.satisfies((ex) -> assertThat(ex.code()).isEqualTo("HOLDS_RESOURCE"));
			assertThat(desk.ran()).hasValue(0);
			assertThat(this.guarded.service.asked()).isEmpty();
		});
	}

	static class Desk {

		private final AtomicInteger ran = new AtomicInteger();

		public AtomicInteger ran() {
			return this.ran;
		}

		@RequiresPermission(action = "act")
		public void act() {
			this.ran.incrementAndGet();
		}

	}

}
