package io.agentotp.spring;

import java.util.Optional;

import io.agentotp.Permission;
import org.jspecify.annotations.Nullable;

/**
 * The permission under which the current thread runs the body of a guarded method. In the
 * body of a reactive one it stands in the Reactor context, under {@link #KEY}.
 */
public final class PermissionContext {

	/**
	 * Key of the permission in the context of a reactive body's subscription.
	 */
	public static final String KEY = "io.agentotp.permission";

	private static final ThreadLocal<@Nullable Permission> CURRENT = new ThreadLocal<>();

	private PermissionContext() {
	}

	/**
	 * Return the permission of the innermost guarded method.
	 * @return the permission
	 * @throws IllegalStateException if the thread is in no guarded method
	 */
	public static Permission current() {
		return find().orElseThrow(() -> new IllegalStateException(
				"No permission: this thread is not inside a method with @RequiresPermission"));
	}

	/**
	 * Return the permission of the innermost guarded method.
	 * @return the permission, or empty if the thread is in no guarded method
	 */
	public static Optional<Permission> find() {
		return Optional.ofNullable(CURRENT.get());
	}

	/**
	 * Makes a permission the current one of this thread until the scope is closed. The
	 * guard does this; applications need it only to hand a permission to another thread.
	 * @param permission the permission
	 * @return closing it restores the previous permission
	 */
	public static Scope open(Permission permission) {
		Permission previous = CURRENT.get();
		CURRENT.set(permission);
		return () -> {
			if (previous != null) {
				CURRENT.set(previous);
			}
			else {
				CURRENT.remove();
			}
		};
	}

	/**
	 * How long a permission is the current one.
	 */
	@FunctionalInterface
	public interface Scope extends AutoCloseable {

		@Override
		void close();

	}

}
