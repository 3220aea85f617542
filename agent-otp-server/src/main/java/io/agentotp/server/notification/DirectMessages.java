package io.agentotp.server.notification;

import java.net.URI;
import java.util.Map;

import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.limit.SignInLimits;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.user.Address;
import io.agentotp.server.user.Addresses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * Messages that people have sent at once: to try a channel or an address, and to prove an
 * address. Only so many each minute go to people, since an address may be a stranger's.
 */
@Component
public final class DirectMessages {

	private static final Logger logger = LoggerFactory.getLogger(DirectMessages.class);

	private final Channels channels;

	private final Addresses addresses;

	private final NotificationComposer composer;

	private final NotificationSender sender;

	private final SignInLimits limits;

	DirectMessages(Channels channels, Addresses addresses, NotificationComposer composer, NotificationSender sender,
			SignInLimits limits) {
		this.channels = channels;
		this.addresses = addresses;
		this.composer = composer;
		this.sender = sender;
		this.limits = limits;
	}

	/**
	 * Tries a place. One that was not told any more is told again if it takes the
	 * message.
	 * @param channel the name of the channel
	 * @param place the name of the place
	 * @param link the page to open
	 * @throws ConflictException if the message was not taken, with what was the matter
	 */
	public void testPlace(String channel, String place, URI link) {
		NotificationChannel found = this.channels.find(channel)
			.filter((each) -> each.places().contains(place))
			.orElseThrow(() -> new ConflictException("There is no such place", Map.of()));
		try {
			send(found, Kind.TEST, this.composer.place(place), link);
			this.channels.remember(channel, place);
		}
		catch (DeliveryException ex) {
			throw notTaken(ex);
		}
	}

	/**
	 * Tries the addresses of a person in a channel.
	 * @param channel the name of the channel
	 * @param person the name of the person
	 * @param link the page to open
	 * @throws ConflictException if one was not taken, with what was the matter
	 */
	public void testPerson(String channel, String person, URI link) {
		var own = this.addresses.of(person).stream().filter((address) -> address.channel().equals(channel)).toList();
		if (own.isEmpty()) {
			throw new ConflictException("You have no address in this channel", Map.of());
		}
		own.forEach((address) -> test(address, link));
	}

	/**
	 * Tries an address.
	 * @param address the address
	 * @param link the page to open
	 * @throws ConflictException if the message was not taken, with what was the matter
	 */
	public void test(Address address, URI link) {
		NotificationChannel channel = this.channels.find(address.channel())
			.filter((each) -> each.reachesPeople() && each.tells(Kind.TEST))
			.orElseThrow(() -> new ConflictException("This channel is not set up, so nothing is sent to the address",
					Map.of()));
		SignInLimits.Attempt unused = this.limits.message(address.user());
		try {
			send(channel, Kind.TEST, this.composer.person(address.user(), address.address(), address.secrets()), link);
			if (address.problem() != null) {
				this.addresses.heal(address.id());
				this.sender.works(address);
			}
		}
		catch (DeliveryException ex) {
			if (ex.remedy() == DeliveryException.Remedy.FORGET_ADDRESS) {
				this.addresses.fail(address.id(), String.valueOf(ex.getMessage()));
			}
			throw notTaken(ex);
		}
	}

	/**
	 * Sends the link that proves an address.
	 * @param channel the name of the channel
	 * @param user who says that the address is theirs
	 * @param address the address, which the channel has looked at
	 * @param link the link
	 * @throws ConflictException if the message was not taken, with what was the matter
	 */
	public void confirm(String channel, String user, String address, URI link) {
		NotificationChannel found = confirming(channel);
		SignInLimits.Attempt unused = this.limits.message(user);
		try {
			send(found, Kind.CONFIRM, this.composer.person(user, address, null), link);
		}
		catch (DeliveryException ex) {
			throw notTaken(ex);
		}
	}

	/**
	 * Requires a channel in which people prove addresses by a link.
	 * @param channel the name of the channel
	 * @return the channel
	 */
	public NotificationChannel confirming(String channel) {
		return this.channels.find(channel)
			.filter((each) -> each.reachesPeople() && each.tells(Kind.CONFIRM))
			.orElseThrow(() -> new NotFoundException("There is no such channel to add addresses in"));
	}

	private void send(NotificationChannel channel, Kind kind, Notification.Recipient to, URI link)
			throws DeliveryException {
		try {
			channel.send(Notification.withoutRequest(kind, to, link));
		}
		catch (RuntimeException ex) {
			logger.warn("The notification channel '{}' failed with {}", channel.name(), ex.getClass().getName());
			logger.debug("Where it failed", ex);
			// Its text may hold what is secret.
			throw DeliveryException.retry("The channel failed with " + ex.getClass().getSimpleName(), null);
		}
		this.sender.tried(channel);
	}

	private static ConflictException notTaken(DeliveryException ex) {
		return new ConflictException("The message was not taken. " + ex.getMessage(), Map.of());
	}

}
