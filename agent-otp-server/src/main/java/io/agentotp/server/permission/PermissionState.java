package io.agentotp.server.permission;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Where a permission stands.
 */
public enum PermissionState {

	PENDING, APPROVED, DENIED, EXPIRED, USED, REVOKED;

	public String text() {
		return name().toLowerCase(Locale.ROOT);
	}

	boolean isOver() {
		return this != PENDING && this != APPROVED;
	}

	public static Optional<PermissionState> find(String text) {
		return Arrays.stream(values()).filter((status) -> status.text().equals(text)).findFirst();
	}

}
