package io.agentotp.spring.guard;

/**
 * Ends a call that was made to put its question only, see {@link ToolCallContext#begin}.
 * No failure: the call is made again.
 */
final class AskedAheadException extends RuntimeException {

	AskedAheadException() {
		super("The question of this call has been put; the call itself follows", null, false, false);
	}

}
