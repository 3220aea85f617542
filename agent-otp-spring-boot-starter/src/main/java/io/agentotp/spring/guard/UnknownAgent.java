package io.agentotp.spring.guard;

import java.util.List;

import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.operation.GuardedOperation;

/**
 * Tells whether a framework for agents calls a tool on this thread that the guard does
 * not know: of a client, a manager or a server that the application has made by hand. For
 * whom it is called nobody knows then, so that nothing can be kept for its next call.
 */
final class UnknownAgent {

	private static final List<String> CALLERS_OF_TOOLS = List.of("org.springframework.ai.tool.",
			"org.springframework.ai.model.tool.", "org.springframework.ai.mcp.", "dev.langchain4j.service.",
			"dev.langchain4j.agentic.", "io.modelcontextprotocol.server.", "io.modelcontextprotocol.spec.");

	private static final StackWalker STACK = StackWalker.getInstance();

	private UnknownAgent() {
	}

	/**
	 * Return whether one calls. For threads on which no call of a tool is known.
	 */
	static boolean calls() {
		return STACK.walk((frames) -> frames.map(StackWalker.StackFrame::getClassName)
			.anyMatch((type) -> CALLERS_OF_TOOLS.stream().anyMatch(type::startsWith)));
	}

	static CallRefusedException refusal(GuardedOperation guarded) {
		return new CallRefusedException("CALLER_UNKNOWN", guarded.signature()
				+ " does not wait, and a tool calls it of "
				+ "a client or server that the guard does not know: another conversation could pick its approval up. "
				+ "Guard the tool, its manager or its server, see AgentOtpSpringAiTools, AgentOtpLangChain4jTools and "
				+ "McpToolGuard, or set onPending = WAIT", null);
	}

}
