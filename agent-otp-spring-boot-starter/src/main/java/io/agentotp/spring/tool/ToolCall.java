package io.agentotp.spring.tool;

import java.util.List;

import io.agentotp.spring.guard.CallerDeadline;
import io.agentotp.spring.guard.ToolCallContext;
import org.jspecify.annotations.Nullable;

/**
 * One call of a tool, as the model asked for it.
 *
 * @param name the name that the model called
 * @param id the model's id of the call, or {@code null}
 * @param arguments the arguments, a JSON object
 * @param caller for whom it is called
 * @param patience how long the caller stays, or {@code null} if it waits for the end
 */
public record ToolCall(String name, @Nullable String id, String arguments, ToolCaller caller,
		@Nullable CallerDeadline patience) {

	/**
	 * Creates a call whose caller waits for its end.
	 * @param name the name that the model called
	 * @param id the model's id of the call, or {@code null}
	 * @param arguments the arguments, a JSON object
	 * @param caller for whom it is called
	 */
	public ToolCall(String name, @Nullable String id, String arguments, ToolCaller caller) {
		this(name, id, arguments, caller, null);
	}

	ToolCallContext begun() {
		return ToolCallContext.of(this.caller.claims(), this.id, this.patience);
	}

	/**
	 * Return what makes this call and no other.
	 */
	Object subject() {
		return List.of(this.name, ToolArguments.subject(this.arguments));
	}

	/**
	 * Return the name only: arguments can be confidential.
	 */
	@Override
	public String toString() {
		return "ToolCall[name=" + this.name + ", id=" + this.id + "]";
	}

}
