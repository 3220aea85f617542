package io.agentotp.spring.operation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.PermissionRequest;
import org.jspecify.annotations.Nullable;

/**
 * A call in the form in which it is bound and shown.
 *
 * @param call target, arguments and the names of what is not bound
 * @param digest the digest of action, resource, scope and call
 * @param bytes the size of action, resource, scope and call
 */
record BoundCall(Map<String, ?> call, String digest, int bytes) {

	/** A request carries 64 KiB, and the context needs some of it. */
	private static final int MAX_BYTES = 48 * 1024;

	/** A request is at most 32 deep. */
	private static final int MAX_DEPTH = 24;

	/** What stands for an argument that is left out takes up more than a shorter one. */
	private static final int MIN_LEFT_OUT = 256;

	/**
	 * Binds a call. The largest arguments are bound by their hash and not shown, if all
	 * of them are more than a request carries, as are those that are nested too deep.
	 * @param arguments the forms of the arguments, which may be replaced
	 */
	static BoundCall of(PermissionRequest request, Map<String, String> target,
			List<Map<String, @Nullable Object>> arguments, List<String> notBound) {
		arguments.replaceAll((argument) -> isTooDeep(argument.get("value"), MAX_DEPTH) ? leftOut(argument) : argument);
		Map<String, Object> call = new LinkedHashMap<>(4);
		call.put("target", target);
		call.put("arguments", arguments);
		if (!notBound.isEmpty()) {
			call.put("notBound", notBound);
		}
		CanonicalJson canonical = canonical(request, call);
		if (canonical.length() > MAX_BYTES) {
			call.put("arguments", shortened(arguments, canonical.length()));
			canonical = canonical(request, call);
		}
		return new BoundCall(call, CallDigest.of(canonical), canonical.length());
	}

	private static boolean isTooDeep(@Nullable Object value, int left) {
		Collection<?> parts = (value instanceof Map<?, ?> map) ? map.values()
				: (value instanceof List<?> list) ? list : List.of();
		for (Object part : parts) {
			if (left == 0 || isTooDeep(part, left - 1)) {
				return true;
			}
		}
		return false;
	}

	private static CanonicalJson canonical(PermissionRequest request, Map<String, ?> call) {
		return CallDigest.canonical(request.action(), request.resource().orElse(null), request.scope(), call);
	}

	private static List<Map<String, @Nullable Object>> shortened(List<Map<String, @Nullable Object>> arguments,
			int bytes) {
		List<Map<String, @Nullable Object>> shown = new ArrayList<>(arguments);
		List<Integer> largest = new ArrayList<>();
		int[] sizes = new int[shown.size()];
		int size = bytes;
		for (int index = 0; index < sizes.length; index++) {
			sizes[index] = CanonicalJson.of(shown.get(index)).length();
			largest.add(index);
		}
		largest.sort(Comparator.comparingInt((Integer index) -> sizes[index]).reversed());
		for (int index : largest) {
			if (size <= MAX_BYTES || sizes[index] < MIN_LEFT_OUT || !shown.get(index).containsKey("value")) {
				break;
			}
			shown.set(index, leftOut(shown.get(index)));
			size -= sizes[index] - MIN_LEFT_OUT;
		}
		return shown;
	}

	private static Map<String, @Nullable Object> leftOut(Map<String, @Nullable Object> argument) {
		CanonicalJson canonical = CanonicalJson.of(argument.get("value"));
		Map<String, @Nullable Object> form = new LinkedHashMap<>(4);
		form.put("name", argument.get("name"));
		form.put("bytes", canonical.length());
		form.put("sha256", canonical.sha256());
		return form;
	}

}
