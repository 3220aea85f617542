package io.agentotp.server.page;

import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.List;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.user.Delegations;
import io.agentotp.server.user.UserAccount;
import io.agentotp.server.user.Users;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.Parameters;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * Who decides for a person who is away, and for whom the person decides.
 */
@Controller
@Allowed(Caller.APPROVER)
final class AwayPageController {

	private final Users users;

	private final Delegations delegations;

	private final DelegationReader reader;

	private final InstantSource clock;

	private final ServerPaths paths;

	AwayPageController(Users users, Delegations delegations, DelegationReader reader, InstantSource clock,
			ServerPaths paths) {
		this.users = users;
		this.delegations = delegations;
		this.reader = reader;
		this.clock = clock;
		this.paths = paths;
	}

	@GetMapping("/account/away")
	String show(@RequestParam(defaultValue = "false") boolean saved, Authentication user, Model model) {
		model.addAttribute("saved", saved);
		return show(user.getName(), "", "", "", model);
	}

	private String show(String name, String to, String from, String until, Model model) {
		ZoneId zone = this.reader.zone(name);
		model.addAttribute("from", this.reader.from(name));
		model.addAttribute("to", this.reader.to(name));
		model.addAttribute("others", others(name));
		model.addAttribute("zone", zone.getId());
		model.addAttribute("today", LocalDate.ofInstant(this.clock.instant(), zone).toString());
		model.addAttribute("given", List.of(to, from, until));
		return "away";
	}

	private List<String> others(String name) {
		return this.users.approvers().stream().map(UserAccount::name).filter((other) -> !other.equals(name)).toList();
	}

	@PostMapping("/account/away")
	@Parameters({ "to", "from", "until" })
	String create(Authentication user, HttpServletRequest request, HttpServletResponse response, Model model,
			Actor actor) {
		String name = user.getName();
		String to = FormText.filter(request, "to");
		String from = FormText.filter(request, "from");
		String until = FormText.filter(request, "until");
		try {
			ZoneId zone = this.reader.zone(name);
			LocalDate today = LocalDate.ofInstant(this.clock.instant(), zone);
			LocalDate first = from.isEmpty() ? today : date("from", from);
			LocalDate last = date("until", until);
			if (last.isBefore(first) || last.isBefore(today)) {
				throw new InvalidInputException("until", "must not be before the first day or today");
			}
			this.delegations.create(name, to, first.atStartOfDay(zone).toInstant(),
					last.plusDays(1).atStartOfDay(zone).toInstant(), actor);
			return toPage() + "?saved=true";
		}
		catch (RefusedException ex) {
			ProblemText.show(ex, response, model, "problem");
			return show(name, to, from, until, model);
		}
	}

	@PostMapping("/account/away/{id}/end")
	String end(@PathVariable String id, Authentication user, Actor actor) {
		this.delegations.end(user.getName(), id, actor);
		return toPage();
	}

	private static LocalDate date(String field, @Nullable String text) {
		try {
			LocalDate date = LocalDate.parse(String.valueOf(text));
			// Beyond it no database has moments.
			if (date.getYear() >= 2000 && date.getYear() < 2200) {
				return date;
			}
		}
		catch (DateTimeParseException ex) {
			// Answered below.
		}
		throw new InvalidInputException(field, "must be a day such as 2026-01-31");
	}

	private String toPage() {
		return "redirect:" + this.paths.path() + "/account/away";
	}

}
