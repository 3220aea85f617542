package io.agentotp.server.page;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The part of a long list that a page shows.
 *
 * @param number which part, from 1
 * @param length how long a part is
 * @param total how long the list is
 * @param query the filters, as they follow a parameter in an address
 */
public record Paging(long number, int length, long total, String query) {

	static Paging of(int asked, int length, long total, Map<String, String> filters) {
		String query = filters.entrySet()
			.stream()
			.filter((filter) -> !filter.getValue().isEmpty())
			.map((filter) -> "&" + filter.getKey() + "=" + URLEncoder.encode(filter.getValue(), StandardCharsets.UTF_8))
			.collect(Collectors.joining());
		long last = pages(total, length);
		return new Paging(Math.max(1, Math.min(asked, last)), length, total, query);
	}

	public long pages() {
		return pages(this.total, this.length);
	}

	long offset() {
		return (this.number - 1) * this.length;
	}

	private static long pages(long total, int length) {
		return Math.max(1, (total + length - 1) / length);
	}

}
