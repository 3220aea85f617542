package io.agentotp.spring.guard;

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

	GuardEvents(ApplicationEventPublisher publisher) {
		this.publisher = publisher;
	}

	void publish(Object event) {
		try {
			this.publisher.publishEvent(event);
		}
		catch (RuntimeException ex) {
			logger.warn("A listener to {} failed", event.getClass().getSimpleName(), ex);
		}
	}

}
