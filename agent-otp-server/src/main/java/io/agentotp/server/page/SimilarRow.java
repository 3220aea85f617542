package io.agentotp.server.page;

import java.util.List;
import java.util.stream.Stream;

import io.agentotp.server.page.text.Segment;
import org.jspecify.annotations.Nullable;

/**
 * A request among similar ones.
 *
 * @param card the request
 * @param cells its values in each column
 * @param words its free text in each column
 * @param signs what has to be known of it before it is approved
 */
public record SimilarRow(PermissionCard card, List<Cell> cells, List<Cell> words, List<Sign> signs) {

	/**
	 * A value.
	 *
	 * @param fact the value, or {@code null} if there is none
	 * @param number which of several values that look alike, else 0
	 */
	public record Cell(@Nullable Fact fact, int number) {
	}

	/**
	 * A warning.
	 *
	 * @param key which
	 * @param names of which values, or empty
	 * @param requests of how many requests
	 */
	public record Sign(String key, List<List<Segment>> names, int requests) {

		static Sign of(String key, List<List<Segment>> names) {
			return new Sign(key, names, 1);
		}

		Sign and(Sign other) {
			return new Sign(this.key, Stream.concat(this.names.stream(), other.names.stream()).distinct().toList(),
					this.requests + other.requests);
		}

	}

}
