package io.agentotp.server;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A connection that stays open, and a client that costs next to nothing: what is measured
 * is the other side.
 */
final class Wire implements AutoCloseable {

	private final Socket socket;

	private final InputStream in;

	Wire(int port) throws IOException {
		this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
		this.socket.setTcpNoDelay(true);
		this.in = new BufferedInputStream(this.socket.getInputStream());
	}

	/**
	 * Sends a request.
	 * @param method its method
	 * @param target its path
	 * @param headers its headers, each with its line end
	 * @param body its body
	 * @return the body of the answer
	 * @throws IOException if the answer is not a good one
	 */
	String send(String method, String target, String headers, String body) throws IOException {
		byte[] content = body.getBytes(StandardCharsets.UTF_8);
		String head = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + content.length + "\r\n"
				+ headers + "\r\n";
		byte[] bytes = head.getBytes(StandardCharsets.US_ASCII);
		byte[] request = new byte[bytes.length + content.length];
		System.arraycopy(bytes, 0, request, 0, bytes.length);
		System.arraycopy(content, 0, request, bytes.length, content.length);
		this.socket.getOutputStream().write(request);
		return read();
	}

	private String read() throws IOException {
		String status = line();
		int length = 0;
		boolean chunked = false;
		for (String line = line(); !line.isEmpty(); line = line()) {
			String lower = line.toLowerCase(Locale.ROOT);
			if (lower.startsWith("content-length:")) {
				length = Integer.parseInt(line.substring(15).strip());
			}
			chunked |= lower.startsWith("transfer-encoding: chunked");
		}
		StringBuilder body = new StringBuilder();
		if (chunked) {
			for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
				body.append(new String(this.in.readNBytes(size), StandardCharsets.UTF_8));
				line();
			}
			line();
		}
		else {
			body.append(new String(this.in.readNBytes(length), StandardCharsets.UTF_8));
		}
		if (!status.startsWith("HTTP/1.1 2")) {
			throw new IOException(status + " " + body);
		}
		return body.toString();
	}

	private String line() throws IOException {
		StringBuilder line = new StringBuilder();
		for (int next = this.in.read(); next != '\n'; next = this.in.read()) {
			if (next < 0) {
				throw new EOFException();
			}
			if (next != '\r') {
				line.append((char) next);
			}
		}
		return line.toString();
	}

	/**
	 * The text of a field of an answer.
	 */
	static String field(String json, String name) {
		int begin = json.indexOf("\"" + name + "\":\"") + name.length() + 4;
		return json.substring(begin, json.indexOf('"', begin));
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

}
