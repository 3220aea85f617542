package io.agentotp.server.user;

/**
 * Two users are one person, so one of them has ended. It is told within the transaction.
 *
 * @param ended the user that ended
 * @param to the user that the person is from now on
 */
public record UserLinked(String ended, String to) {
}
