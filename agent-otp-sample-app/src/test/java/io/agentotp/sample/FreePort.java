package io.agentotp.sample;

import org.springframework.test.util.TestSocketUtils;

/**
 * Ports for what must know its port before it starts.
 */
public final class FreePort {

	/**
	 * Where systems begin to give ports to connections and to servers that ask for any.
	 */
	private static final int EPHEMERAL = 32768;

	private FreePort() {
	}

	/**
	 * Return a free port that no connection is given by the system meanwhile, as tests
	 * run beside each other.
	 */
	public static int next() {
		int port = TestSocketUtils.findAvailableTcpPort();
		return (port < EPHEMERAL) ? port : next();
	}

}
