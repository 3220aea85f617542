package io.agentotp.spring.tool.mcp;

/**
 * What a call does whose permission is granted while it waits.
 */
public enum AfterWait {

	/**
	 * It ends without having run, and the client is asked to make it again: whether
	 * anybody still waits for its end, nobody can know.
	 */
	CALL_AGAIN,

	/**
	 * It runs, if the client still answers. Only for clients that are known to wait
	 * longer than the server does: one that has given up and stays connected answers,
	 * too.
	 */
	RUN

}
