package io.agentotp.server.page;

/**
 * A piece of text as a page shows it.
 *
 * @param text what is shown
 * @param special whether it stands for a character that one would not see
 * @param title what the character is
 */
public record Segment(String text, boolean special, String title) {
}
