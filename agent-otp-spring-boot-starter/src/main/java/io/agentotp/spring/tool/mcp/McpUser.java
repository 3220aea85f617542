package io.agentotp.spring.tool.mcp;

import java.security.Principal;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * Finds the user that the web request of a call has been authenticated for: two users can
 * share what the protocol knows of a client.
 */
final class McpUser {

	private static final boolean WEB = ClassUtils.isPresent("jakarta.servlet.http.HttpServletRequest",
			McpUser.class.getClassLoader())
			&& ClassUtils.isPresent("org.springframework.web.context.request.RequestContextHolder",
					McpUser.class.getClassLoader());

	private McpUser() {
	}

	/**
	 * Return the name of the user.
	 * @return the name, or {@code null} if there is no web request or nobody has been
	 * authenticated for it
	 */
	static @Nullable String find() {
		return WEB ? Web.user() : null;
	}

	/**
	 * On its own, because Spring's web support is optional.
	 */
	private static final class Web {

		static @Nullable String user() {
			Principal user = (RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes request)
					? request.getRequest().getUserPrincipal() : null;
			return (user != null) ? user.getName() : null;
		}

	}

}
