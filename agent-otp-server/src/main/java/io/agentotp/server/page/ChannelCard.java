package io.agentotp.server.page;

import java.util.List;

import io.agentotp.server.language.Messages;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.notification.push.PushChannel;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.user.Address;

/**
 * A channel as the page of one's own addresses shows it.
 *
 * @param name its name
 * @param label what people call it
 * @param on whether it is set up
 * @param confirms whether a message proves an address that one types
 * @param connects whether an account is connected in the channel itself
 * @param browser whether browsers are the addresses
 * @param addresses the addresses of the person
 */
record ChannelCard(String name, String label, boolean on, boolean confirms, boolean connects, boolean browser,
		List<AddressRow> addresses) {

	static ChannelCard of(NotificationChannel channel, List<Address> addresses) {
		boolean browser = channel.name().equals(PushChannel.NAME);
		return new ChannelCard(channel.name(), label(channel.name()), true, channel.tells(Kind.CONFIRM),
				channel.connectLink("code").isPresent(), browser, AddressRow.of(addresses));
	}

	/**
	 * One that is not set up any more, or not yet.
	 */
	static ChannelCard off(String name, List<Address> addresses) {
		return new ChannelCard(name, label(name), false, false, false, false, AddressRow.of(addresses));
	}

	private static String label(String name) {
		return Messages.word("channel", name);
	}

	/**
	 * An address.
	 *
	 * @param id its id
	 * @param hash tells the browser at hand from others
	 * @param text what the person knows it by
	 * @param configured whether only the configuration can remove it
	 * @param since since when it is there
	 * @param problem why nothing is sent there any more, empty if it is
	 */
	record AddressRow(String id, String hash, List<Segment> text, boolean configured, Moment since,
			List<Segment> problem) {

		static List<AddressRow> of(List<Address> addresses) {
			return addresses.stream().map(AddressRow::of).toList();
		}

		private static AddressRow of(Address address) {
			String problem = address.problem();
			return new AddressRow(address.id(), Secrets.sha256(address.address()), VisibleText.of(text(address)),
					address.configured(), Moment.of(address.createdAt()),
					VisibleText.of((problem != null) ? Messages.ofDomain(problem) : null));
		}

		// The address of a browser is a secret, which says nothing to anybody.
		private static String text(Address address) {
			if (!address.channel().equals(PushChannel.NAME)) {
				return address.address();
			}
			String device = PushChannel.device(address.secrets());
			return device.isEmpty() ? Messages.get("own-notifications.a-browser") : device;
		}

	}

}
