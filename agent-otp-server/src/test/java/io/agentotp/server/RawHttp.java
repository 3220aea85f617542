package io.agentotp.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One request, byte by byte as it is given, and its answer: other clients do not send
 * what is not well-formed.
 */
final class RawHttp {

	private RawHttp() {
	}

	/**
	 * Sends a request that asks to close the connection.
	 * @param port where to, on this machine
	 * @param request the whole request
	 * @param patience how long to wait for the answer, in milliseconds
	 * @return the answer
	 * @throws java.net.SocketTimeoutException if there is none in time
	 */
	static Answer send(int port, byte[] request, int patience) throws IOException {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
			socket.setSoTimeout(patience);
			try {
				socket.getOutputStream().write(request);
				socket.getOutputStream().flush();
			}
			catch (IOException ex) {
				// The answer may be there before the whole request is.
			}
			return read(new BufferedInputStream(socket.getInputStream()));
		}
	}

	private static Answer read(InputStream in) throws IOException {
		String head;
		int status;
		do {
			head = head(in);
			status = Integer.parseInt(head.split(" ", 3)[1].strip());
		}
		while (status < 200);
		List<String> headers = new ArrayList<>(List.of(head.split("\r\n")));
		headers.remove(0);
		Answer answer = new Answer(status, headers, "");
		return new Answer(status, headers, new String(body(in, answer), StandardCharsets.UTF_8));
	}

	private static String head(InputStream in) throws IOException {
		StringBuilder head = new StringBuilder();
		while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
			int next = in.read();
			if (next < 0) {
				throw new EOFException("The connection was closed after '" + head + "'");
			}
			head.append((char) next);
		}
		return head.toString();
	}

	private static byte[] body(InputStream in, Answer answer) throws IOException {
		if (!"chunked".equals(answer.header("transfer-encoding"))) {
			return in.readAllBytes();
		}
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		int size;
		do {
			size = Integer.parseInt(line(in), 16);
			body.writeBytes(in.readNBytes(size));
			line(in);
		}
		while (size > 0);
		return body.toByteArray();
	}

	private static String line(InputStream in) throws IOException {
		StringBuilder line = new StringBuilder();
		for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
			line.append((char) next);
		}
		return line.toString().strip();
	}

	record Answer(int status, List<String> headers, String body) {

		String header(String name) {
			return this.headers.stream()
				.filter((header) -> header.toLowerCase(Locale.ROOT).startsWith(name + ":"))
				.map((header) -> header.substring(name.length() + 1).strip())
				.findFirst()
				.orElse("");
		}

	}

}
