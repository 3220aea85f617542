package io.agentotp.server.notification.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;

import org.springframework.security.util.matcher.InetAddressMatcher;
import org.springframework.security.util.matcher.InetAddressMatchers;

/**
 * The addresses that messages may be sent to: public ones, and those that the operator
 * allows. An address that carries another one inside, such as of NAT64, is not public.
 */
final class AllowedAddresses {

	// What the registries of IANA have for special purposes, besides what the library
	// knows as internal, and the address at which Azure's hosts serve their guests.
	private static final List<String> SPECIAL = List.of("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24",
			"168.63.129.16/32", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
			"240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20");

	private static final InetAddressMatcher GLOBAL_UNICAST = InetAddressMatchers.fromIpAddress("2000::/3");

	private static final InetAddressMatcher PUBLIC = InetAddressMatchers.matchExternal()
		.excludeAddresses(SPECIAL)
		.build();

	private final List<InetAddressMatcher> allowed;

	AllowedAddresses(List<String> networks) {
		this.allowed = networks.stream().map(InetAddressMatchers::fromIpAddress).toList();
	}

	boolean contains(InetAddress address) {
		return isPublic(address) || this.allowed.stream().anyMatch((network) -> network.matches(address));
	}

	private static boolean isPublic(InetAddress address) {
		return (!(address instanceof Inet6Address) || GLOBAL_UNICAST.matches(address)) && PUBLIC.matches(address);
	}

}
