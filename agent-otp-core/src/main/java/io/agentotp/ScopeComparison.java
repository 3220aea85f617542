package io.agentotp;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * What a granted scope is beside the requested one. Narrower are a smaller number
 * ({@code min}, {@code min_*}: a larger one), a part of an {@code allowed_*} list, a
 * longer {@code blocked_*}, {@code excluded_*} or {@code denied_*} list, {@code false}
 * instead of {@code true}, and a limit that was added; objects are compared limit by
 * limit. All else that differs is not narrower: a limit that is gone, too, and a list of
 * what is allowed that has become empty, because much code reads it as no limit.
 */
public final class ScopeComparison {

	private static final String MAX_USES = "max_uses";

	/** What the service calls a limit may be anything. */
	private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

	private static final Pattern MINIMUM = Pattern.compile("min|" + prefix("min"));

	private static final Pattern ALLOWED = prefix("allowed");

	private static final Pattern FORBIDDEN = prefix("blocked|excluded|denied");

	private static final ScopeComparison SAME = new ScopeComparison();

	private final Set<List<String>> narrower = new LinkedHashSet<>();

	private final Set<List<String>> notNarrower = new LinkedHashSet<>();

	private ScopeComparison() {
	}

	/**
	 * Compares two scopes.
	 * @param requested JSON values by name
	 * @param granted JSON values by name
	 * @return the comparison
	 */
	public static ScopeComparison of(Map<String, ?> requested, Map<String, ?> granted) {
		if (requested.equals(granted)) {
			return SAME;
		}
		ScopeComparison comparison = new ScopeComparison();
		comparison.compare(List.of(), withMaxUses(requested, granted), granted);
		return comparison;
	}

	/**
	 * Return the limits that are narrower than requested.
	 * @return the path of each, from the outermost name to its own
	 */
	public Set<List<String>> narrower() {
		return Collections.unmodifiableSet(this.narrower);
	}

	/**
	 * Return a limit that differs and is not narrower than requested.
	 * @return its {@link #name(List) name}; empty if there is none
	 */
	public Optional<String> notNarrower() {
		return this.notNarrower.isEmpty() ? Optional.empty() : Optional.of(name(this.notNarrower.iterator().next()));
	}

	/**
	 * Return what a limit is called in messages.
	 * @param path its path
	 * @return the names, joined by dots, unless they are unfit for a log
	 */
	public static String name(List<String> path) {
		String name = String.join(".", path);
		return (NAME.matcher(name).matches() && !Answers.hasSecret(name)) ? name : "(a limit)";
	}

	// Matches max_emails, max-emails and maxEmails, but not maximum.
	private static Pattern prefix(String words) {
		return Pattern.compile("(" + words + ")([_-].*|\\p{Lu}.*)", Pattern.DOTALL);
	}

	// Without max_uses there is one use, so that a larger number would be more.
	private static Map<String, ?> withMaxUses(Map<String, ?> requested, Map<String, ?> granted) {
		if (granted.containsKey(MAX_USES) && !requested.containsKey(MAX_USES)) {
			Map<String, Object> completed = new LinkedHashMap<>(requested);
			completed.put(MAX_USES, 1);
			return completed;
		}
		return requested;
	}

	private void compare(List<String> path, Map<?, ?> requested, Map<?, ?> granted) {
		requested.forEach((name, value) -> {
			List<String> limit = append(path, name);
			if (granted.containsKey(name)) {
				compare(limit, String.valueOf(name), value, granted.get(name));
			}
			else {
				this.notNarrower.add(limit);
			}
		});
		granted.keySet()
			.stream()
			.filter((name) -> !requested.containsKey(name))
			.forEach((name) -> this.narrower.add(append(path, name)));
	}

	private static List<String> append(List<String> path, Object name) {
		List<String> longer = new ArrayList<>(path);
		longer.add(String.valueOf(name));
		return List.copyOf(longer);
	}

	private void compare(List<String> path, String name, @Nullable Object requested, @Nullable Object granted) {
		if (requested instanceof Map<?, ?> limits && granted instanceof Map<?, ?> grantedLimits) {
			compare(path, limits, grantedLimits);
		}
		else if (!same(requested, granted)) {
			(isNarrower(name, requested, granted) ? this.narrower : this.notNarrower).add(path);
		}
	}

	private static boolean isNarrower(String name, @Nullable Object requested, @Nullable Object granted) {
		if (requested instanceof Number limit && granted instanceof Number grantedLimit) {
			int order = decimal(grantedLimit).compareTo(decimal(limit));
			return MINIMUM.matcher(name).matches() ? order > 0 : order < 0;
		}
		if (requested instanceof Boolean limit && granted instanceof Boolean) {
			return limit;
		}
		if (requested instanceof Collection<?> limit && granted instanceof Collection<?> grantedLimit) {
			if (ALLOWED.matcher(name).matches()) {
				return !grantedLimit.isEmpty() && containsAll(limit, grantedLimit);
			}
			return FORBIDDEN.matcher(name).matches() && containsAll(grantedLimit, limit);
		}
		return false;
	}

	private static boolean containsAll(Collection<?> values, Collection<?> others) {
		return others.stream().allMatch((other) -> values.stream().anyMatch((value) -> same(value, other)));
	}

	private static boolean same(@Nullable Object one, @Nullable Object other) {
		if (one instanceof Number number && other instanceof Number otherNumber) {
			return decimal(number).compareTo(decimal(otherNumber)) == 0;
		}
		if (one instanceof Map<?, ?> map && other instanceof Map<?, ?> otherMap) {
			return map.keySet().equals(otherMap.keySet())
					&& map.keySet().stream().allMatch((name) -> same(map.get(name), otherMap.get(name)));
		}
		if (one instanceof List<?> list && other instanceof List<?> otherList) {
			if (list.size() != otherList.size()) {
				return false;
			}
			for (int i = 0; i < list.size(); i++) {
				if (!same(list.get(i), otherList.get(i))) {
					return false;
				}
			}
			return true;
		}
		return (one != null) ? one.equals(other) : other == null;
	}

	private static BigDecimal decimal(Number number) {
		return new BigDecimal(number.toString());
	}

}
