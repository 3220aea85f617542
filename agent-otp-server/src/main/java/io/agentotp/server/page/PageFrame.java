package io.agentotp.server.page;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.agent.Freeze;
import io.agentotp.server.language.Messages;
import io.agentotp.server.notification.push.PushChannel;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.stereotype.Component;

/**
 * What all pages show around what they are about.
 */
@Component
public final class PageFrame {

	/**
	 * The attribute of a request from a browser that has the cookie of a session, whether
	 * or not the session is still there.
	 */
	public static final String HAS_SESSION = "agentotp.HAS_SESSION";

	private final ServerPaths paths;

	private final Agents agents;

	private final ObjectProvider<PushChannel> push;

	PageFrame(ServerPaths paths, Agents agents, ObjectProvider<PushChannel> push) {
		this.paths = paths;
		this.agents = agents;
		this.push = push;
	}

	/**
	 * The whole frame.
	 * @param request the request
	 * @return what the template needs
	 */
	Map<String, Object> of(HttpServletRequest request) {
		Map<String, Object> frame = ofRequest(request);
		if (frame.containsKey("user")) {
			this.agents.freezeOfAll().ifPresent((freeze) -> frame.put("frozen", Frozen.of(freeze)));
		}
		return frame;
	}

	/**
	 * The frame without what the database knows, which may be what fails.
	 * @param request the request
	 * @return what the template needs
	 */
	Map<String, Object> ofRequest(HttpServletRequest request) {
		Map<String, Object> frame = new HashMap<>();
		frame.put("base", this.paths.base(request));
		frame.put("texts", Messages.ofScript());
		if (request.getAttribute(CsrfToken.class.getName()) instanceof CsrfToken token) {
			// Read now: a session cannot begin any more once the page is being written.
			frame.put("csrfName", token.getParameterName());
			frame.put("csrfToken", token.getToken());
		}
		Authentication user = user();
		if (user != null) {
			frame.put("user", user.getName());
			frame.put("administrator", Caller.isAny(user, Caller.ADMINISTRATOR));
			this.push.ifAvailable((channel) -> frame.put("push", channel.key()));
			frame.put("choosing", Caller.hasTemporaryPassword(user));
			frame.put("seesUsers", Caller.isAny(user, Caller.ADMINISTRATOR, Caller.AUDITOR));
		}
		return frame;
	}

	/**
	 * Whether the request at hand is that of somebody who is signed in.
	 * @return {@code false} for strangers
	 */
	public static boolean isSignedIn() {
		return user() != null;
	}

	static @Nullable Authentication user() {
		Authentication user = SecurityContextHolder.getContext().getAuthentication();
		return (user instanceof AnonymousAuthenticationToken) ? null : user;
	}

	/**
	 * That something is stopped, as a page shows it.
	 *
	 * @param at since when
	 * @param by by whom
	 * @param reason why, empty if that was not said
	 */
	public record Frozen(Moment at, List<Segment> by, List<Segment> reason) {

		static Frozen of(Freeze freeze) {
			return new Frozen(Moment.of(freeze.at()), VisibleText.of(freeze.by()), VisibleText.of(freeze.reason()));
		}

	}

}
