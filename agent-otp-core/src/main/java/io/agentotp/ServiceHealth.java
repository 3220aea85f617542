package io.agentotp;

import org.jspecify.annotations.Nullable;

/**
 * How the service says it is.
 *
 * @param status the service's word, such as {@code ok}
 * @param version the service's version, or {@code null} if it did not say
 */
public record ServiceHealth(String status, @Nullable String version) {
}
