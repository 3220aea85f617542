package io.agentotp.server;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * The places where the service can live.
 */
enum Form {

	ALONE("", true), ALONE_UNDER_A_PATH("/otp", true, "agentotp.server.path=/otp"),

	ALONE_IN_A_CONTEXT("/ctx", true, "server.servlet.context-path=/ctx"),

	EMBEDDED("/agent-otp", false), EMBEDDED_IN_A_CONTEXT("/ctx/agent-otp", false, "server.servlet.context-path=/ctx");

	private final String path;

	private final boolean alone;

	private final String[] settings;

	Form(String path, boolean alone, String... settings) {
		this.path = path;
		this.alone = alone;
		this.settings = settings;
	}

	TestServer start(Path directory, String... more) {
		return startOn(directory, TestDatabase.createLasting(), true, more);
	}

	/**
	 * Starts on a database that stays, with or without the usual agents, users and
	 * policies.
	 */
	TestServer startOn(Path directory, TestDatabase database, boolean usual, String... more) {
		String[] all = Stream.concat(Arrays.stream(this.settings), Arrays.stream(more)).toArray(String[]::new);
		return this.alone ? TestServer.startAloneOn(directory, database, usual, all)
				: TestServer.start(TestServer.WholeHost.class, database, TestDatabase.nodes(), usual, all);
	}

	String path() {
		return this.path;
	}

	boolean isAlone() {
		return this.alone;
	}

}
