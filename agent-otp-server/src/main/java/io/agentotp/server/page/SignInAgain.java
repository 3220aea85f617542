package io.agentotp.server.page;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.server.passkey.Passkeys;
import io.agentotp.server.passkey.RelyingParty;
import io.agentotp.server.user.UserAccount;
import io.agentotp.server.user.Users;
import jakarta.servlet.http.HttpServletRequest;

import org.springframework.security.core.Authentication;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.stereotype.Component;

/**
 * What the page shows that asks to sign in again: the form that needs it, with all that
 * was typed.
 */
@Component
final class SignInAgain {

	private final Users users;

	private final Passkeys passkeys;

	private final RelyingParty relyingParty;

	SignInAgain(Users users, Passkeys passkeys, RelyingParty relyingParty) {
		this.users = users;
		this.passkeys = passkeys;
		this.relyingParty = relyingParty;
	}

	Map<String, Object> of(HttpServletRequest request) {
		Map<String, Object> values = new HashMap<>();
		Authentication user = PageFrame.user();
		String name = (user != null) ? user.getName() : "";
		values.put("address", request.getRequestURI());
		values.put("fields", fields(request));
		UserAccount account = this.users.get(name);
		values.put("password", account.password());
		values.put("provider", account.provider());
		values.put("passkey", this.relyingParty.isUsable() && this.passkeys.has(name));
		return values;
	}

	private static List<Field> fields(HttpServletRequest request) {
		List<Field> fields = new ArrayList<>();
		String csrf = (request.getAttribute(CsrfToken.class.getName()) instanceof CsrfToken token)
				? token.getParameterName() : "";
		request.getParameterMap().forEach((name, values) -> {
			if (!name.equals(csrf)) {
				for (String value : values) {
					fields.add(new Field(name, value));
				}
			}
		});
		return fields;
	}

	/**
	 * A field of the form.
	 *
	 * @param name its name
	 * @param value what was typed or chosen
	 */
	public record Field(String name, String value) {
	}

}
