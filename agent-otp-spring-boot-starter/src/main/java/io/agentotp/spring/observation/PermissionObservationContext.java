package io.agentotp.spring.observation;

import java.util.LinkedHashMap;
import java.util.Map;

import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;

/**
 * What is known of a guarded call while it is observed. The calls to the service carry
 * the trace's headers.
 */
public final class PermissionObservationContext extends SenderContext<Map<String, String>> {

	private final String action;

	private final String method;

	private String outcome = "none";

	/**
	 * Creates a context.
	 * @param action the action of the method
	 * @param method the guarded method, as {@code class.method(types)}
	 */
	public PermissionObservationContext(String action, String method) {
		super((headers, name, value) -> {
			if (headers != null) {
				headers.put(name, value);
			}
		}, Kind.CLIENT);
		this.action = action;
		this.method = method;
		setCarrier(new LinkedHashMap<>());
		setRemoteServiceName("agent-otp");
	}

	/**
	 * Return the action of the method, which is literal text.
	 * @return the action
	 */
	public String getAction() {
		return this.action;
	}

	/**
	 * Return the guarded method.
	 * @return its class, name and parameter types
	 */
	public String getMethod() {
		return this.method;
	}

	/**
	 * Return how the call ended.
	 * @return {@code succeeded}, {@code failed} or {@code cancelled} if the body ran,
	 * {@code denied}, {@code expired}, {@code pending}, {@code refused} or {@code error}
	 * if not, {@code none} before the end
	 */
	public String getOutcome() {
		return this.outcome;
	}

	/**
	 * Sets how the call ended.
	 * @param outcome the outcome
	 */
	public void setOutcome(String outcome) {
		this.outcome = outcome;
	}

}
