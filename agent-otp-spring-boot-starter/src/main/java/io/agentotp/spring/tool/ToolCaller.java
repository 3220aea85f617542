package io.agentotp.spring.tool;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import io.agentotp.spring.guard.ToolCallContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.StringUtils;

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

	private static final Logger logger = LoggerFactory.getLogger(ToolCaller.class);

	private static final String IN_MEMORY = " in memory ";

	private static final int MOST_TOLD = 100;

	private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

	/**
	 * Nobody known.
	 */
	public static final ToolCaller UNKNOWN = new ToolCaller(null, null, null);

	/**
	 * Creates a caller. A blank text says nothing.
	 * @param conversation the id of the conversation, or {@code null}
	 * @param agent the name of the agent, or {@code null}
	 * @param user the end user, or {@code null}
	 */
	public ToolCaller {
		conversation = StringUtils.hasText(conversation) ? conversation : null;
		agent = StringUtils.hasText(agent) ? agent : null;
		user = StringUtils.hasText(user) ? user : null;
	}

	/**
	 * Reads the well-known keys of a framework's context. Other keys are left alone.
	 * @param context the context
	 * @return the caller
	 */
	public static ToolCaller from(Map<String, ?> context) {
		return new ToolCaller(id(context, CONVERSATION_ID), id(context, AGENT_NAME), id(context, USER_ID));
	}

	/**
	 * Return the same caller in a chat memory. One conversation may have several, and one
	 * memory several conversations: each counts.
	 * @param memory the id of the memory, or {@code null}
	 * @return the caller
	 */
	public ToolCaller in(@Nullable String memory) {
		String other = (StringUtils.hasText(memory) && !memory.equals(this.conversation)) ? memory : "";
		if (this.conversation == null) {
			return other.isEmpty() ? this : new ToolCaller(other, this.agent, this.user).in(null);
		}
		if (other.isEmpty() && !this.conversation.contains(IN_MEMORY)) {
			return this;
		}
		// The length tells where the memory begins, whatever is in the ids.
		return new ToolCaller(this.conversation + IN_MEMORY + other + "/" + other.length(), this.agent, this.user);
	}

	private static @Nullable String id(Map<String, ?> context, String key) {
		Object value = context.get(key);
		return (value != null) ? id(key, value) : null;
	}

	/**
	 * Return what a value tells callers apart by. Of an object only its class knows
	 * whether its text does: two users could read alike, and share an approval.
	 * @param what what the value is, for the log
	 * @param value the value
	 * @return a text, a number, an enum's constant or a UUID as it is written, or
	 * {@code null} for anything else, as if there were none
	 */
	public static @Nullable String id(String what, Object value) {
		if (value instanceof Enum<?> constant) {
			return constant.name();
		}
		if (value instanceof String || value instanceof Number || value instanceof UUID) {
			return value.toString();
		}
		if (TOLD.size() < MOST_TOLD && TOLD.add(what + value.getClass().getName())) {
			logger.warn("The {} is of class {} and tells no callers apart, so nobody is known by it: "
					+ "use a text, a number or a UUID", what, value.getClass().getName());
		}
		return null;
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
