package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * The title of an action: the operator's words with bound values between them.
 */
public final class ActionTitle {

	private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]*)\\}");

	private final List<Piece> pieces;

	private ActionTitle(List<Piece> pieces) {
		this.pieces = List.copyOf(pieces);
	}

	/**
	 * Reads a template.
	 * @param template the template
	 * @param fields finds what the entry says of a path
	 * @return the title
	 * @throws IllegalArgumentException with what is wrong with it
	 */
	static ActionTitle parse(String template, Function<ConditionPath, ActionField> fields) {
		List<Piece> pieces = new ArrayList<>();
		Matcher placeholders = PLACEHOLDER.matcher(template);
		int end = 0;
		while (placeholders.find()) {
			words(template.substring(end, placeholders.start()), pieces);
			String path = placeholders.group(1);
			pieces.add(new Piece("",
					fields.apply(ActionEntry.boundPath(path)
						.orElseThrow(() -> new IllegalArgumentException(
								"has the placeholder {" + path + "}, which " + ActionEntry.NOT_BOUND)))));
			end = placeholders.end();
		}
		words(template.substring(end), pieces);
		return new ActionTitle(pieces);
	}

	private static void words(String text, List<Piece> pieces) {
		if (text.contains("{") || text.contains("}")) {
			throw new IllegalArgumentException("has a brace that belongs to no placeholder such as {scope.max_amount}");
		}
		if (!text.isEmpty()) {
			pieces.add(new Piece(text, null));
		}
	}

	/**
	 * Writes the title of a request.
	 * @param request the request
	 * @return the parts, empty if a value is not there or of another type
	 */
	public Optional<List<Part>> write(PolicyRequest request) {
		List<Part> parts = new ArrayList<>();
		for (Piece piece : this.pieces) {
			ActionField field = piece.field();
			FieldValue value = (field != null) ? field.find(request) : null;
			if (value != null && (!value.problem().isEmpty() || value.isEmpty())) {
				return Optional.empty();
			}
			parts.add(new Part(piece.words(), value, field));
		}
		return Optional.of(parts);
	}

	/**
	 * Writes the title of a request without marks.
	 * @param request the request
	 * @return the text, empty if a value is not there or of another type
	 */
	Optional<String> text(PolicyRequest request) {
		return write(request).map((parts) -> parts.stream().map(Part::text).collect(Collectors.joining()));
	}

	/**
	 * What the entry says of the values of the title.
	 * @return the fields
	 */
	public List<ActionField> fields() {
		return this.pieces.stream().map(Piece::field).filter(Objects::nonNull).toList();
	}

	private record Piece(String words, @Nullable ActionField field) {
	}

	/**
	 * A part of a title.
	 *
	 * @param words the operator's words, empty for a value
	 * @param value a value of the request
	 * @param field what the entry says of the value
	 */
	public record Part(String words, @Nullable FieldValue value, @Nullable ActionField field) {

		String text() {
			return (this.value != null) ? this.value.brief() : this.words;
		}

	}

}
