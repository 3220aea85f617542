package io.agentotp.spring;

import java.util.concurrent.atomic.AtomicReference;

import io.agentotp.Permission;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class PermissionContextTests {

	private static final Permission OUTER = Grants.granted("outer", "a", "otp_1");

	private static final Permission INNER = Grants.granted("inner", "b", "otp_2");

	private final ContextSnapshotFactory snapshots = ContextSnapshotFactory.builder().build();

	@Test
	void openWhenNestedThenTheInnermostIsCurrent() {
		try (PermissionContext.Scope outer = PermissionContext.open(OUTER)) {
			try (PermissionContext.Scope inner = PermissionContext.open(INNER)) {
				assertThat(PermissionContext.current()).isSameAs(INNER);
			}
			assertThat(PermissionContext.current()).isSameAs(OUTER);
		}
		assertThatIllegalStateException().isThrownBy(PermissionContext::current)
			.withMessageContaining("Read it there before work goes to another thread");
	}

	@Test
	void closeWhenTheBodyLeftAScopeOpenThenThatOneIsGoneToo() {
		try (PermissionContext.Scope outer = PermissionContext.open(OUTER)) {
			PermissionContext.open(INNER);
		}
		assertThat(PermissionContext.find()).isEmpty();
	}

	@Test
	void snapshotWhenTheBodyRunsThenTheOtherThreadHasThePermissionAndLosesItAfterwards() throws Exception {
		AtomicReference<Object> during = new AtomicReference<>();
		AtomicReference<Object> after = new AtomicReference<>();
		try (PermissionContext.Scope scope = PermissionContext.open(OUTER)) {
			Runnable task = this.snapshots.captureAll().wrap(() -> during.set(PermissionContext.current()));
			Thread thread = new Thread(() -> {
				task.run();
				after.set(PermissionContext.find().isPresent());
			});
			thread.start();
			thread.join();
		}
		assertThat(during).hasValue(OUTER);
		assertThat(after).hasValue(false);
	}

	@Test
	void snapshotWhenTheBodyHasEndedThenThereIsNoPermissionLeft() {
		ContextSnapshot snapshot;
		try (PermissionContext.Scope scope = PermissionContext.open(OUTER)) {
			snapshot = this.snapshots.captureAll();
		}
		try (ContextSnapshot.Scope restored = snapshot.setThreadLocals()) {
			assertThat(PermissionContext.find()).isEmpty();
		}
	}

	@Test
	void snapshotWhenTakenOutsideThenItHidesThePermissionOfThisThread() {
		ContextSnapshotFactory clearing = ContextSnapshotFactory.builder().clearMissing(true).build();
		ContextSnapshot outside = clearing.captureAll();
		try (PermissionContext.Scope scope = PermissionContext.open(OUTER)) {
			try (ContextSnapshot.Scope restored = outside.setThreadLocals()) {
				assertThat(PermissionContext.find()).isEmpty();
			}
			assertThat(PermissionContext.current()).isSameAs(OUTER);
		}
	}

	@Test
	void holdWhenTheWorkChangesThreadsThenThePermissionLivesUntilItIsClosed() {
		PermissionContext.Held held = PermissionContext.hold(OUTER);
		assertThat(PermissionContext.find()).isEmpty();
		try (PermissionContext.Scope scope = held.open()) {
			assertThat(PermissionContext.current()).isSameAs(OUTER);
		}
		assertThat(PermissionContext.find()).isEmpty();
		try (PermissionContext.Scope scope = held.open()) {
			held.close();
			assertThat(PermissionContext.find()).isEmpty();
		}
	}

	@Test
	void contextCaptureWhenReactiveThenThePermissionIsInTheReactorContext() {
		try (PermissionContext.Scope scope = PermissionContext.open(OUTER)) {
			PermissionContext.Held captured = Mono
				.deferContextual((context) -> Mono.<PermissionContext.Held>just(context.get(PermissionContext.KEY)))
				.contextCapture()
				.block();
			assertThat(captured.permission()).containsSame(OUTER);
		}
	}

	@Test
	void registryWhenOnTheClassPathThenHasTheAccessor() {
		assertThat(ContextRegistry.getInstance().getThreadLocalAccessors())
			.hasAtLeastOneElementOfType(PermissionThreadLocalAccessor.class);
	}

}
