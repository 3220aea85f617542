package io.agentotp.server.agent;

import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;

/**
 * The agent that the application around the service is. Its key is in the memory of this
 * node only: others have another one, and none is stored.
 *
 * @param name name of the agent
 * @param apiKey its key on this node
 */
public record ApplicationAgent(String name, String apiKey) {

	/**
	 * Makes a key for an application.
	 * @param application name of the application, if it has one
	 * @return an agent of that name, as far as an agent may have it
	 */
	public static ApplicationAgent of(@Nullable String application) {
		return new ApplicationAgent(name(application), Agents.newKey(false));
	}

	/**
	 * The name of the agent that an application is.
	 * @param application name of the application, if it has one
	 * @return the name
	 */
	public static String name(@Nullable String application) {
		String name = (application != null)
				? application.replaceAll("[^A-Za-z0-9._-]+", "-").replaceFirst("^[^A-Za-z0-9]+", "") : "";
		return name.isEmpty() ? "application" : name.substring(0, Math.min(name.length(), 64));
	}

	boolean hasKey(String key) {
		return Secrets.same(this.apiKey, key);
	}

	@Override
	public String toString() {
		return "ApplicationAgent[name=" + this.name + "]";
	}

}
