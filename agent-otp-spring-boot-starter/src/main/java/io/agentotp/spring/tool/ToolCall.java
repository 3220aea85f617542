package io.agentotp.spring.tool;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import io.agentotp.spring.guard.AgentTurn;
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
 * @param context what the tool can read beside its arguments, which is bound, too
 * @param turn what the agent does for one message of its user, or {@code null} if that is
 * not known
 * @param schema the schema of the arguments as the tool declares it, JSON text or a map,
 * or {@code null} if it declares none
 */
public record ToolCall(String name, @Nullable String id, String arguments, ToolCaller caller,
		@Nullable CallerDeadline patience, Map<String, ?> context, @Nullable AgentTurn turn,
		@Nullable Supplier<? extends @Nullable Object> schema) {

	/**
	 * Creates a call of a tool that can read nothing beside its arguments.
	 * @param name the name that the model called
	 * @param id the model's id of the call, or {@code null}
	 * @param arguments the arguments, a JSON object
	 * @param caller for whom it is called
	 * @param patience how long the caller stays, or {@code null} if it waits for the end
	 */
	public ToolCall(String name, @Nullable String id, String arguments, ToolCaller caller,
			@Nullable CallerDeadline patience) {
		this(name, id, arguments, caller, patience, Map.of(), null, null);
	}

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

	/**
	 * Return the same call of a tool that can read more than its arguments.
	 * @param readable what it can read, as {@link ToolProtection#readable} allows
	 * @return the call
	 */
	public ToolCall reading(Map<String, ?> readable) {
		return new ToolCall(this.name, this.id, this.arguments, this.caller, this.patience, readable, this.turn,
				this.schema);
	}

	/**
	 * Return the same call as part of a turn.
	 * @param ofAgent what the agent does for one message of its user, or {@code null}
	 * @return the call
	 */
	public ToolCall in(@Nullable AgentTurn ofAgent) {
		return new ToolCall(this.name, this.id, this.arguments, this.caller, this.patience, this.context, ofAgent,
				this.schema);
	}

	/**
	 * Return the same call of a tool that declares its arguments.
	 * @param declared supplies the schema as it is at that moment, JSON text or a map
	 * @return the call
	 */
	public ToolCall declared(Supplier<? extends @Nullable Object> declared) {
		return new ToolCall(this.name, this.id, this.arguments, this.caller, this.patience, this.context, this.turn,
				declared);
	}

	/**
	 * Return the schema as it is now.
	 */
	@Nullable ToolSchema schemaNow() {
		Object declared = (this.schema != null) ? this.schema.get() : null;
		return (declared != null) ? ToolSchema.of(declared) : null;
	}

	ToolCallContext begun() {
		return ToolCallContext.of(this.caller.claims(), this.id, this.patience, this.turn);
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
