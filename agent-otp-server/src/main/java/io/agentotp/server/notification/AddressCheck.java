package io.agentotp.server.notification;

import java.util.Optional;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.failure.InvalidInputException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * Looks at addresses that people type, before they are stored.
 */
@Component
public final class AddressCheck {

	private static final Logger logger = LoggerFactory.getLogger(AddressCheck.class);

	private final ObjectProvider<NotificationChannel> channels;

	private final AgentOtpServerProperties properties;

	AddressCheck(ObjectProvider<NotificationChannel> channels, AgentOtpServerProperties properties) {
		this.channels = channels;
		this.properties = properties;
	}

	/**
	 * Warns of addresses in the settings at which nobody is told.
	 */
	void warn() {
		this.properties.users().forEach((name, user) -> user.addresses().forEach((channel, addresses) -> {
			String setting = AgentOtpServerProperties.PREFIX + ".users." + name + ".addresses." + channel;
			Optional<NotificationChannel> found = find(channel);
			if (found.isEmpty()) {
				logger.warn("Nobody is told at {}: there is no such channel, or it is not set up. Set up are {}",
						setting, this.channels.stream().map(NotificationChannel::name).toList());
			}
			found.ifPresent((present) -> addresses.stream()
				.flatMap((address) -> present.problemOfAddress(address.strip()).stream())
				.forEach((problem) -> logger.warn("An address of {} is none of the channel: {}", setting, problem)));
		}));
	}

	private Optional<NotificationChannel> find(String channel) {
		return this.channels.stream().filter((each) -> each.name().equals(channel)).findFirst();
	}

	/**
	 * Requires an address that its channel takes. One of a channel that is not set up yet
	 * is looked at by nobody.
	 * @param channel the name of the channel
	 * @param address the address
	 * @throws InvalidInputException if the address is none, or the channel reaches no
	 * people
	 */
	public void require(String channel, String address) {
		find(channel).ifPresent((found) -> {
			if (!found.reachesPeople()) {
				throw new InvalidInputException("channel", "must be one that reaches people");
			}
			found.problemOfAddress(address.strip()).ifPresent((problem) -> {
				throw new InvalidInputException("address", problem);
			});
		});
	}

}
