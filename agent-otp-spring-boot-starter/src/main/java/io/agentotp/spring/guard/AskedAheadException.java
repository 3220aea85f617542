package io.agentotp.spring.guard;

/**
 * Ends a call that was made to make its request only, see {@link ToolCallContext#begin}.
 * No failure: the call is made again.
 */
final class AskedAheadException extends RuntimeException {

	AskedAheadException() {
		super("The request of this call has been sent; the call itself follows", null, false, false);
	}

}
