package io.agentotp.spring;

import java.util.Optional;

import io.agentotp.Permission;
import org.jspecify.annotations.Nullable;

/**
 * The permission under which the current thread runs the body of a guarded method.
 * <p>
 * With Micrometer's context propagation on the class path it follows the work to other
 * threads. In the body of a reactive method it stands in the Reactor context, under
 * {@link #KEY}. Wherever it went, it ends with the body, or with what the body returned:
 * work that outlives both finds no permission.
 */
public final class PermissionContext {

	/**
	 * Key of the {@link Held} permission in the context of a reactive body's subscription
	 * and in Micrometer's context snapshots.
	 */
	public static final String KEY = "io.agentotp.permission";

	private static final ThreadLocal<@Nullable Held> CURRENT = new ThreadLocal<>();

	private PermissionContext() {
	}

	/**
	 * Return the permission of the innermost guarded method.
	 * @return the permission
	 * @throws IllegalStateException if the thread is in no guarded method
	 */
	public static Permission current() {
		return find().orElseThrow(() -> new IllegalStateException(
				"No permission: this thread is not inside a method with @RequiresPermission. Read it there before work "
						+ "goes to another thread, or give the method a parameter of type Permission"));
	}

	/**
	 * Return the permission of the innermost guarded method.
	 * @return the permission, or empty if the thread is in no guarded method or that
	 * method has ended
	 */
	public static Optional<Permission> find() {
		Held held = CURRENT.get();
		return (held != null) ? held.permission() : Optional.empty();
	}

	/**
	 * Makes a permission the current one of this thread until the scope is closed. The
	 * guard does this; applications need it only to hand a permission to another thread.
	 * @param permission the permission
	 * @return closing it restores the previous permission and ends this one everywhere
	 */
	public static Scope open(Permission permission) {
		Held held = hold(permission);
		Scope scope = held.open();
		return () -> {
			held.close();
			scope.close();
		};
	}

	/**
	 * Holds a permission for work that changes threads. It is not yet the current one of
	 * any.
	 * @param permission the permission
	 * @return to be opened on each thread, and closed when the work is over
	 */
	public static Held hold(Permission permission) {
		return new Held(permission);
	}

	/**
	 * Return what holds the current permission.
	 * @return the holder, or {@code null}
	 */
	public static @Nullable Held held() {
		return CURRENT.get();
	}

	static void held(@Nullable Held held) {
		if (held != null) {
			CURRENT.set(held);
		}
		else {
			CURRENT.remove();
		}
	}

	/**
	 * How long a permission is the current one.
	 */
	@FunctionalInterface
	public interface Scope extends AutoCloseable {

		@Override
		void close();

	}

	/**
	 * A permission until the work under it is over. Thread-safe.
	 */
	public static final class Held implements AutoCloseable {

		private final Permission permission;

		private volatile boolean over;

		private Held(Permission permission) {
			this.permission = permission;
		}

		/**
		 * Return the permission.
		 * @return the permission, or empty once the work is over
		 */
		public Optional<Permission> permission() {
			return this.over ? Optional.empty() : Optional.of(this.permission);
		}

		/**
		 * Makes the permission the current one of this thread until the scope is closed.
		 * @return closing it restores the previous permission
		 */
		public Scope open() {
			Held previous = CURRENT.get();
			CURRENT.set(this);
			return () -> held(previous);
		}

		/**
		 * Makes what was current before this permission current again, for work of the
		 * caller in between.
		 * @param before what was current before, or {@code null}
		 * @return closing it makes this permission current again; nothing happens where
		 * it is not current
		 */
		public Scope leave(@Nullable Held before) {
			if (CURRENT.get() != this) {
				return () -> {
				};
			}
			held(before);
			return () -> held(this);
		}

		/**
		 * Ends the permission on all threads: the work is over.
		 */
		@Override
		public void close() {
			this.over = true;
		}

	}

}
