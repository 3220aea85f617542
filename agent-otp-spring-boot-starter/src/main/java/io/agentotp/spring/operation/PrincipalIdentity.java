package io.agentotp.spring.operation;

import java.lang.reflect.Field;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.core.ResolvableType;
import org.springframework.security.core.AuthenticatedPrincipal;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.oauth2.core.ClaimAccessor;
import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;
import org.springframework.util.ClassUtils;

/**
 * What tells one authenticated user of Spring Security from another. A name is unique
 * within what has given it only, such as an identity provider or a tenant.
 */
public final class PrincipalIdentity {

	private static final boolean OAUTH2 = ClassUtils.isPresent("org.springframework.security.oauth2.core.ClaimAccessor",
			PrincipalIdentity.class.getClassLoader());

	private static final ResolvableType ANY = ResolvableType.forClass(Object.class);

	/** What a class of token knows beside its principal and its credentials. */
	private static final ClassValue<List<Field>> FIELDS = new ClassValue<>() {

		@Override
		protected List<Field> computeValue(Class<?> type) {
			return fields(type);
		}

	};

	private PrincipalIdentity() {
	}

	/**
	 * Return the hash of the name, the class of the token and of the principal, the
	 * issuer and its subject, and what a token has besides: the registration of a client,
	 * or the fields of a class of the application's own.
	 * @param authentication the token, which is authenticated
	 * @return the hash, or {@code null} if nobody can be told from it
	 */
	public static @Nullable String of(Authentication authentication) {
		try {
			List<@Nullable Object> parts = new ArrayList<>();
			parts.add(ClassUtils.getUserClass(authentication).getName());
			parts.add(part(authentication.getPrincipal(), authentication.getName()));
			if (OAUTH2) {
				parts.add(Claims.subject(authentication.getCredentials()));
			}
			for (Field field : FIELDS.get(ClassUtils.getUserClass(authentication))) {
				Object value = field.get(authentication);
				boolean own = !isSecuritys(field.getDeclaringClass());
				if (value != null && (own || !(value.equals(authentication.getPrincipal())
						|| value.equals(authentication.getCredentials())))) {
					// Text of an own field may be empty, a name may not.
					parts.add(Arrays.asList(field.getName(), field(value, own)));
				}
			}
			return CanonicalJson.of(parts).sha256();
		}
		catch (RuntimeException | IllegalAccessException | StackOverflowError ex) {
			// Its message can hold what the token holds.
			return null;
		}
	}

	private static @Nullable Object field(Object value, boolean own) {
		if (own && value instanceof CharSequence) {
			return value.toString();
		}
		return part(value, null);
	}

	/**
	 * Return whether the identity of a token stays. Classes of an application's own may
	 * let it change.
	 * @param authentication the token
	 * @return whether it is the same as long as the token is authenticated
	 */
	public static boolean isFixed(Authentication authentication) {
		Object principal = authentication.getPrincipal();
		if (principal instanceof Authentication token && !isFixed(token)) {
			return false;
		}
		return isSecuritys(authentication.getClass())
				&& (principal instanceof String || (principal != null && isSecuritys(principal.getClass())));
	}

	/**
	 * Return what tells a principal from others: its name, if it has one, else all of it.
	 * @param name its name to the token, or {@code null} if it is not the token's
	 * principal
	 */
	private static @Nullable Object part(@Nullable Object principal, @Nullable String name) {
		if (principal == null || principal instanceof CharSequence) {
			return required((name != null) ? name : String.valueOf(principal));
		}
		if (principal instanceof Authentication token) {
			// It says more than its name.
			return required(of(token));
		}
		Class<?> type = ClassUtils.getUserClass(principal);
		String own = (principal instanceof UserDetails user) ? user.getUsername()
				: (principal instanceof AuthenticatedPrincipal known) ? known.getName()
						: (principal instanceof Principal known) ? known.getName() : null;
		Object issuer = subject(principal);
		if (own == null && issuer == null && !isSecuritys(type)) {
			return StateWriter.write(principal, ANY, BoundForms.NONE, false);
		}
		return Arrays.asList(type.getName(), required((name != null) ? name : own), own, issuer);
	}

	/**
	 * Return the issuer that knows a principal and its subject there, or {@code null} if
	 * nobody says so.
	 */
	static @Nullable Object subject(Object principal) {
		return OAUTH2 ? Claims.subject(principal) : null;
	}

	private static String required(@Nullable String name) {
		if (name == null || name.isBlank()) {
			throw new IllegalArgumentException("no name");
		}
		return name;
	}

	private static List<Field> fields(Class<?> token) {
		List<Field> fields = new ArrayList<>();
		for (Class<?> owner = token; owner != null && owner != Object.class; owner = owner.getSuperclass()) {
			boolean isSecuritys = isSecuritys(owner);
			if (!isSecuritys || !isOfUsers(owner)) {
				Stream<Field> own = StateWriter.instanceFields(owner);
				// Of Spring Security's own only names: the rest differs from login to
				// login.
				fields.addAll((isSecuritys ? own.filter((field) -> field.getType() == String.class) : own).toList());
			}
		}
		fields.forEach((field) -> {
			if (!field.trySetAccessible()) {
				throw new IllegalStateException("not open");
			}
		});
		return List.copyOf(fields);
	}

	private static boolean isSecuritys(Class<?> type) {
		return type.getName().startsWith("org.springframework.security.");
	}

	/**
	 * Tokens that are of the application's own users, and have no names beside theirs.
	 */
	private static boolean isOfUsers(Class<?> owner) {
		return owner.getName().startsWith("org.springframework.security.authentication.");
	}

	/** OAuth 2 may not be there. */
	private static final class Claims {

		/** A subject is unique within its issuer, which a name needs not be. */
		static @Nullable Object subject(@Nullable Object value) {
			Map<String, ?> claims = (value instanceof ClaimAccessor token) ? token.getClaims()
					: (value instanceof OAuth2AuthenticatedPrincipal user) ? user.getAttributes() : Map.of();
			return (claims.get("iss") == null) ? null
					: Arrays.asList(String.valueOf(claims.get("iss")), Objects.toString(claims.get("sub"), null));
		}

	}

}
