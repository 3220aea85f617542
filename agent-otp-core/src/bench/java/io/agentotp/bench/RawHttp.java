package io.agentotp.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * HTTP by hand over one kept connection: as little as a client can do.
 */
final class RawHttp implements AutoCloseable {

	private final int port;

	private final String headers;

	private Socket socket;

	private byte[] buffer = new byte[16 * 1024];

	RawHttp(int port, String key) throws IOException {
		this.port = port;
		this.socket = connect(port);
		this.headers = " HTTP/1.1\r\nHost: localhost:" + port + "\r\nAuthorization: Bearer " + key
				+ "\r\nAccept: application/json\r\n";
	}

	private static Socket connect(int port) throws IOException {
		Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
		socket.setTcpNoDelay(true);
		socket.setSoTimeout(30_000);
		return socket;
	}

	byte[] get(String path) throws IOException {
		return send(("GET " + path + this.headers + "\r\n").getBytes(StandardCharsets.US_ASCII));
	}

	byte[] post(String path, byte[] body) throws IOException {
		byte[] head = ("POST " + path + this.headers + "Content-Type: application/json\r\nContent-Length: "
				+ body.length + "\r\n\r\n")
			.getBytes(StandardCharsets.US_ASCII);
		byte[] message = Arrays.copyOf(head, head.length + body.length);
		System.arraycopy(body, 0, message, head.length, body.length);
		return send(message);
	}

	private byte[] send(byte[] message) throws IOException {
		this.socket.getOutputStream().write(message);
		int count = 0;
		HttpMessage answer = null;
		while (answer == null) {
			if (count == this.buffer.length) {
				this.buffer = Arrays.copyOf(this.buffer, 2 * count);
			}
			int read = this.socket.getInputStream().read(this.buffer, count, this.buffer.length - count);
			if (read < 0) {
				throw new EOFException();
			}
			count += read;
			answer = HttpMessage.read(this.buffer, count);
		}
		if (!answer.head().startsWith("http/1.1 2")) {
			throw new IOException(answer.head().lines().findFirst().orElse(""));
		}
		if (answer.head().contains("\r\nconnection: close")) {
			this.socket.close();
			this.socket = connect(this.port);
		}
		return answer.body();
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

}
