package io.agentotp.server.security;

import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;

import io.agentotp.server.failure.LimitExceededException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.failure.SignInAgainException;
import io.agentotp.server.limit.SignInLimits;
import io.agentotp.server.metric.Meters.SignIn;
import io.agentotp.server.page.ErrorPage;
import io.agentotp.server.passkey.InvalidPasskeyException;
import io.agentotp.server.passkey.PasskeySignIns;
import io.agentotp.server.user.Person;
import io.agentotp.server.user.SignInAudit;
import io.agentotp.server.web.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets people sign in again with any form of a page: what it needs that for shows the
 * form once more, with a field for the password, so that nothing that was typed is lost.
 */
final class SignInAgainFilter extends OncePerRequestFilter {

	private static final String PASSWORD = "_password";

	private static final String PASSKEY = "_passkey";

	private final PasswordEncoder passwords;

	private final PasskeySignIns passkeys;

	private final SessionUsers sessions;

	private final SignInLimits limits;

	private final SignInAudit audit;

	private final ErrorPage page;

	SignInAgainFilter(PasswordEncoder passwords, PasskeySignIns passkeys, SessionUsers sessions, SignInLimits limits,
			SignInAudit audit, ErrorPage page) {
		this.passwords = passwords;
		this.passkeys = passkeys;
		this.sessions = sessions;
		this.limits = limits;
		this.audit = audit;
		this.page = page;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		Authentication caller = SecurityContextHolder.getContext().getAuthentication();
		boolean tries = request.getMethod().equals("POST")
				&& (request.getParameter(PASSWORD) != null || request.getParameter(PASSKEY) != null);
		if (!tries || caller == null || !(caller.getPrincipal() instanceof Person person)) {
			chain.doFilter(request, response);
			return;
		}
		HttpServletRequest rest = new WithoutSecrets(request);
		try {
			signIn(request, person);
		}
		catch (RefusedException ex) {
			this.page.write(rest, response, Problems.of(ex));
			return;
		}
		chain.doFilter(rest, response);
	}

	private void signIn(HttpServletRequest request, Person person) {
		String name = person.getUsername();
		String passkey = request.getParameter(PASSKEY);
		SignIn by = (passkey != null && !passkey.isEmpty()) ? SignIn.PASSKEY : SignIn.PASSWORD;
		SignInLimits.Attempt attempt;
		try {
			attempt = this.limits.repeated(name);
		}
		catch (LimitExceededException ex) {
			this.audit.limited(by);
			throw ex;
		}
		boolean wrong = false;
		try {
			if (passkey != null && by == SignIn.PASSKEY) {
				this.passkeys.signIn(name, passkey);
			}
			else {
				requirePassword(person, request.getParameter(PASSWORD));
			}
		}
		catch (InvalidPasskeyException | SignInAgainException ex) {
			wrong = true;
			this.audit.failed(name, request.getRemoteAddr(), by);
			throw SignInAgainException.wrong(ex.text());
		}
		finally {
			if (!wrong) {
				attempt.giveBack();
			}
		}
		this.sessions.signedInAgain(request, person);
		this.audit.signedIn(name, request.getRemoteAddr(), by, true);
	}

	private void requirePassword(Person person, @Nullable String password) {
		String hash = person.getPassword();
		if (password == null || hash == null || hash.isEmpty() || !this.passwords.matches(password, hash)) {
			throw SignInAgainException.wrong("The present password is wrong, so nothing was changed");
		}
	}

	/**
	 * What the form itself asks for.
	 */
	private static final class WithoutSecrets extends HttpServletRequestWrapper {

		WithoutSecrets(HttpServletRequest request) {
			super(request);
		}

		private static boolean isSecret(String name) {
			return name.equals(PASSWORD) || name.equals(PASSKEY);
		}

		@Override
		public @Nullable String getParameter(String name) {
			return isSecret(name) ? null : super.getParameter(name);
		}

		@Override
		public String @Nullable [] getParameterValues(String name) {
			return isSecret(name) ? null : super.getParameterValues(name);
		}

		@Override
		public Map<String, String[]> getParameterMap() {
			Map<String, String[]> all = new LinkedHashMap<>(super.getParameterMap());
			all.keySet().removeIf(WithoutSecrets::isSecret);
			return all;
		}

		@Override
		public Enumeration<String> getParameterNames() {
			return Collections.enumeration(getParameterMap().keySet());
		}

	}

}
