package io.agentotp.server.page.text;

import java.io.Serializable;

/**
 * A piece of text as a page shows it. It may wait for the page in the session, which a
 * host may keep outside of memory.
 *
 * @param text what is shown
 * @param special whether it stands for a character that one would not see
 * @param title what the character is
 */
public record Segment(String text, boolean special, String title) implements Serializable {
}
