package io.agentotp.spring;

import io.agentotp.AgentOtpException;
import org.jspecify.annotations.Nullable;

/**
 * The guard itself refused a call; the body did not run. {@link #code()} tells why:
 * <ul>
 * <li>{@code ATTRIBUTE_INVALID}: an attribute of {@link RequiresPermission} could not be
 * evaluated, or evaluated to null</li>
 * <li>{@code ARGUMENT_NOT_BINDABLE}: an argument has no JSON form, see
 * {@link NotBound}</li>
 * <li>{@code CALL_CHANGED}: an argument has changed since the approver saw it</li>
 * <li>{@code SCOPE_NARROWED}: less was granted than asked for, and the method does not
 * say that it keeps to that</li>
 * <li>{@code SCOPE_EXCEEDED}: the call goes beyond what was granted, by its
 * {@link RequiresPermission#check() check}</li>
 * <li>{@code GRANT_MISMATCH}: the service granted another call, or more than was asked
 * for</li>
 * <li>{@code GRANT_NOT_SIGNED}, {@code GRANT_REPLAYED}: the service granted the call
 * without the signatures that this application requires, or once more on the same
 * ones</li>
 * <li>{@code GRANT_EXPIRED}: the grant's time was over when the body would have
 * begun</li>
 * <li>{@code GRANT_SPENT}: the body would have run a second time on one grant, or without
 * one, because an advice around it tried again</li>
 * <li>{@code BLOCKING_THREAD}: the call would wait on a thread that must not block</li>
 * <li>{@code IN_TRANSACTION}: the call was made inside a transaction</li>
 * <li>{@code HOLDS_RESOURCE}: the call was made while its thread keeps a persistence
 * context, a connection or the like open</li>
 * <li>{@code TOO_MANY_WAITS}: as many calls as allowed wait for a human already</li>
 * <li>{@code INTERRUPTED}, {@code SHUTTING_DOWN}: the wait was ended; the request is
 * withdrawn</li>
 * <li>{@code TOOL_REFUSED}: a tool that must not be called, by a rule or because nothing
 * guards its method</li>
 * <li>{@code CALL_ALREADY_RUN}: the same call, made at the same moment, has used the
 * approval</li>
 * <li>{@code CALLER_UNKNOWN}: a call that does not wait, made by a tool of a client that
 * the guard does not know, or by a web request with neither principal nor session:
 * somebody else could pick its approval up</li>
 * <li>{@code DENIED_BEFORE}: the same call of an agent's tool was denied a while ago</li>
 * <li>{@code TOO_MANY_REQUESTS}: the tools of an agent have asked approvers as often as
 * one turn may</li>
 * <li>{@code CALLER_GONE}: nobody waits for the end of the call any more</li>
 * <li>{@code CALL_AGAIN}: the permission was granted while the call waited; it is picked
 * up when the call is made again</li>
 * </ul>
 */
public final class CallRefusedException extends AgentOtpException {

	private final String explanation;

	/**
	 * Creates a refusal.
	 * @param code the error code
	 * @param message what is wrong and what to do
	 * @param cause the cause, or {@code null}
	 */
	public CallRefusedException(String code, String message, @Nullable Throwable cause) {
		this(code, message, message, cause);
	}

	/**
	 * Creates a refusal whose message names what only the operator may know.
	 * @param code the error code
	 * @param message what is wrong and what to do
	 * @param explanation what a model may be told
	 * @param cause the cause, or {@code null}
	 */
	public CallRefusedException(String code, String message, String explanation, @Nullable Throwable cause) {
		super("guard", code, message, cause);
		this.explanation = explanation;
	}

	/**
	 * Return what is wrong, as a model may be told it.
	 * @return the explanation, without the code
	 */
	public String explanation() {
		return this.explanation;
	}

}
