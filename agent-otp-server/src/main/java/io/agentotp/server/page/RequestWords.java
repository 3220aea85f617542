package io.agentotp.server.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.NotificationChannel.Details;
import io.agentotp.server.notification.RequestDescriber;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.PermissionRequest;
import io.agentotp.server.permission.StoredPermission;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.stereotype.Component;

/**
 * A request in plain words, for messages: the same facts as on its page.
 */
@Component
final class RequestWords implements RequestDescriber {

	private static final int MAX_NAME = 100;

	private static final int MAX_TITLE = 200;

	private static final int MAX_VALUE = 1000;

	private static final int MAX_FACTS = 40;

	private final FactsReader facts;

	RequestWords(FactsReader facts) {
		this.facts = facts;
	}

	@Override
	public Notification.Request describe(StoredPermission permission, Details details, Locale language) {
		return Messages.in(language, () -> (details == Details.NOTHING) ? nothing(permission)
				: describe(permission, this.facts.of(permission), details == Details.ARGUMENTS));
	}

	private static Notification.Request nothing(StoredPermission permission) {
		return new Notification.Request(permission.id(), "", "", null, Messages.get("notification.pending"), false,
				List.of(), false, null, permission.createdAt(), permission.pendingUntil(), null);
	}

	private static Notification.Request describe(StoredPermission permission, Facts facts, boolean all) {
		PermissionRequest request = permission.request();
		List<String> signs = PermissionCard.of(permission, facts, permission.createdAt()).signs();
		List<Notification.Fact> told = new ArrayList<>();
		String called = line(CallView.title(request.call()));
		if (!called.isEmpty()) {
			told.add(new Notification.Fact(Messages.get("notification.call"), bounded(called, MAX_VALUE)));
		}
		told.addAll(all ? all(facts) : some(facts));
		boolean complete = all && signs.isEmpty() && isComplete(permission, facts, told);
		String resource = text(request.resource());
		JsonNode reason = request.context().path("reason");
		String problem = permission.isIntact() ? problem(signs, facts)
				: Messages.ofDomain("Permission " + permission.id() + " " + permission.problem());
		return new Notification.Request(permission.id(), text(permission.agentId()), text(request.action()),
				resource.isEmpty() ? null : bounded(resource, MAX_VALUE), bounded(title(facts, request), MAX_TITLE),
				facts.repetition() != null || !facts.known(), told.subList(0, Math.min(told.size(), MAX_FACTS)),
				complete, reason.isString() ? bounded(text(reason.stringValue()), MAX_VALUE) : null,
				permission.createdAt(), permission.pendingUntil(), problem.isEmpty() ? null : problem);
	}

	// What an approver has to know before all else, without what an agent wrote.
	private static String problem(List<String> signs, Facts facts) {
		return Stream
			.concat(signs.stream().map((sign) -> Messages.get("notification.sign." + sign)), facts.problems().stream())
			.collect(Collectors.joining(" "));
	}

	private static String title(Facts facts, PermissionRequest request) {
		String title = facts.title().stream().map((part) -> line(part.line().text())).collect(Collectors.joining());
		String resource = line(VisibleText.of(request.resource()));
		return !title.isBlank() ? title : text(request.action()) + (resource.isEmpty() ? "" : " " + resource);
	}

	private static List<Notification.Fact> some(Facts facts) {
		return facts.brief()
			.stream()
			.map((fact) -> new Notification.Fact(bounded(line(fact.label()), MAX_NAME),
					bounded(Shown.text(fact.value().text()), MAX_VALUE)))
			.toList();
	}

	private static List<Notification.Fact> all(Facts facts) {
		List<Fact> all = new ArrayList<>(facts.list());
		all.addAll(facts.more());
		String unchecked = Messages.get("approval.not-verified");
		return Stream
			.concat(all.stream().map((fact) -> fact(name(fact), fact)),
					facts.words().stream().map((fact) -> fact(name(fact) + " (" + unchecked + ")", fact)))
			.toList();
	}

	private static Notification.Fact fact(String name, Fact fact) {
		return new Notification.Fact(name, bounded(value(fact), MAX_VALUE));
	}

	private static String value(Fact fact) {
		JsonNode raw = fact.raw();
		if (raw != null && raw.isContainer() && !fact.value().isWithheld()) {
			return text(Json.write(raw));
		}
		String value = fact.value()
			.lines()
			.stream()
			.map((line) -> Shown.text(line.text()))
			.collect(Collectors.joining("\n"));
		String note = Shown.text(fact.value().note());
		return value.isEmpty() ? note : note.isEmpty() ? value : value + " (" + note + ")";
	}

	private static boolean isComplete(StoredPermission permission, Facts facts, List<Notification.Fact> told) {
		boolean seen = facts.list().stream().allMatch((fact) -> fact.raw() != null)
				&& facts.more().stream().allMatch((fact) -> fact.raw() != null);
		return permission.isIntact() && facts.known() && !facts.isCut() && seen && told.size() <= MAX_FACTS
				&& text(permission.request().resource()).length() <= MAX_VALUE
				&& told.stream().noneMatch((fact) -> fact.label().endsWith(end()) || fact.value().endsWith(end()));
	}

	private static String end() {
		return "…";
	}

	// A name that is none could pass for words of the service.
	private static String name(Fact fact) {
		String name = bounded(line(fact.label()), MAX_NAME);
		return (fact.named() || UnnamedFacts.areNames(name)) ? name : '"' + name + '"';
	}

	private static String line(List<Segment> text) {
		return Shown.text(text).replace("\n", "");
	}

	private static String text(@Nullable String value) {
		return Shown.text(VisibleText.of(value));
	}

	private static String bounded(String text, int max) {
		return (text.length() <= max) ? text
				: text.substring(0,
						text.offsetByCodePoints(0, Math.min(max - 1, text.codePointCount(0, text.length()) - 1)))
						+ end();
	}

}
