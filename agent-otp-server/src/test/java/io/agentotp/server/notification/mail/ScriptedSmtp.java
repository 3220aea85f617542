package io.agentotp.server.notification.mail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Answers as a mail server does that has taken offence, which GreenMail never does.
 */
final class ScriptedSmtp implements AutoCloseable {

	private final ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());

	private final Map<String, String> answers;

	/**
	 * Starts it.
	 * @param answers what it answers to a command, by its first word, instead of yes;
	 * {@code .} for the end of the data; an empty one ends the connection
	 */
	ScriptedSmtp(Map<String, String> answers) throws IOException {
		this.answers = answers;
		Thread thread = new Thread(this::run);
		thread.setDaemon(true);
		thread.start();
	}

	int port() {
		return this.socket.getLocalPort();
	}

	private void run() {
		while (!this.socket.isClosed()) {
			try (Socket connection = this.socket.accept()) {
				talk(connection);
			}
			catch (IOException ex) {
				// The other side has gone, or the test is over.
			}
		}
	}

	private void talk(Socket connection) throws IOException {
		BufferedReader in = new BufferedReader(
				new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8));
		OutputStream out = connection.getOutputStream();
		String answer = this.answers.getOrDefault("", "220 ready");
		boolean data = false;
		while (!answer.isEmpty()) {
			out.write((answer + "\r\n").getBytes(StandardCharsets.UTF_8));
			out.flush();
			String line;
			do {
				line = in.readLine();
			}
			while (data && line != null && !line.equals("."));
			if (line == null) {
				return;
			}
			String command = data ? "." : line.split("[ :]")[0];
			answer = this.answers.getOrDefault(command, command.equals("DATA") ? "354 go on" : "250 fine");
			data = answer.startsWith("354");
		}
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

}
