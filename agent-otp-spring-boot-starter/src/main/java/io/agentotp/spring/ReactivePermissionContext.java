package io.agentotp.spring;

import io.agentotp.Permission;
import reactor.core.publisher.Mono;

/**
 * The permission under which the body of a reactive guarded method is subscribed to.
 */
public final class ReactivePermissionContext {

	private ReactivePermissionContext() {
	}

	/**
	 * Return the permission of the innermost guarded method, when subscribed to.
	 * @return the permission; empty outside of a guarded method, and when that has ended
	 */
	public static Mono<Permission> current() {
		return Mono.deferContextual(
				(context) -> Mono.justOrEmpty(context.<PermissionContext.Held>getOrEmpty(PermissionContext.KEY))
					.flatMap((held) -> Mono.justOrEmpty(held.permission())));
	}

}
