package io.agentotp.server.notification.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

import org.apache.hc.client5.http.DnsResolver;

/**
 * Looks a name up once, and gives the client only addresses that it may connect to. It is
 * asked for addresses that are written as numbers, too.
 */
final class CheckedNames implements DnsResolver {

	private final DnsResolver names;

	private final AllowedAddresses allowed;

	CheckedNames(DnsResolver names, AllowedAddresses allowed) {
		this.names = names;
		this.allowed = allowed;
	}

	@Override
	public InetAddress[] resolve(String host) throws UnknownHostException {
		InetAddress[] addresses = this.names.resolve(host);
		// One that is not allowed among others is no accident.
		if (addresses == null || addresses.length == 0) {
			throw new UnknownHostException(host);
		}
		if (!Arrays.stream(addresses).allMatch(this.allowed::contains)) {
			throw new RefusedAddressException(host);
		}
		return addresses;
	}

	@Override
	public String resolveCanonicalHostname(String host) {
		return host;
	}

	static final class RefusedAddressException extends UnknownHostException {

		private static final long serialVersionUID = 1L;

		RefusedAddressException(String host) {
			super(host);
		}

	}

}
