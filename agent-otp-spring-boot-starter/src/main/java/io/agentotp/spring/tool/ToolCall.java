package io.agentotp.spring.tool;

import io.agentotp.spring.method.AgentCall;
import org.jspecify.annotations.Nullable;

/**
 * One call of a tool, as the model asked for it.
 *
 * @param name the name that the model called
 * @param id the model's id of the call, or {@code null}
 * @param arguments the arguments, a JSON object
 * @param caller for whom it is called
 */
public record ToolCall(String name, @Nullable String id, String arguments, ToolCaller caller) {

	AgentCall begun() {
		return AgentCall.of(this.caller.claims(), this.id);
	}

	/**
	 * Return the name only: arguments can be confidential.
	 */
	@Override
	public String toString() {
		return "ToolCall[name=" + this.name + ", id=" + this.id + "]";
	}

}
