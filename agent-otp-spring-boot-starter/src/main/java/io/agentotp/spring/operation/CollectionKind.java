package io.agentotp.spring.operation;

import java.util.AbstractCollection;
import java.util.AbstractList;
import java.util.AbstractMap;
import java.util.AbstractQueue;
import java.util.AbstractSequentialList;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Properties;
import java.util.Queue;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.Spliterator;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.PriorityBlockingQueue;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;
import org.springframework.util.LinkedCaseInsensitiveMap;

/**
 * What a collection is to a body: whether its elements say all of it, and whether their
 * order counts.
 */
final class CollectionKind {

	/** Not there before Java 21. */
	private static final @Nullable Class<?> SEQUENCED = ClassUtils.isPresent("java.util.SequencedCollection", null)
			? ClassUtils.resolveClassName("java.util.SequencedCollection", null) : null;

	/** What the classes of a library are to a body. */
	private static final List<Class<?>> KINDS = List.of(List.class, Set.class, Map.class);

	private static final List<Class<?>> MORE_THAN_ELEMENTS = List.of(Properties.class, IdentityHashMap.class,
			WeakHashMap.class, DelayQueue.class);

	/** Views of these compare or forget in a way of their own, and do not say so. */
	private static final List<String> MORE_THAN_VIEWS = List.of("java.util.IdentityHashMap$", "java.util.WeakHashMap$",
			"java.util.TreeMap$Descending", "java.util.TreeMap$NavigableSubMap$Descending");

	/** What classes can inherit without inheriting content. */
	private static final Set<Class<?>> STATELESS = Set.of(Object.class, Record.class, Number.class,
			AbstractCollection.class, AbstractList.class, AbstractMap.class, AbstractQueue.class,
			AbstractSequentialList.class, AbstractSet.class);

	private static final Set<String> OTHER_CASES = Set.of("tr", "az", "lt");

	private CollectionKind() {
	}

	/**
	 * Return a list, a set, a map or a collection where it is one of a library's,
	 * otherwise its class; {@code null} if it is written field by field.
	 * @throws UnwritableStateException if it has more than its elements
	 */
	static @Nullable Class<?> of(Object collection, Class<?> type) {
		if (collection instanceof LinkedCaseInsensitiveMap<?> row && type == LinkedCaseInsensitiveMap.class) {
			// Its fields follow from its keys, unless its locale folds them in its own
			// way.
			if (OTHER_CASES.contains(row.getLocale().getLanguage())) {
				throw new UnwritableStateException(type, "its locale has upper case of its own");
			}
			return type;
		}
		if (!isLibrary(type)) {
			Class<?> inherited = inherited(type);
			if (STATELESS.contains(inherited)) {
				return null;
			}
			if (hasFields(type)) {
				throw new UnwritableStateException(type, "it has fields beside its elements");
			}
			requireElementsOnly(collection, type, inherited);
			return type;
		}
		requireElementsOnly(collection, type, type);
		for (Class<?> kind : KINDS) {
			if (kind.isInstance(collection)) {
				return kind;
			}
		}
		return (collection instanceof Queue<?>) ? type : Collection.class;
	}

	/**
	 * Return whether a declared type says which kind its values are.
	 */
	static boolean isSaidBy(Class<?> kind, Class<?> declared) {
		return KINDS.contains(kind) && kind.isAssignableFrom(declared) && isLibrary(declared);
	}

	/**
	 * Return whether the order of the elements counts. That of other sets differs from
	 * one start to the next, and that of a sorted one follows from its elements.
	 */
	static boolean isOrdered(Collection<?> collection) {
		if (collection instanceof List<?> || collection instanceof Queue<?>
				|| collection instanceof CopyOnWriteArraySet<?>
				|| collection.getClass().getName().startsWith("kotlin.collections.")) {
			return true;
		}
		if (isSorted(collection)) {
			return false;
		}
		if (SEQUENCED != null && SEQUENCED.isInstance(collection)) {
			// The spliterator of a reversed view does not say so.
			return true;
		}
		Spliterator<?> elements = collection.spliterator();
		return elements.hasCharacteristics(Spliterator.ORDERED)
				&& (!elements.hasCharacteristics(Spliterator.SORTED) || isOfEntries(elements));
	}

	/**
	 * Return whether elements are the entries of a sorted map: what those compare by
	 * nobody can tell, but their order.
	 */
	private static boolean isOfEntries(Spliterator<?> elements) {
		Comparator<?> comparator = elements.getComparator();
		return comparator != null && comparator.getClass().isHidden()
				&& comparator.getClass().getName().matches("java\\.util\\..*Entry.*");
	}

	private static void requireElementsOnly(Object collection, Class<?> type, Class<?> library) {
		if ((isJdk(library) && !library.getName().startsWith("java.util.")) || hasMoreThanElements(type)) {
			throw new UnwritableStateException(type, "it has more than its elements");
		}
		if (collection instanceof List<?> || collection instanceof Queue<?>) {
			return;
		}
		// Also that of what a view stands before.
		Spliterator<?> elements = elements(collection);
		if (!isSorted(collection) && MORE_THAN_VIEWS.stream().anyMatch(elements.getClass().getName()::startsWith)) {
			throw new UnwritableStateException(type, "it has more than its elements");
		}
	}

	/**
	 * Return what a collection compares by, or a view by what it stands before;
	 * {@code null} if that is the natural order or nothing.
	 */
	static @Nullable Comparator<?> comparator(Object collection) {
		Comparator<?> comparator = null;
		if (collection instanceof PriorityQueue<?> queue) {
			comparator = queue.comparator();
		}
		else if (collection instanceof PriorityBlockingQueue<?> queue) {
			comparator = queue.comparator();
		}
		else if (!(collection instanceof List<?> || collection instanceof Queue<?>)) {
			Spliterator<?> elements = elements(collection);
			if (elements.hasCharacteristics(Spliterator.SORTED)) {
				comparator = isOfEntries(elements) ? null : elements.getComparator();
			}
			else if (isSorted(collection)) {
				comparator = (collection instanceof SortedMap<?, ?> map) ? map.comparator()
						: ((SortedSet<?>) collection).comparator();
			}
		}
		return (comparator != Comparator.<String>naturalOrder()) ? comparator : null;
	}

	private static boolean isSorted(Object collection) {
		return collection instanceof SortedMap<?, ?> || collection instanceof SortedSet<?>;
	}

	private static Spliterator<?> elements(Object collection) {
		return ((collection instanceof Map<?, ?> map) ? map.keySet() : (Collection<?>) collection).spliterator();
	}

	static boolean hasMoreThanElements(Class<?> type) {
		return MORE_THAN_ELEMENTS.stream().anyMatch((more) -> more.isAssignableFrom(type));
	}

	/**
	 * Return whether a class inherits nothing from the JDK that could be content.
	 */
	static boolean isStateless(Class<?> inherited) {
		return STATELESS.contains(inherited);
	}

	static Class<?> inherited(Class<?> type) {
		Class<?> inherited = type;
		while (!isJdk(inherited)) {
			inherited = inherited.getSuperclass();
		}
		return inherited;
	}

	private static boolean hasFields(Class<?> type) {
		for (Class<?> owner = type; !isJdk(owner); owner = owner.getSuperclass()) {
			if (StateWriter.instanceFields(owner).findAny().isPresent()) {
				return true;
			}
		}
		return false;
	}

	/** Their fields are not what they are to a body. */
	private static boolean isLibrary(Class<?> type) {
		if (isJdk(type) || type.getName().startsWith("kotlin.collections.")
				|| type.getName().startsWith("org.hibernate.collection.spi.")) {
			return true;
		}
		for (Class<?> owner = type; owner != null; owner = owner.getSuperclass()) {
			if (owner.getName().equals("com.google.common.collect.ImmutableCollection")
					|| owner.getName().equals("com.google.common.collect.ImmutableMap")) {
				return true;
			}
		}
		return false;
	}

	static boolean isJdk(Class<?> type) {
		String module = type.getModule().getName();
		return module != null && (module.startsWith("java.") || module.startsWith("jdk."));
	}

}
