package io.agentotp.server;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

import jakarta.servlet.ServletRequest;

import org.springframework.security.core.context.SecurityContextHolder;

/**
 * What the host's security knows about a request, if it runs before ours. Spring
 * Security's filters mark a request that they have seen: with the marks of the host's,
 * ours would do nothing, and the host's caller would be ours.
 */
final class HostSecurity {

	private static final String MARK = "org.springframework.security.";

	private final Map<String, Object> marks = new HashMap<>();

	private HostSecurity() {
	}

	static HostSecurity hide(ServletRequest request) {
		HostSecurity host = new HostSecurity();
		for (String name : Collections.list(request.getAttributeNames())) {
			if (name.startsWith(MARK)) {
				host.marks.put(name, request.getAttribute(name));
				request.removeAttribute(name);
			}
		}
		SecurityContextHolder.clearContext();
		return host;
	}

	void restore(ServletRequest request) {
		this.marks.forEach(request::setAttribute);
	}

}
