package io.agentotp.spring.tool.mcp;

import java.time.Duration;
import java.util.function.Consumer;

import io.agentotp.spring.tool.ToolCaller;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema.ElicitUrlRequest;
import org.jspecify.annotations.Nullable;

/**
 * The client that makes a call, as far as its transport lets the server know it.
 */
interface McpClient {

	/**
	 * Return one that nothing is known of but who has been authenticated.
	 * @param user whom the request has been authenticated for, or {@code null}
	 */
	static McpClient unknown(@Nullable String user) {
		return new McpClient() {

			@Override
			public ToolCaller caller() {
				return new ToolCaller(null, null, user);
			}

			@Override
			public boolean showsPages() {
				return false;
			}

			@Override
			public Runnable show(ElicitUrlRequest request, Consumer<ElicitResult.Action> answer) {
				return () -> {
				};
			}

			@Override
			public boolean answers(Duration atMost) {
				return false;
			}

		};
	}

	/**
	 * Return the id of its session, or {@code null} if there is none.
	 */
	default @Nullable String session() {
		return null;
	}

	/**
	 * Return the id that it has given the request, or {@code null} if that is not known.
	 */
	default @Nullable Object request() {
		return null;
	}

	/**
	 * Return who it says it is.
	 */
	ToolCaller caller();

	/**
	 * Return whether it can show a page to its user.
	 */
	boolean showsPages();

	/**
	 * Asks it to show a page to its user.
	 * @param answer told what the user makes of it
	 * @return to be run when the answer does not matter any more
	 */
	Runnable show(ElicitUrlRequest request, Consumer<ElicitResult.Action> answer);

	/**
	 * Return whether it answers on the stream of the call. Blocks.
	 */
	boolean answers(Duration atMost);

}
