package io.agentotp.spring.token;

import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.core.Ordered;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Takes the permission out of the header before anything that logs or records headers
 * sees the request.
 */
public final class TokenHeaderFilter extends OncePerRequestFilter implements Ordered {

	private final TokenAuthorizer authorizer;

	/**
	 * Creates the filter.
	 * @param authorizer knows the header
	 */
	public TokenHeaderFilter(TokenAuthorizer authorizer) {
		this.authorizer = authorizer;
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	protected boolean shouldNotFilterAsyncDispatch() {
		return false;
	}

	@Override
	protected boolean shouldNotFilterErrorDispatch() {
		return false;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		String name = this.authorizer.header().name();
		List<String> values = Collections.list(request.getHeaders(name));
		if (!values.isEmpty()) {
			request.setAttribute(TokenAuthorizer.RECEIVED, this.authorizer.header().read(values));
		}
		chain.doFilter(new WithoutHeader(request, name), response);
	}

	@Override
	protected void doFilterNestedErrorDispatch(HttpServletRequest request, HttpServletResponse response,
			FilterChain chain) throws ServletException, IOException {
		chain.doFilter(new WithoutHeader(request, this.authorizer.header().name()), response);
	}

	private static final class WithoutHeader extends HttpServletRequestWrapper {

		private final String name;

		WithoutHeader(HttpServletRequest request, String name) {
			super(request);
			this.name = name;
		}

		@Override
		public @Nullable String getHeader(String header) {
			return hidden(header) ? null : super.getHeader(header);
		}

		@Override
		public Enumeration<String> getHeaders(String header) {
			return hidden(header) ? Collections.emptyEnumeration() : super.getHeaders(header);
		}

		@Override
		public Enumeration<String> getHeaderNames() {
			List<String> names = Collections.list(super.getHeaderNames());
			names.removeIf(this::hidden);
			return Collections.enumeration(names);
		}

		@Override
		public long getDateHeader(String header) {
			return hidden(header) ? -1 : super.getDateHeader(header);
		}

		@Override
		public int getIntHeader(String header) {
			return hidden(header) ? -1 : super.getIntHeader(header);
		}

		private boolean hidden(String header) {
			return this.name.equalsIgnoreCase(header);
		}

	}

}
