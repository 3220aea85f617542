package io.agentotp.server.page;

import io.agentotp.server.page.text.Segment;
import java.util.List;

/**
 * A name and its value.
 *
 * @param name the name
 * @param value the value
 */
public record Row(List<Segment> name, List<Segment> value) {
}
