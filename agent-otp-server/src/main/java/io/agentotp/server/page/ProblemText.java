package io.agentotp.server.page;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.web.Problem;
import io.agentotp.server.web.Problems;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.ui.Model;

/**
 * What pages say of a failure, in the language of the reader.
 */
final class ProblemText {

	private ProblemText() {
	}

	/**
	 * Shows a refusal on the page that it is about.
	 * @param refusal the refusal
	 * @param response gets the status
	 * @param model the page
	 * @param name what the page calls it
	 */
	static void show(RefusedException refusal, HttpServletResponse response, Model model, String name) {
		Problem problem = Problems.of(refusal);
		response.setStatus(problem.status());
		model.addAttribute(name, of(problem));
	}

	static List<Segment> of(Problem problem) {
		return VisibleText.of(text(problem));
	}

	private static String text(Problem problem) {
		boolean ofFields = problem.code().equals("VALIDATION_ERROR") && !problem.details().isEmpty();
		return ofFields ? Messages.get("problem.of-form", ofFields(problem.details()))
				+ (problem.text().endsWith(" more") ? "; …" : "") : Messages.ofDomain(problem.text());
	}

	private static String ofFields(Map<String, ?> fields) {
		return fields.entrySet()
			.stream()
			.map((field) -> ofField(field.getKey(), Messages.ofDomain(String.valueOf(field.getValue()))))
			.collect(Collectors.joining("; "));
	}

	// As the form calls it.
	private static String ofField(String name, String problem) {
		String label = Messages.word("field", name);
		boolean sentence = !problem.isEmpty() && Character.isUpperCase(problem.charAt(0));
		return (label.equals(name.replace('_', ' ')) ? name : label) + (sentence ? ": " : " ") + problem;
	}

}
