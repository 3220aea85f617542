package io.agentotp.server.page;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.agent.AgentSettings;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.json.JsonText;
import io.agentotp.server.language.Messages;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * What an administrator types about an agent.
 *
 * @param name its name
 * @param description what it is for
 * @param owner the user who owns it
 * @param requestsPerMinute its own rate limit
 * @param maxPending its own limit of questions that wait
 * @param test whether its key is one for tests
 */
public record AgentForm(String name, String description, String owner, String requestsPerMinute, String maxPending,
		boolean test) {

	static final AgentForm EMPTY = new AgentForm("", "", "", "", "", false);

	private static final String SEEN = "seen.";

	private static final int MAX_DESCRIPTION = 1000;

	private static final int MAX_OWNER = 64;

	static AgentForm of(HttpServletRequest request) {
		return new AgentForm(text(request, "name"), text(request, "description"), text(request, "owner"),
				text(request, "requestsPerMinute"), text(request, "maxPending"), request.getParameter("test") != null);
	}

	/**
	 * What an agent's page showed when it was loaded.
	 * @param name the agent
	 * @param request the form
	 * @return the form as it was then
	 */
	static AgentForm seen(String name, HttpServletRequest request) {
		return new AgentForm(name, text(request, SEEN + "description"), text(request, SEEN + "owner"),
				text(request, SEEN + "requestsPerMinute"), text(request, SEEN + "maxPending"), false);
	}

	static AgentForm of(Agent agent) {
		AgentSettings settings = agent.settings();
		return new AgentForm(agent.id(), text(settings.description()), text(settings.owner()),
				text(settings.requestsPerMinute()), text(settings.maxPending()), false);
	}

	private static String text(HttpServletRequest request, String name) {
		return text(request.getParameter(name));
	}

	// As a browser sends it back, so that what nobody changed is the same.
	private static String text(@Nullable Object value) {
		return Objects.toString(value, "").replaceAll("\r\n?", "\n").strip();
	}

	/**
	 * What was changed since a page was loaded.
	 * @param seen what it showed
	 * @param now what it would show now
	 * @return the settings that differ
	 */
	List<AgentFormChange> changes(AgentForm seen, AgentForm now) {
		return Stream
			.of(AgentFormChange.of(Messages.get("agent.description"), seen.description, now.description,
					this.description),
					AgentFormChange.of(Messages.get("agent.owner"), seen.owner, now.owner, this.owner),
					AgentFormChange.of(Messages.get("agent.requests-a-minute"), seen.requestsPerMinute,
							now.requestsPerMinute, this.requestsPerMinute),
					AgentFormChange.of(Messages.get("agent.requests-that-may-wait"), seen.maxPending, now.maxPending,
							this.maxPending))
			.flatMap(Optional::stream)
			.toList();
	}

	/**
	 * What was typed, as settings.
	 * @return the settings
	 * @throws RefusedException if they cannot be used
	 */
	AgentSettings settings() {
		Map<String, String> problems = new LinkedHashMap<>();
		AgentSettings settings = new AgentSettings(limited("description", this.description, MAX_DESCRIPTION, problems),
				limited("owner", this.owner, MAX_OWNER, problems),
				number("requestsPerMinute", this.requestsPerMinute, problems),
				number("maxPending", this.maxPending, problems));
		if (!problems.isEmpty()) {
			throw new InvalidInputException(problems);
		}
		return settings;
	}

	private static @Nullable String limited(String name, String value, int max, Map<String, String> problems) {
		String problem = (value.length() > max) ? "must have at most " + max + " characters" : JsonText.problem(value);
		if (problem != null) {
			problems.put(name, problem);
		}
		return value.isEmpty() ? null : value;
	}

	private static @Nullable Integer number(String name, String value, Map<String, String> problems) {
		if (value.isEmpty()) {
			return null;
		}
		int number = value.matches("\\d{1,9}") ? Integer.parseInt(value) : -1;
		if (number < 1 || number > AgentOtpServerProperties.MAX_LIMIT) {
			problems.put(name, "must be a whole number from 1 to " + AgentOtpServerProperties.MAX_LIMIT);
		}
		return number;
	}

}
