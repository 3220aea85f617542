package io.agentotp.server.api;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.agent.Agents;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.call.CallDigest;
import io.agentotp.server.call.CallFormat;
import io.agentotp.server.database.Times;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.json.CanonicalJson;
import io.agentotp.server.json.Json;
import io.agentotp.server.limit.AgentLimits;
import io.agentotp.server.permission.AgentTurns;
import io.agentotp.server.permission.Ballots;
import io.agentotp.server.permission.DecisionFeed;
import io.agentotp.server.permission.Idempotency;
import io.agentotp.server.permission.MaxUses;
import io.agentotp.server.permission.PermissionRequest;
import io.agentotp.server.permission.PermissionDecisions;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.PermissionRequests;
import io.agentotp.server.permission.PermissionSignals;
import io.agentotp.server.permission.PermissionTokens;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.policy.ActionCatalogues;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicySet;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.LongPolling;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;

/**
 * What agents can do.
 */
@RestController
@RequestMapping("/api/v1/permissions")
@Allowed(Caller.AGENT)
final class AgentPermissionController {

	private static final int MAX_IDS = 100;

	private static final int MAX_TOKEN = 255;

	private static final String DIGEST = "'sha256:' and the SHA-256 over the RFC 8785 form of "
			+ "{\"v\": 2, action, resource, scope, call}";

	private final Agents agents;

	private final PermissionRequests requests;

	private final PermissionReader reader;

	private final PermissionTokens tokens;

	private final PermissionDecisions decisions;

	private final DecisionFeed feed;

	private final PermissionSignals signals;

	private final AgentTurns turns;

	private final Idempotency idempotency;

	private final PolicyRegistry policies;

	private final AgentLimits limits;

	private final LongPolling longPolling;

	private final ServerPaths paths;

	private final PermissionViews views;

	AgentPermissionController(Agents agents, PermissionRequests requests, PermissionReader reader,
			ActionCatalogues catalogues, Ballots ballots, PermissionTokens tokens, PermissionDecisions decisions,
			DecisionFeed feed, PermissionSignals signals, AgentTurns turns, Idempotency idempotency,
			PolicyRegistry policies, AgentLimits limits, LongPolling longPolling, ServerPaths paths) {
		this.agents = agents;
		this.requests = requests;
		this.reader = reader;
		this.tokens = tokens;
		this.decisions = decisions;
		this.feed = feed;
		this.signals = signals;
		this.turns = turns;
		this.idempotency = idempotency;
		this.policies = policies;
		this.limits = limits;
		this.longPolling = longPolling;
		this.paths = paths;
		this.views = new PermissionViews(reader, catalogues, ballots);
	}

	@PostMapping("/request")
	ResponseEntity<JsonAnswer> request(@AuthenticationPrincipal Agent agent, RequestJson body,
			HttpServletRequest request, Actor actor) {
		PermissionRequest asked = requested(body);
		String id = PermissionRequests.newId();
		Idempotency.Request once = once(agent, "request", body.hash(), request);
		Idempotency.Kept kept = new Idempotency.Kept(id, null);
		return this.turns.run(agent, (present, policies) -> {
			StoredPermission permission = this.idempotency.once(once,
					() -> new Idempotency.Operation<>(kept,
							() -> this.requests.request(id, present, asked, policies, actor)),
					(made) -> kept,
					(before) -> this.reader.get(before.permissionId(), this.agents.present(agent).id()));
			return ResponseEntity.status(status(permission))
				.body(JsonAnswer.success(this.views.forAgent(permission, present, this.paths.url(request))));
		});
	}

	private static PermissionRequest requested(RequestJson body) {
		String action = body.requiredText("action", 1, 255);
		String resource = body.text("resource", 0, 255);
		ObjectNode scope = body.objectOrEmpty("scope");
		ObjectNode context = body.objectOrEmpty("context");
		int ttl = body.integer("ttl", 30, 3600, 300);
		String digest = digest(body);
		ObjectNode call = body.object("call");
		MaxUses.problem(scope).ifPresent((problem) -> body.problem("scope.max_uses", problem));
		CanonicalJson.reserved("scope", scope).ifPresent((path) -> body.problem(path, CallFormat.RESERVED));
		if (call != null) {
			CallFormat.check("call", call, body::problem);
			if (digest == null) {
				body.problem("callDigest", "is required with call: " + DIGEST);
			}
		}
		body.check();
		PermissionRequest request = new PermissionRequest(action, resource, scope, context, ttl, digest, call);
		if (!request.fitsDigest()) {
			throw new InvalidInputException("callDigest",
					"is not that of this action, resource, scope and call. Send " + DIGEST);
		}
		return request;
	}

	private static @Nullable String digest(RequestJson body) {
		String digest = body.text("callDigest", 0, Integer.MAX_VALUE);
		if (digest != null && !CallDigest.isWellFormed(digest)) {
			body.problem("callDigest", CallDigest.PROBLEM);
		}
		return digest;
	}

	private static int status(StoredPermission permission) {
		return switch (permission.status()) {
			case APPROVED, USED -> 201;
			case PENDING -> 202;
			case DENIED, EXPIRED, REVOKED -> 200;
		};
	}

	@GetMapping("/{id}")
	DeferredResult<JsonAnswer> get(@AuthenticationPrincipal Agent agent, @PathVariable String id,
			HttpServletRequest request, HttpServletResponse response) {
		String url = this.paths.url(request);
		Function<StoredPermission, JsonAnswer> view = (permission) -> JsonAnswer
			.success(this.views.forAgent(permission, agent, url));
		Supplier<StoredPermission> read = () -> this.reader.get(id, agent.id());
		Duration wait = Prefer.wait(request, response);
		return this.longPolling.park(waiter(agent), wait,
				(listener) -> this.signals.listen(PermissionSignals.permission(id), listener),
				() -> Optional.of(read.get()).filter((permission) -> !permission.isPending()).map(view),
				() -> view.apply(read.get()), () -> this.limits.giveBack(agent));
	}

	@GetMapping("/decisions")
	DeferredResult<JsonAnswer> decisions(@AuthenticationPrincipal Agent agent,
			@RequestParam(required = false) @Nullable String after,
			@RequestParam(required = false) @Nullable String since, HttpServletRequest request,
			HttpServletResponse response) {
		String url = this.paths.url(request);
		Function<DecisionFeed.Page, JsonAnswer> view = (page) -> {
			ObjectNode data = Json.object();
			data.set("permissions", this.views.forAgent(page.permissions(), agent, url));
			return JsonAnswer.success(data.put("cursor", page.cursor()));
		};
		if (after == null) {
			DeferredResult<JsonAnswer> present = new DeferredResult<>();
			present.setResult(view.apply((since != null) ? this.feed.since(agent.id(), Times.parse("since", since))
					: this.feed.present(agent.id())));
			return present;
		}
		Supplier<DecisionFeed.Page> read = () -> this.feed.after(agent.id(), after);
		Duration wait = Prefer.wait(request, response);
		return this.longPolling.park(waiter(agent), wait,
				(listener) -> this.signals.listen(PermissionSignals.feed(agent.id()), listener),
				() -> Optional.of(read.get()).filter((page) -> !page.permissions().isEmpty()).map(view),
				() -> view.apply(read.get()), () -> this.limits.giveBack(agent));
	}

	private static String waiter(Agent agent) {
		return "agent:" + agent.id();
	}

	@PostMapping("/query")
	JsonAnswer query(@AuthenticationPrincipal Agent agent, RequestJson body, HttpServletRequest request) {
		List<String> ids = body.ids(0, MAX_IDS);
		body.check();
		ObjectNode data = Json.object();
		String url = this.paths.url(request);
		PermissionReader.Fitting fitting = this.reader.fitting(ids, agent.id());
		data.set("permissions", PermissionList.of((each) -> this.reader.each(fitting.ids(), agent.id(), each),
				(permission) -> this.views.forAgent(permission, agent, url)));
		if (!fitting.leftOut().isEmpty()) {
			data.set("leftOut", Json.toTree(fitting.leftOut()));
		}
		return JsonAnswer.success(data);
	}

	@PostMapping("/{id}/verify")
	JsonAnswer verify(@AuthenticationPrincipal Agent agent, @PathVariable String id, RequestJson body) {
		String token = body.requiredText("token", 1, MAX_TOKEN);
		body.check();
		PolicySet policies = this.policies.refresh(agent.policyRevision(), agent.readAt());
		return JsonAnswer.success(this.views.verified(this.tokens.verify(agent, id, token, policies)));
	}

	@PostMapping("/{id}/use")
	JsonAnswer use(@AuthenticationPrincipal Agent agent, @PathVariable String id, RequestJson body,
			HttpServletRequest request, Actor actor) {
		String token = body.requiredText("token", 1, MAX_TOKEN);
		// The published description of the protocol names it otherwise than its SDK.
		ObjectNode actionDetails = body.object(body.has("actionDetails") ? "actionDetails" : "details");
		String digest = digest(body);
		body.check();
		Idempotency.Request once = once(agent, "use", Secrets.sha256(id + ":" + body.hash()), request);
		return this.turns.run(agent, (present, policies) -> once(once, id, () -> {
			StoredPermission permission = this.tokens.takeTurn(present, id);
			return new Idempotency.Operation<>(
					kept(id, this.views.used(this.tokens.expectUse(present, permission, token, digest, policies))),
					() -> this.views
						.used(this.tokens.use(present, permission, token, digest, actionDetails, policies, actor)));
		}));
	}

	@PostMapping("/{id}/revoke")
	@Allowed({ Caller.AGENT, Caller.APPROVER, Caller.ADMINISTRATOR })
	JsonAnswer revoke(Authentication caller, @PathVariable String id, RequestJson body, HttpServletRequest request,
			Actor actor) {
		return (caller.getPrincipal() instanceof Agent agent) ? revoke(agent, id, body, request, actor)
				: revoke(caller.getName(), id, body, actor);
	}

	private JsonAnswer revoke(String user, String id, RequestJson body, Actor actor) {
		String reason = body.requiredText("reason", 1, DecisionController.MAX_REASON);
		body.check();
		return JsonAnswer.success(this.views.revoked(this.decisions.revoke(id, reason, user, actor)));
	}

	private JsonAnswer revoke(Agent agent, String id, RequestJson body, HttpServletRequest request, Actor actor) {
		String token = body.text("token", 1, MAX_TOKEN);
		String reason = body.text("reason", 0, DecisionController.MAX_REASON);
		body.check();
		// What can be withdrawn whatever has become of the policies is not to wait for
		// them.
		PolicySet policies = this.policies.current();
		return once(once(agent, "revoke", Secrets.sha256(id + ":" + body.hash()), request), id,
				() -> new Idempotency.Operation<>(kept(id, Json.object()),
						() -> this.views.revoked(this.tokens.revoke(agent, id, token, reason, policies, actor))));
	}

	private static Idempotency.Request once(Agent agent, String operation, String hash, HttpServletRequest request) {
		return new Idempotency.Request(agent.id(), operation, IdempotencyKey.of(request), hash);
	}

	private JsonAnswer once(Idempotency.Request request, String id, Supplier<Idempotency.Operation<ObjectNode>> begin) {
		return JsonAnswer.success(this.idempotency.once(request, begin, (answer) -> kept(id, answer),
				(kept) -> (kept.response() != null) ? Json.readObject(kept.response()) : Json.object()));
	}

	private static Idempotency.Kept kept(String id, ObjectNode answer) {
		return new Idempotency.Kept(id, Json.write(answer));
	}

}
