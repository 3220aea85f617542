package io.agentotp.spring.operation;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;

import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;

/**
 * Writes a set in an order of its own: that of the JDK's unordered sets differs from one
 * start of the application to the next, and the same call would have another digest. A
 * set that keeps an order is written in it.
 */
final class SetSerializer extends ValueSerializer<Set<?>> {

	@Override
	public void serialize(Set<?> set, JsonGenerator generator, SerializationContext context) {
		List<String> elements = new ArrayList<>(set.size());
		for (Object element : set) {
			ByteArrayOutputStream json = new ByteArrayOutputStream();
			try (JsonGenerator own = context.tokenStreamFactory().createGenerator(context, json)) {
				context.writeValue(own, element);
			}
			elements.add(json.toString(StandardCharsets.UTF_8));
		}
		if (!(set instanceof LinkedHashSet || set instanceof SortedSet)) {
			elements.sort(Comparator.naturalOrder());
		}
		generator.writeStartArray();
		elements.forEach(generator::writeRawValue);
		generator.writeEndArray();
	}

}
