package io.agentotp.server.page;

import io.agentotp.server.page.text.Moment;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Supplier;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.agent.AgentChanges;
import io.agentotp.server.agent.Agents;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.limit.AgentLimits;
import io.agentotp.server.permission.AgentFreezer;
import io.agentotp.server.permission.PermissionFilter;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.PermissionState;
import io.agentotp.server.permission.Viewer;
import io.agentotp.server.user.Users;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.Parameters;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * The agents and their keys: people read, administrators change. A key is on the page
 * that answers its making and nowhere else.
 */
@Controller
@Allowed(Caller.ADMINISTRATOR)
final class AgentPageController {

	private static final int LENGTH = 25;

	private static final int LAST_REQUESTS = 10;

	private final Agents agents;

	private final AgentChanges changes;

	private final Users users;

	private final AgentLimits limits;

	private final AgentFreezer freezer;

	private final PermissionReader permissions;

	private final FactsReader facts;

	private final ServerPaths paths;

	private final InstantSource clock;

	AgentPageController(Agents agents, AgentChanges changes, Users users, AgentLimits limits, AgentFreezer freezer,
			PermissionReader permissions, FactsReader facts, ServerPaths paths, InstantSource clock) {
		this.agents = agents;
		this.changes = changes;
		this.users = users;
		this.limits = limits;
		this.freezer = freezer;
		this.permissions = permissions;
		this.facts = facts;
		this.paths = paths;
		this.clock = clock;
	}

	@GetMapping("/agents")
	@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
	String list(@RequestParam(defaultValue = "1") int page, Model model) {
		return list(page, AgentForm.EMPTY, model);
	}

	@PostMapping("/agents")
	@Parameters({ "name", "description", "owner", "requestsPerMinute", "maxPending", "test" })
	String create(Authentication user, HttpServletRequest request, HttpServletResponse response, Model model,
			Actor actor) {
		AgentForm form = AgentForm.of(request);
		try {
			String key = this.changes.create(form.name(), form.test(), form.settings(), user.getName(), actor);
			return key(form.name(), key, response, model);
		}
		catch (RefusedException ex) {
			ProblemText.show(ex, response, model, "problem");
			return list(1, form, model);
		}
	}

	@GetMapping("/agents/{id}")
	@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
	String show(@PathVariable String id, Viewer viewer, Model model) {
		Agent agent = this.agents.get(id);
		return show(agent, AgentForm.of(agent), viewer, model);
	}

	@PostMapping("/agents/{id}")
	@Parameters({ "mark", "description", "owner", "requestsPerMinute", "maxPending", "seen.description", "seen.owner",
			"seen.requestsPerMinute", "seen.maxPending" })
	String update(@PathVariable String id, HttpServletRequest request, HttpServletResponse response, Viewer viewer,
			Model model, Actor actor) {
		AgentForm form = AgentForm.of(request);
		AgentForm seen = AgentForm.seen(id, request);
		try {
			this.changes.update(id, (agent) -> {
				if (!form.changes(seen, AgentForm.of(agent)).isEmpty()) {
					throw AgentChanges.changedMeanwhile(agent);
				}
				return form.settings();
			}, actor);
			return toAgent(id);
		}
		catch (RefusedException ex) {
			Agent agent = this.agents.get(id);
			ProblemText.show(ex, response, model, "problem");
			model.addAttribute("changes", form.changes(seen, AgentForm.of(agent)));
			return show(agent, form, viewer, model);
		}
	}

	@PostMapping("/agents/{id}/rotate")
	String rotate(@PathVariable String id, @RequestParam String mark, Authentication user, HttpServletResponse response,
			Viewer viewer, Model model, Actor actor) {
		return change(id, response, viewer, model, () -> {
			// A page that is loaded again sends its form again, which must not make
			// another key.
			String key = this.changes.rotate(id, mark, user.getName(), actor);
			this.freezer.end();
			model.addAttribute("endOfOld", Moment.of(this.clock.instant()));
			return key(id, key, response, model);
		});
	}

	@PostMapping("/agents/{id}/revoke")
	@Parameters("mark")
	String revoke(@PathVariable String id, HttpServletResponse response, Viewer viewer, Model model, Actor actor) {
		return change(id, response, viewer, model, () -> {
			this.changes.delete(id, (agent) -> {
			}, actor);
			this.freezer.end();
			return "redirect:" + this.paths.path() + "/agents";
		});
	}

	@PostMapping("/agents/{id}/freeze")
	@Parameters("reason")
	String freeze(@PathVariable String id, HttpServletRequest request, HttpServletResponse response, Viewer viewer,
			Model model, Actor actor) {
		return change(id, response, viewer, model, () -> {
			this.freezer.freeze(id, FormText.reason(request), actor);
			return toAgent(id);
		});
	}

	@PostMapping("/agents/{id}/unfreeze")
	String unfreeze(@PathVariable String id, Actor actor) {
		this.freezer.unfreeze(id, actor);
		return toAgent(id);
	}

	private String change(String id, HttpServletResponse response, Viewer viewer, Model model,
			Supplier<String> change) {
		Agent agent = this.agents.get(id);
		try {
			return change.get();
		}
		catch (RefusedException ex) {
			ProblemText.show(ex, response, model, "problem");
			return show(agent, AgentForm.of(agent), viewer, model);
		}
	}

	private String list(int page, AgentForm form, Model model) {
		Paging paging = Paging.of(page, LENGTH, this.agents.count(), Map.of());
		model.addAttribute("agents", this.agents.findAll(LENGTH, paging.offset()).stream().map(AgentCard::of).toList());
		model.addAttribute("paging", paging);
		model.addAttribute("form", form);
		return "agents";
	}

	private String show(Agent agent, AgentForm form, Viewer viewer, Model model) {
		model.addAttribute("agent", AgentCard.of(agent));
		model.addAttribute("form", form);
		model.addAttribute("seen", AgentForm.of(agent));
		model.addAttribute("ownerUnknown", agent.owner() != null && !this.users.isKnown(agent.owner()));
		model.addAttribute("mark", this.agents.keyMark(agent.id()));
		model.addAttribute("requestsPerMinute", this.limits.requestsPerMinute(agent));
		model.addAttribute("maxPending", this.limits.maxPending(agent));
		model.addAttribute("waiting",
				this.permissions.count(new PermissionFilter(PermissionState.PENDING, agent.id(), false), viewer));
		model.addAttribute("cards", this.permissions.made(
				this.permissions.page(new PermissionFilter(null, agent.id(), false), viewer, LAST_REQUESTS, 0), viewer,
				(permission) -> PermissionCard.of(permission, this.facts.ofCard(permission), this.clock.instant())));
		return "agent";
	}

	private static String key(String name, String key, HttpServletResponse response, Model model) {
		response.setHeader("Cache-Control", "no-store");
		model.addAttribute("name", name);
		model.addAttribute("key", key);
		return "agent-key";
	}

	private String toAgent(String id) {
		return "redirect:" + this.paths.path() + "/agents/" + id;
	}

}
