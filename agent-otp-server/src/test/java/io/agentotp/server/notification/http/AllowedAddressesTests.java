package io.agentotp.server.notification.http;

import java.net.InetAddress;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which addresses messages may be sent to.
 */
class AllowedAddressesTests {

	@ParameterizedTest
	@ValueSource(strings = { "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255",
			"100.64.0.1", "100.127.255.255", "169.254.169.254", "168.63.129.16", "169.254.0.1", "172.16.0.1",
			"172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1",
			"198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
			"255.255.255.255", "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::169.254.169.254",
			"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1",
			"2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1",
			"2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "febf::1",
			"fec0::1", "ff02::1", "ff05::2" })
	void containsWhenAddressIsNotPublicThenNot(String address) throws Exception {
		assertThat(new AllowedAddresses(List.of()).contains(InetAddress.getByName(address))).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
			"126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
			"192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700:4700::1111",
			"2a00:1450:4001::1", "2001:4860:4860::8888", "::ffff:8.8.8.8" })
	void containsWhenAddressIsPublicThenAllowed(String address) throws Exception {
		assertThat(new AllowedAddresses(List.of()).contains(InetAddress.getByName(address))).isTrue();
	}

	@Test
	void containsWhenNetworkIsAllowedThenThatOneAndNoOther() throws Exception {
		AllowedAddresses allowed = new AllowedAddresses(List.of("10.1.0.0/16", "fd00:1::/32", "192.168.7.7"));
		for (String address : List.of("10.1.0.1", "10.1.255.255", "::ffff:10.1.2.3", "fd00:1::5", "192.168.7.7")) {
			assertThat(allowed.contains(InetAddress.getByName(address))).as(address).isTrue();
		}
		for (String address : List.of("10.2.0.1", "10.0.255.255", "fd00:2::5", "192.168.7.8", "127.0.0.1", "::1")) {
			assertThat(allowed.contains(InetAddress.getByName(address))).as(address).isFalse();
		}
	}

}
