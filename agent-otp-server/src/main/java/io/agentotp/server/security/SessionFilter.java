package io.agentotp.server.security;

import java.io.IOException;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.json.Json;
import io.agentotp.server.page.PageFrame;
import io.agentotp.server.token.Secrets;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.support.GenericConversionService;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.session.Session;
import org.springframework.session.SessionRepository;
import org.springframework.session.jdbc.JdbcIndexedSessionRepository;
import org.springframework.session.jdbc.PostgreSqlJdbcIndexedSessionRepositoryCustomizer;
import org.springframework.session.web.http.HttpSessionIdResolver;
import org.springframework.session.web.http.SessionRepositoryFilter;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Gives requests the sessions of the service, which lie in its database. It stands within
 * the service's own chains, so that the host's sessions stay as they are.
 */
final class SessionFilter implements Filter {

	private static final String H2_UPSERT = """
			MERGE INTO %TABLE_NAME%_ATTRIBUTES (SESSION_PRIMARY_ID, ATTRIBUTE_NAME, ATTRIBUTE_BYTES)
			KEY (SESSION_PRIMARY_ID, ATTRIBUTE_NAME) VALUES (?, ?, ?)""";

	private final SessionCookies cookies;

	private final RequestMatcher watched;

	private final SessionRepositoryFilter<?> acting;

	private final SessionRepositoryFilter<?> watching;

	private SessionFilter(SessionCookies cookies, RequestMatcher watched, SessionRepositoryFilter<?> acting,
			SessionRepositoryFilter<?> watching) {
		this.cookies = cookies;
		this.watched = watched;
		this.acting = acting;
		this.watching = watching;
	}

	/**
	 * Makes the repository.
	 * @param jdbc the database
	 * @param transactions its transactions
	 * @param settings the settings
	 * @param isPostgres whether the database is PostgreSQL, and not H2
	 * @return the repository
	 */
	static JdbcIndexedSessionRepository repository(JdbcTemplate jdbc, TransactionTemplate transactions,
			AgentOtpServerProperties.Sessions settings, boolean isPostgres) {
		JdbcIndexedSessionRepository repository = new JdbcIndexedSessionRepository(jdbc, transactions);
		repository.setTableName("agentotp_session");
		repository.setDefaultMaxInactiveInterval(settings.idleTimeout());
		// Two requests of one browser may set the same attribute at once.
		if (isPostgres) {
			new PostgreSqlJdbcIndexedSessionRepositoryCustomizer().customize(repository);
		}
		else {
			repository.setCreateSessionAttributeQuery(H2_UPSERT);
		}
		repository.setSessionIdGenerator(Secrets::random);
		repository.setConversionService(json());
		// What is over is removed by the scheduler of the service.
		repository.setCleanupCron(Scheduled.CRON_DISABLED);
		return repository;
	}

	/**
	 * Makes the filter.
	 * @param repository the sessions
	 * @param cookies where their ids are
	 * @param watched requests that a page sends by itself, which keep nobody signed in
	 * @return the filter
	 */
	static <S extends Session> SessionFilter of(SessionRepository<S> repository, SessionCookies cookies,
			RequestMatcher watched) {
		return new SessionFilter(cookies, watched, filter(repository, cookies),
				filter(new ReadOnly<>(repository), cookies));
	}

	private static <S extends Session> SessionRepositoryFilter<S> filter(SessionRepository<S> repository,
			HttpSessionIdResolver ids) {
		SessionRepositoryFilter<S> filter = new SessionRepositoryFilter<>(repository);
		filter.setHttpSessionIdResolver(ids);
		return filter;
	}

	// All that is kept in a session is text.
	private static ConversionService json() {
		GenericConversionService json = new GenericConversionService();
		json.addConverter(Object.class, byte[].class, (value) -> {
			if (!(value instanceof String)) {
				throw new IllegalArgumentException("Only text can be kept in a session");
			}
			return Json.mapper().writeValueAsBytes(value);
		});
		json.addConverter(byte[].class, Object.class, SessionFilter::read);
		return json;
	}

	private static Object read(byte[] bytes) {
		try {
			return Json.mapper().readValue(bytes, String.class);
		}
		catch (JacksonException ex) {
			// Somebody changed it. Nobody has this name.
			return "";
		}
	}

	@Override
	public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		if (this.cookies.find((HttpServletRequest) request).isPresent()) {
			request.setAttribute(PageFrame.HAS_SESSION, true);
		}
		HttpServletRequest own = new OwnAttributes((HttpServletRequest) request);
		(this.watched.matches(own) ? this.watching : this.acting).doFilter(own, response, chain);
	}

	/**
	 * A host that uses Spring Session, too, has its session in attributes of the same
	 * names.
	 */
	private static final class OwnAttributes extends HttpServletRequestWrapper {

		private static final String LIBRARY = "org.springframework.session.";

		OwnAttributes(HttpServletRequest request) {
			super(request);
		}

		@Override
		public @Nullable Object getAttribute(String name) {
			return super.getAttribute(own(name));
		}

		@Override
		public void setAttribute(String name, @Nullable Object value) {
			super.setAttribute(own(name), value);
		}

		@Override
		public void removeAttribute(String name) {
			super.removeAttribute(own(name));
		}

		private static String own(String name) {
			return name.startsWith(LIBRARY) ? "agentotp." + name : name;
		}

	}

	/**
	 * Sessions that are not used by being looked at.
	 *
	 * @param <S> the kind of session
	 */
	private static final class ReadOnly<S extends Session> implements SessionRepository<S> {

		private final SessionRepository<S> sessions;

		ReadOnly(SessionRepository<S> sessions) {
			this.sessions = sessions;
		}

		@Override
		public S createSession() {
			return this.sessions.createSession();
		}

		@Override
		public void save(S session) {
		}

		@Override
		public @Nullable S findById(String id) {
			return this.sessions.findById(id);
		}

		@Override
		public void deleteById(String id) {
			this.sessions.deleteById(id);
		}

	}

}
