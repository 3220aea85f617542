package io.agentotp.spring;

import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;

/**
 * Lets Micrometer's context propagation carry the {@link PermissionContext} to other
 * threads. Found by its registry through the service loader.
 */
public final class PermissionThreadLocalAccessor implements ThreadLocalAccessor<PermissionContext.Held> {

	@Override
	public Object key() {
		return PermissionContext.KEY;
	}

	@Override
	public PermissionContext.@Nullable Held getValue() {
		return PermissionContext.held();
	}

	@Override
	public void setValue(PermissionContext.Held value) {
		PermissionContext.held(value);
	}

	@Override
	public void setValue() {
		PermissionContext.held(null);
	}

}
