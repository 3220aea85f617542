package io.agentotp.server.security;

import java.util.Optional;

import io.agentotp.server.passkey.InvalidPasskeyException;
import io.agentotp.server.passkey.PasskeySignIns;
import io.agentotp.server.user.Person;
import io.agentotp.server.user.Users;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.InternalAuthenticationServiceException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.util.StringUtils;

/**
 * Looks at what somebody signs in with: what a passkey signed, or a password. With the
 * first, nothing else counts.
 */
final class SignInProvider implements AuthenticationProvider {

	/** The field of a form with what a passkey signed. */
	static final String PASSKEY = "passkey";

	private final AuthenticationProvider passwords;

	private final PasskeySignIns passkeys;

	private final Users users;

	SignInProvider(AuthenticationProvider passwords, PasskeySignIns passkeys, Users users) {
		this.passwords = passwords;
		this.passkeys = passkeys;
		this.users = users;
	}

	static Optional<String> passkey(HttpServletRequest request) {
		return Optional.ofNullable(request.getParameter(PASSKEY)).filter(StringUtils::hasText);
	}

	static Assertion details(HttpServletRequest request) {
		return new Assertion(passkey(request).orElse(null));
	}

	@Override
	public @Nullable Authentication authenticate(Authentication given) {
		String assertion = (given.getDetails() instanceof Assertion details) ? details.json() : null;
		return (assertion != null) ? authenticate(assertion) : this.passwords.authenticate(given);
	}

	private Authentication authenticate(String assertion) {
		try {
			// Who signs in elsewhere is known there, or not any more.
			Person person = this.users.find(this.passkeys.signIn(null, assertion).person())
				.filter((user) -> this.users.get(user.getUsername()).provider() == null)
				.orElseThrow(() -> new BadCredentialsException("No such user"));
			return UsernamePasswordAuthenticationToken.authenticated(person, null, person.getAuthorities());
		}
		catch (InvalidPasskeyException ex) {
			throw new BadCredentialsException(ex.text());
		}
		catch (BadCredentialsException ex) {
			throw ex;
		}
		catch (RuntimeException ex) {
			throw new InternalAuthenticationServiceException("Nobody can tell whose passkey it is", ex);
		}
	}

	@Override
	public boolean supports(Class<?> type) {
		return this.passwords.supports(type);
	}

	/**
	 * What came beside a user name and a password.
	 *
	 * @param json what a passkey signed, {@code null} if none did
	 */
	record Assertion(@Nullable String json) {
	}

}
