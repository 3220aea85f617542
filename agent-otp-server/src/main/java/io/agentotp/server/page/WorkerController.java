package io.agentotp.server.page;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;

/**
 * The script that a browser keeps to show messages. It counts for the paths below its
 * own, so it is beside the pages and not with the other files.
 */
@Controller
@Allowed(Caller.ANYBODY)
final class WorkerController {

	private final String script;

	WorkerController() throws IOException {
		this.script = new ClassPathResource("io/agentotp/server/worker.js").getContentAsString(StandardCharsets.UTF_8);
	}

	@GetMapping("/worker.js")
	void worker(HttpServletResponse response) throws IOException {
		response.setContentType("text/javascript;charset=UTF-8");
		response.setHeader(HttpHeaders.CACHE_CONTROL, CacheControl.noCache().getHeaderValue());
		response.getWriter().write(this.script);
	}

}
