package io.agentotp.spring.guard;

import java.util.HashSet;
import java.util.Set;

import io.agentotp.Permission;
import io.agentotp.spring.event.PermissionDecidedLateEvent;
import io.agentotp.spring.event.PermissionEvent;
import io.agentotp.spring.event.PermissionPendingEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationEventPublisher;

/**
 * Tells listeners what happens. One that fails changes nothing: it watches, it does not
 * decide.
 */
final class GuardEvents {

	private static final Logger logger = LoggerFactory.getLogger(GuardEvents.class);

	private final ApplicationEventPublisher publisher;

	private final KnownRequests requests = new KnownRequests();

	/** The events that are being told on this thread. */
	private final ThreadLocal<Set<Class<?>>> publishing = ThreadLocal.withInitial(Set::of);

	GuardEvents(ApplicationEventPublisher publisher) {
		this.publisher = publisher;
	}

	/**
	 * Return which requests have been told of.
	 */
	KnownRequests requests() {
		return this.requests;
	}

	void publish(Object event) {
		if (event instanceof PermissionEvent about && !(event instanceof PermissionPendingEvent)) {
			this.requests.told(about.permission().id());
		}
		tell(event);
	}

	/**
	 * A call ends and leaves its request open: publishes the decision if it was made in
	 * this very moment.
	 */
	void leftOpen(Permission permission) {
		@Nullable Permission decided = this.requests.open(permission.id());
		if (decided != null) {
			publish(new PermissionDecidedLateEvent(decided));
		}
	}

	private void tell(Object event) {
		Set<Class<?>> outer = this.publishing.get();
		if (outer.contains(event.getClass())) {
			// A listener makes a guarded call, whose events would make it call again.
			return;
		}
		Set<Class<?>> all = new HashSet<>(outer);
		all.add(event.getClass());
		this.publishing.set(all);
		try {
			this.publisher.publishEvent(event);
		}
		catch (RuntimeException ex) {
			logger.warn("A listener to {} failed", event.getClass().getSimpleName(), ex);
		}
		finally {
			this.publishing.set(outer);
		}
	}

}
