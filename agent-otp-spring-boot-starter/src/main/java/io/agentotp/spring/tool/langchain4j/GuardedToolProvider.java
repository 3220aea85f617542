package io.agentotp.spring.tool.langchain4j;

import dev.langchain4j.service.tool.ToolProvider;
import dev.langchain4j.service.tool.ToolProviderRequest;
import dev.langchain4j.service.tool.ToolProviderResult;
import io.agentotp.spring.tool.ToolGuard;
import org.jspecify.annotations.Nullable;

/**
 * Guards whatever a provider provides.
 */
final class GuardedToolProvider implements ToolProvider {

	private final ToolProvider delegate;

	private final LangChain4jToolGuard guard;

	GuardedToolProvider(ToolProvider delegate, LangChain4jToolGuard guard) {
		this.delegate = delegate;
		this.guard = guard;
	}

	/**
	 * Return whether a guard is the one that calls pass.
	 */
	boolean isBy(ToolGuard other) {
		return this.guard.is(other);
	}

	@Override
	public @Nullable ToolProviderResult provideTools(ToolProviderRequest request) {
		ToolProviderResult result = this.delegate.provideTools(request);
		return (result != null)
				? new ToolProviderResult(result.aiServiceTools().stream().map(this.guard::guard).toList()) : null;
	}

	@Override
	public boolean isDynamic() {
		return this.delegate.isDynamic();
	}

}
