package io.agentotp.server.notification.http;

import io.agentotp.server.config.InvalidSettingException;

import org.springframework.beans.factory.ObjectProvider;

/**
 * The library that messages are posted with, which an application adds only if a channel
 * needs it.
 */
public final class HttpLibrary {

	private HttpLibrary() {
	}

	/**
	 * Stops the start if the library is not there.
	 * @param channel the channel that needs it
	 * @param poster what posts with it
	 * @return what posts
	 */
	public static HttpPoster require(String channel, ObjectProvider<HttpPoster> poster) {
		HttpPoster available = poster.getIfAvailable();
		if (available == null) {
			throw InvalidSettingException.fault("The channel " + channel
					+ " of notifications needs what is not on the class path: org.apache.httpcomponents.client5:httpclient5",
					"Add the dependency, or remove the settings agentotp.server.notifications." + channel);
		}
		return available;
	}

}
