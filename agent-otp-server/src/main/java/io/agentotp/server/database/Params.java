package io.agentotp.server.database;

import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Parameters of a statement, some of which may be {@code null}.
 */
public final class Params {

	private Params() {
	}

	public static List<?> of(@Nullable Object... values) {
		return Arrays.asList(values);
	}

}
