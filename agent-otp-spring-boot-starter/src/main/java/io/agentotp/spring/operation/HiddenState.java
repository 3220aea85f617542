package io.agentotp.spring.operation;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Knows which types have state that their JSON form leaves out, so that two values would
 * look the same to the approver and to the digest.
 */
final class HiddenState {

	/** By name, because their modules need not be there. */
	private static final Set<String> PARTLY_WRITTEN = Set.of("java.sql.Timestamp", "java.util.Properties",
			"java.util.regex.Pattern");

	private HiddenState() {
	}

	/**
	 * Return whether a type that is written field by field has some.
	 */
	static boolean isIn(Class<?> type) {
		return isJdk(type) || declares(type, (field) -> Modifier.isTransient(field.getModifiers()));
	}

	/**
	 * Return whether a type that is written as a plain value, a list or a map has some,
	 * such as a list with a field of its own.
	 */
	static boolean isBeside(Class<?> type) {
		return PARTLY_WRITTEN.contains(type.getName()) || (!isJdk(type) && extendsWhatIsWritten(type)
				&& declares(type, (field) -> !Modifier.isStatic(field.getModifiers())));
	}

	private static boolean extendsWhatIsWritten(Class<?> type) {
		Class<?> inherited = type;
		while (inherited != null && !isJdk(inherited)) {
			inherited = inherited.getSuperclass();
		}
		return inherited != null && !inherited.isEnum() && inherited != Enum.class && inherited != Object.class
				&& (inherited == Number.class || !Modifier.isAbstract(inherited.getModifiers()));
	}

	private static boolean declares(Class<?> type, Predicate<Field> fields) {
		for (Class<?> owner = type; owner != null && !isJdk(owner); owner = owner.getSuperclass()) {
			if (Arrays.stream(owner.getDeclaredFields()).filter((field) -> !field.isSynthetic()).anyMatch(fields)) {
				return true;
			}
		}
		return false;
	}

	private static boolean isJdk(Class<?> type) {
		String module = type.getModule().getName();
		return module != null && (module.startsWith("java.") || module.startsWith("jdk."));
	}

}
