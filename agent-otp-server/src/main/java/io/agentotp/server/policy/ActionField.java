package io.agentotp.server.policy;

import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A bound value in the operator's words.
 *
 * @param path where it is
 * @param label what it is called, or {@code null} for its path
 * @param format how it is written, or {@code null} for what its name and type suggest
 * @param folded whether it is behind one press
 * @param columns the columns of a list
 */
public record ActionField(ConditionPath path, @Nullable String label, @Nullable FieldFormat format, boolean folded,
		List<Column> columns) {

	static ActionField of(ConditionPath path) {
		return new ActionField(path, null, null, false, List.of());
	}

	/**
	 * What it is called.
	 * @return the label, or the path
	 */
	public String text() {
		return (this.label != null) ? this.label : this.path.toString();
	}

	public String pathText() {
		return this.path.toString();
	}

	/**
	 * Whether this is all of an entry of the scope.
	 * @param name the name of the entry
	 * @return whether it is
	 */
	public boolean isScope(String name) {
		return this.path.isOfScope() && name.equals(this.path.entry());
	}

	public boolean isOfScope() {
		return this.path.isOfScope();
	}

	public boolean isResource() {
		return this.path.isResource();
	}

	/**
	 * Whether this is all of an argument.
	 * @param name the name of the argument
	 * @return whether it is
	 */
	public boolean isArgument(String name) {
		return !this.path.isOfScope() && name.equals(this.path.entry());
	}

	/**
	 * Finds the value in a request.
	 * @param request the request
	 * @return the value, or why there is none that can be written so
	 */
	public FieldValue find(PolicyRequest request) {
		JsonNode value;
		try {
			value = this.path.find(request);
		}
		catch (EvaluationException ex) {
			return FieldValue.missing(ex.text());
		}
		if (value == null) {
			return FieldValue.missing("is not in this request");
		}
		FieldFormat of = this.format;
		if (of == null) {
			FieldValue guessed = FieldValue.guess(this.path.name(), this.path.type(request), value,
					beside("currency", request));
			return (guessed != null) ? guessed : FieldValue.of(value, FieldFormat.TEXT, null);
		}
		return FieldValue.of(value, of, (of.currencyFrom() != null) ? currency(of.currencyFrom(), request) : null);
	}

	private @Nullable JsonNode beside(String name, PolicyRequest request) {
		return this.path.beside(name).map((path) -> findOrNull(path, request)).orElse(null);
	}

	private static @Nullable JsonNode currency(String path, PolicyRequest request) {
		return ConditionPath.parse(path).map((found) -> findOrNull(found, request)).orElse(null);
	}

	private static @Nullable JsonNode findOrNull(ConditionPath path, PolicyRequest request) {
		try {
			return path.find(request);
		}
		catch (EvaluationException ex) {
			return null;
		}
	}

	/**
	 * A column of a list.
	 *
	 * @param name the name of the value in each element
	 * @param label what it is called
	 * @param format how it is written, or {@code null} for what its name suggests
	 * @param sum whether the values are added up
	 */
	public record Column(String name, String label, @Nullable FieldFormat format, boolean sum) {

		/**
		 * Finds the value in an element of the list.
		 * @param element the element
		 * @param typed whether the application has written types before values
		 * @return the value, or why there is none that can be written so
		 */
		public FieldValue find(JsonNode element, boolean typed) {
			JsonNode value = ConditionPath.plain(element, typed).get(this.name);
			if (value == null || value.isNull()) {
				return FieldValue.missing("is not there");
			}
			JsonNode bare = ConditionPath.plain(value, typed);
			FieldFormat of = this.format;
			if (of == null) {
				FieldValue guessed = FieldValue.guess(this.name, ConditionPath.type(value, typed), bare,
						beside("currency", element, typed));
				return (guessed != null) ? guessed : FieldValue.of(bare, FieldFormat.TEXT, null);
			}
			return FieldValue.of(bare, of,
					(of.currencyFrom() != null) ? beside(of.currencyFrom(), element, typed) : null);
		}

		private static @Nullable JsonNode beside(String name, JsonNode element, boolean typed) {
			JsonNode value = ConditionPath.plain(element, typed).get(name);
			return (value != null) ? ConditionPath.plain(value, typed) : null;
		}

	}

}
