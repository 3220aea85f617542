package io.agentotp.server.page;

import java.util.List;
import java.util.stream.Stream;

import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What an application binds itself to.
 *
 * @param target what it would call
 * @param arguments with what
 * @param leftOut the names of the arguments that are bound, but too large to be shown
 * @param notBound the parameters that are not bound, as the service says it
 * @param notBoundNames their names, whatever they are
 */
public record CallView(List<Row> target, List<ArgumentRow> arguments, List<List<Segment>> leftOut,
		List<List<Segment>> notBound, List<List<Segment>> notBoundNames) {

	static @Nullable CallView of(@Nullable JsonNode call, Facts facts) {
		if (call == null) {
			return null;
		}
		JsonNode target = call.path("target");
		List<ArgumentRow> arguments = call.path("arguments")
			.valueStream()
			.map((argument) -> ArgumentRow.of(argument, !target.has("tool"), facts.isAbove(argument)))
			.toList();
		List<List<Segment>> notBoundNames = call.path("notBound")
			.valueStream()
			.map((name) -> VisibleText.of(name.asString("")))
			.toList();
		return new CallView(
				Stream.of("tool", "type", "method", "bean", "schema")
					.filter(target::has)
					.map((name) -> new Row(VisibleText.of(Messages.get("call." + name)), text(name, target.path(name))))
					.toList(),
				arguments,
				call.path("arguments")
					.valueStream()
					.filter((argument) -> argument.has("sha256"))
					.map((argument) -> Facts.name(VisibleText.of(argument.path("name").asString(""))))
					.toList(),
				notBoundNames.stream().map(Facts::name).toList(), notBoundNames);
	}

	// A schema may be JSON or text, which must not look the same.
	private static List<Segment> text(String name, JsonNode value) {
		return value.isString() && !name.equals("schema") ? VisibleText.of(value.stringValue()) : ValueText.of(value);
	}

	/**
	 * What is called, in one line.
	 * @param call the call, if it is known
	 * @return the tool, marked as one, or class and method
	 */
	static List<Segment> title(@Nullable JsonNode call) {
		if (call == null) {
			return List.of();
		}
		JsonNode target = call.path("target");
		return VisibleText
			.of(target.has("tool") ? Messages.get("call.of-tool", target.path("tool").asString(""))
					: target.path("type").asString("") + "." + target
						.path("method")
						.asString("")
							+ (target.has("bean") ? " " + Messages.get("call.of-bean", target.path("bean").asString(""))
									: ""));
	}

}
