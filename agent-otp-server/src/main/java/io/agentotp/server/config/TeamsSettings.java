package io.agentotp.server.config;

import java.net.URI;
import java.util.Map;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Messages to Microsoft Teams.
 *
 * @param details How much of a request a message says: nothing, facts or arguments.
 * @param workflows URLs of workflows that post a card to a channel or chat, by name; each
 * URL is a secret.
 */
public record TeamsSettings(@DefaultValue("facts") MessageDetails details, @DefaultValue Map<String, URI> workflows) {

	private static final String PREFIX = "notifications.teams.workflows";

	public TeamsSettings {
		workflows.forEach((name, url) -> {
			if (!WebhookSettings.NAME.matcher(name).matches()) {
				throw InvalidSettingException.of(PREFIX, name,
						"The name of a workflow has 1 to 64 letters, digits, dots, hyphens or underscores");
			}
		});
		workflows = Map.copyOf(workflows);
	}

	@Override
	public String toString() {
		return "TeamsSettings[workflows=" + this.workflows.keySet() + "]";
	}

}
