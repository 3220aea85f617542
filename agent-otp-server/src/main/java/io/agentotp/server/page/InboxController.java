package io.agentotp.server.page;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.json.Json;
import io.agentotp.server.permission.Ballots;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.PermissionSignals;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.Viewer;
import io.agentotp.server.permission.Viewers;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.LongPolling;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.context.request.async.DeferredResult;

/**
 * The list of what waits.
 */
@Controller
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class InboxController {

	private static final Duration PATIENCE = Duration.ofSeconds(25);

	private static final int MAX_NEWEST = 200;

	private static final int ID_BEGIN = 8;

	private static final int LENGTH = 100;

	private final PermissionReader reader;

	private final Viewers viewers;

	private final FactsReader facts;

	private final AskedReader asked;

	private final Ballots ballots;

	private final Agents agents;

	private final PermissionSignals signals;

	private final LongPolling longPolling;

	private final ServerPaths paths;

	private final InstantSource clock;

	InboxController(PermissionReader reader, Viewers viewers, FactsReader facts, AskedReader asked, Ballots ballots,
			Agents agents, PermissionSignals signals, LongPolling longPolling, ServerPaths paths, InstantSource clock) {
		this.reader = reader;
		this.viewers = viewers;
		this.facts = facts;
		this.asked = asked;
		this.ballots = ballots;
		this.agents = agents;
		this.signals = signals;
		this.longPolling = longPolling;
		this.paths = paths;
		this.clock = clock;
	}

	@GetMapping("/")
	String inbox(@RequestParam(defaultValue = "") String agent, @RequestParam(defaultValue = "") String action,
			@RequestParam(defaultValue = "") String risk, @RequestParam(defaultValue = "") String group,
			@RequestParam(defaultValue = "") String sort, @RequestParam(defaultValue = "1") int page,
			HttpServletRequest request, Viewer viewer, Model model) {
		if (request.getPathInfo() == null) {
			return "redirect:" + this.paths.path() + "/";
		}
		Waiting waiting = Waiting.of(this.reader, viewer, this.agents);
		List<String> pending = waiting.pending();
		Inbox.Filter filter = new Inbox.Filter(agent, action, risk, group, sort);
		Inbox inbox = new Inbox(this.facts, this.ballots.each(), viewer.name(), filter, this.clock.instant());
		this.reader.each(pending, viewer, inbox::add);
		List<InboxRow> rows = inbox.rows();
		Paging paging = Paging.of(page, LENGTH, rows.size(), filter.fields());
		model.addAttribute("rows",
				rows.subList((int) paging.offset(), (int) Math.min(rows.size(), paging.offset() + LENGTH)));
		model.addAttribute("paging", paging);
		model.addAttribute("filters", filter.fields());
		model.addAttribute("agents", inbox.agents());
		model.addAttribute("actions", inbox.actions());
		model.addAttribute("groups", inbox.groups());
		model.addAttribute("waiting", pending.size());
		model.addAttribute("others", others(waiting.others()));
		model.addAttribute("version", waiting.version());
		return "inbox";
	}

	private List<OtherRow> others(List<StoredPermission> others) {
		Instant now = this.clock.instant();
		Function<StoredPermission, AskedPeople> asked = this.asked.of(others);
		return others.stream().map((each) -> OtherRow.of(each, asked.apply(each), now)).toList();
	}

	/**
	 * What every page shows of it: how many wait, and whether everything is frozen. It
	 * tells also that something else changed, at which a page looks for itself.
	 * @param seen the version that the page has
	 * @param changes the changes that the page knows of
	 * @param user who looks
	 * @return the answer, once there is another version
	 */
	@GetMapping("/live/inbox")
	@ResponseBody
	DeferredResult<ObjectNode> live(@RequestParam(required = false) @Nullable String seen,
			@RequestParam(required = false) @Nullable String changes, Authentication user) {
		return this.longPolling.park("user:" + user.getName(), PATIENCE, this::listen, () -> {
			ObjectNode answer = answer(user.getName());
			boolean same = answer.path("version").asString().equals(seen)
					&& (changes == null || answer.path("changes").asString().equals(changes));
			return same ? Optional.empty() : Optional.of(answer);
		}, () -> answer(user.getName()));
	}

	private Runnable listen(Runnable listener) {
		List<Runnable> ends = Stream.of(PermissionSignals.inbox(), PermissionSignals.changes())
			.map((topic) -> this.signals.listen(topic, listener))
			.toList();
		return () -> ends.forEach(Runnable::run);
	}

	private ObjectNode answer(String user) {
		// First: what changes while one looks is told of again.
		String changes = this.signals.changesSoFar();
		Waiting inbox = Waiting.of(this.reader, this.viewers.of(user), this.agents);
		List<String> pending = inbox.pending();
		ObjectNode answer = Json.object()
			.put("version", inbox.version())
			.put("changes", changes)
			.put("waiting", pending.size())
			.put("frozen", inbox.frozen());
		// A browser tells what came from what is left, whatever the clocks of nodes say.
		pending.subList(Math.max(0, pending.size() - MAX_NEWEST), pending.size())
			.forEach((id) -> answer.withArray("newest").add(id.substring(0, Math.min(id.length(), ID_BEGIN))));
		return answer;
	}

	@GetMapping("/live/frozen")
	String frozen() {
		return "layout :: #frozen";
	}

	/**
	 * What of it changes while one looks.
	 *
	 * @param pending the questions that wait
	 * @param votes how many have approved what waits for others to approve it, too
	 * @param others what waits for others, for administrators
	 * @param frozenAt since when everything is frozen, empty if it is not
	 */
	private record Waiting(List<String> pending, long votes, List<StoredPermission> others, String frozenAt) {

		static Waiting of(PermissionReader reader, Viewer viewer, Agents agents) {
			return new Waiting(reader.pendingIds(viewer), reader.pendingVotes(), reader.pendingOfOthers(viewer),
					agents.freezeOfAll().map((freeze) -> freeze.at().toString()).orElse(""));
		}

		boolean frozen() {
			return !this.frozenAt.isEmpty();
		}

		String version() {
			return PermissionCard.versionOf(
					Stream
						.of(Stream.of(this.frozenAt, String.valueOf(this.votes)), this.pending.stream(),
								this.others.stream().map(StoredPermission::id))
						.flatMap((part) -> part)
						.toList());
		}

	}

}
