package io.agentotp.bench;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A request or an answer as far as the measurements need it: how long it is and what its
 * body is.
 *
 * @param head first line and headers in lower case
 * @param body the body, without its chunks' frames
 * @param length how many bytes it took on the wire
 */
record HttpMessage(String head, byte[] body, int length) {

	/**
	 * Reads the message at the start of the bytes.
	 * @return the message, or {@code null} if it is not whole yet
	 */
	static HttpMessage read(byte[] bytes, int count) {
		int headEnd = endOfHead(bytes, count);
		if (headEnd < 0) {
			return null;
		}
		String head = new String(bytes, 0, headEnd, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
		if (head.contains("\r\ntransfer-encoding: chunked")) {
			return chunked(head, bytes, headEnd, count);
		}
		int end = headEnd + contentLength(head);
		return (end <= count) ? new HttpMessage(head, copy(bytes, headEnd, end), end) : null;
	}

	private static HttpMessage chunked(String head, byte[] bytes, int headEnd, int count) {
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		int position = headEnd;
		while (true) {
			int lineEnd = endOfLine(bytes, position, count);
			if (lineEnd < 0) {
				return null;
			}
			int size = Integer.parseInt(new String(bytes, position, lineEnd - position, StandardCharsets.ISO_8859_1),
					16);
			int next = lineEnd + 2 + size + 2;
			if (next > count) {
				return null;
			}
			body.write(bytes, lineEnd + 2, size);
			position = next;
			if (size == 0) {
				return new HttpMessage(head, body.toByteArray(), position);
			}
		}
	}

	private static int contentLength(String head) {
		String name = "\r\ncontent-length:";
		int start = head.indexOf(name);
		return (start < 0) ? 0
				: Integer.parseInt(head.substring(start + name.length(), head.indexOf('\r', start + 2)).strip());
	}

	private static int endOfHead(byte[] bytes, int count) {
		for (int i = 3; i < count; i++) {
			if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n' && bytes[i - 3] == '\r') {
				return i + 1;
			}
		}
		return -1;
	}

	private static int endOfLine(byte[] bytes, int from, int count) {
		for (int i = from; i + 1 < count; i++) {
			if (bytes[i] == '\r' && bytes[i + 1] == '\n') {
				return i;
			}
		}
		return -1;
	}

	private static byte[] copy(byte[] bytes, int from, int to) {
		byte[] copy = new byte[to - from];
		System.arraycopy(bytes, from, copy, 0, copy.length);
		return copy;
	}

}
