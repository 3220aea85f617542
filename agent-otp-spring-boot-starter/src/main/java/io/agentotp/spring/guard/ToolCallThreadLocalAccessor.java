package io.agentotp.spring.guard;

import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;

/**
 * Lets Micrometer's context propagation carry the call of a tool to other threads, so
 * that what is called there is known to be part of it. Found by its registry through the
 * service loader.
 */
public final class ToolCallThreadLocalAccessor implements ThreadLocalAccessor<ToolCallContext> {

	@Override
	public Object key() {
		return ToolCallContext.KEY;
	}

	@Override
	public @Nullable ToolCallContext getValue() {
		return ToolCallContext.current();
	}

	@Override
	public void setValue(ToolCallContext value) {
		ToolCallContext.set(value);
	}

	@Override
	public void setValue() {
		ToolCallContext.set(null);
	}

}
