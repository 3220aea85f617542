package io.agentotp.server.page;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Pattern;

import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/**
 * The icon of pages with how many requests wait. Pages may have no images of their own
 * making.
 */
@Controller
@Allowed(Caller.ANYBODY)
final class IconController {

	private static final String BADGE = """
			<circle cx="16" cy="16" r="8" fill="#c62828"/><text x="16" y="19.8" text-anchor="middle" \
			font-family="sans-serif" font-weight="700" font-size="11" fill="#fff">%s</text></svg>""";

	private static final Pattern COUNT = Pattern.compile("[1-9]|many");

	private final String icon;

	IconController() throws IOException {
		this.icon = new ClassPathResource("io/agentotp/server/assets/icon.svg")
			.getContentAsString(StandardCharsets.UTF_8);
	}

	@GetMapping("/assets/icon-{waiting}.svg")
	void icon(@PathVariable String waiting, HttpServletResponse response) throws IOException {
		if (!COUNT.matcher(waiting).matches()) {
			throw new NotFoundException("There is no such icon");
		}
		response.setContentType("image/svg+xml;charset=UTF-8");
		response.setHeader(HttpHeaders.CACHE_CONTROL, CacheControl.maxAge(Duration.ofDays(1)).getHeaderValue());
		String count = waiting.equals("many") ? "9+" : waiting;
		response.getWriter().write(this.icon.replace("</svg>", BADGE.formatted(count)));
	}

}
