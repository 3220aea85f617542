package io.agentotp;

/**
 * A use of a token that the service has recorded. A rejected use is a
 * {@link TokenException}.
 *
 * @param usesRemaining how often the token can still be used
 */
public record TokenUse(int usesRemaining) {
}
