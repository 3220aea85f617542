package io.agentotp.spring.tool;

import java.util.LinkedHashMap;
import java.util.Map;

import io.agentotp.spring.guard.ToolCallContext;
import org.jspecify.annotations.Nullable;

/**
 * For whom an agent calls a tool, as far as the framework knows. The approver reads it as
 * the agent's own words: nothing vouches for it.
 *
 * @param conversation the id of the conversation, or {@code null}
 * @param agent the name of the agent, or {@code null}
 * @param user the end user, or {@code null}
 */
public record ToolCaller(@Nullable String conversation, @Nullable String agent, @Nullable String user) {

	/**
	 * Key of the conversation's id in the context that a framework hands to its tools.
	 */
	public static final String CONVERSATION_ID = "conversationId";

	/**
	 * Key of the agent's name there.
	 */
	public static final String AGENT_NAME = "agentName";

	/**
	 * Key of the end user there.
	 */
	public static final String USER_ID = "userId";

	/**
	 * Nobody known.
	 */
	public static final ToolCaller UNKNOWN = new ToolCaller(null, null, null);

	/**
	 * Reads the well-known keys of a framework's context. Other keys are left alone.
	 * @param context the context
	 * @return the caller
	 */
	public static ToolCaller from(Map<String, ?> context) {
		return new ToolCaller(text(context.get(CONVERSATION_ID)), text(context.get(AGENT_NAME)),
				text(context.get(USER_ID)));
	}

	private static @Nullable String text(@Nullable Object value) {
		return (value != null) ? value.toString() : null;
	}

	Map<String, Object> claims() {
		Map<String, Object> claims = new LinkedHashMap<>();
		put(claims, ToolCallContext.CONVERSATION, this.conversation);
		put(claims, "agent", this.agent);
		put(claims, ToolCallContext.USER, this.user);
		return claims;
	}

	private static void put(Map<String, Object> claims, String name, @Nullable String value) {
		if (value != null) {
			claims.put(name, value);
		}
	}

}
