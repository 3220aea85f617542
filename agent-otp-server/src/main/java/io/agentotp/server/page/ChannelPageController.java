package io.agentotp.server.page;

import java.net.URI;
import java.util.List;

import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.notification.Channels;
import io.agentotp.server.notification.DirectMessages;
import io.agentotp.server.notification.NotificationReports;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
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
 * The notification channels, and whether they work.
 */
@Controller
@Allowed(Caller.ADMINISTRATOR)
final class ChannelPageController {

	private final Channels channels;

	private final NotificationReports reports;

	private final DirectMessages tests;

	private final ServerPaths paths;

	ChannelPageController(Channels channels, NotificationReports reports, DirectMessages tests, ServerPaths paths) {
		this.channels = channels;
		this.reports = reports;
		this.tests = tests;
		this.paths = paths;
	}

	@GetMapping("/notifications")
	String show(HttpServletRequest request, Model model) {
		List<ChannelStateCard> cards = this.reports.channels().stream().map(ChannelStateCard::of).toList();
		model.addAttribute("channels", cards);
		model.addAttribute("url", (this.paths.origin() == null) ? this.paths.url(request) : null);
		model.addAttribute("nothing", cards.stream().noneMatch(ChannelStateCard::on));
		return "notifications";
	}

	/**
	 * Sends a test message, and tells at once what came of it.
	 * @param channel the name of the channel
	 * @param place the place, or the administrator's own address if there is none
	 * @param user who tries it
	 * @param request the form
	 * @param response gets the status
	 * @param model the page
	 * @return the page
	 */
	@PostMapping("/notifications/{channel}/test")
	String test(@PathVariable String channel, @RequestParam(required = false) @Nullable String place,
			Authentication user, HttpServletRequest request, HttpServletResponse response, Model model) {
		if (this.channels.find(channel).isEmpty()) {
			throw new NotFoundException("There is no such channel");
		}
		URI link = URI.create(this.paths.url(request) + "/");
		model.addAttribute("tested", channel);
		try {
			if (place != null) {
				this.tests.testPlace(channel, place, link);
			}
			else {
				this.tests.testPerson(channel, user.getName(), link);
			}
		}
		catch (RefusedException ex) {
			ProblemText.show(ex, response, model, "problem");
		}
		return show(request, model);
	}

}
