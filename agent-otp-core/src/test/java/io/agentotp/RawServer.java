package io.agentotp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A server that misbehaves byte by byte. Each connection serves one request with the next
 * handler; the last one stays.
 */
final class RawServer implements AutoCloseable {

	final List<String> requests = new CopyOnWriteArrayList<>();

	final BlockingQueue<String> arrived = new LinkedBlockingQueue<>();

	private final List<Socket> sockets = new CopyOnWriteArrayList<>();

	private final ServerSocket server;

	RawServer(Handler... handlers) throws IOException {
		this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		Thread thread = new Thread(() -> {
			for (int i = 0; !this.server.isClosed(); i++) {
				Handler handler = handlers[Math.min(i, handlers.length - 1)];
				try {
					Socket socket = this.server.accept();
					this.sockets.add(socket);
					Thread worker = new Thread(() -> serve(socket, handler), "raw-server");
					worker.setDaemon(true);
					worker.start();
				}
				catch (IOException ex) {
					return;
				}
			}
		}, "raw-server-accept");
		thread.setDaemon(true);
		thread.start();
	}

	String url() {
		return "http://127.0.0.1:" + this.server.getLocalPort();
	}

	private void serve(Socket socket, Handler handler) {
		try {
			String request = read(socket.getInputStream());
			this.requests.add(request);
			this.arrived.add(request);
			handler.answer(socket, socket.getOutputStream());
			socket.close();
		}
		catch (IOException ex) {
			// The client went away, as some tests want it to.
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static String read(InputStream in) throws IOException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		int length = 0;
		while (true) {
			int next = in.read();
			if (next < 0) {
				throw new IOException("no request");
			}
			bytes.write(next);
			String text = bytes.toString(StandardCharsets.UTF_8);
			if (text.endsWith("\r\n\r\n")) {
				length = Arrays.stream(text.split("\r\n"))
					.filter((line) -> line.toLowerCase().startsWith("content-length:"))
					.mapToInt((line) -> Integer.parseInt(line.substring(15).strip()))
					.findFirst()
					.orElse(0);
				break;
			}
		}
		bytes.write(in.readNBytes(length));
		return bytes.toString(StandardCharsets.UTF_8);
	}

	static Handler answer(String status, String body, String... headers) {
		return (socket, out) -> {
			byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
			StringBuilder head = new StringBuilder("HTTP/1.1 " + status + "\r\nConnection: close\r\n");
			for (String header : headers) {
				head.append(header).append("\r\n");
			}
			head.append("Content-Length: ").append(bytes.length).append("\r\n\r\n");
			out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
			out.write(bytes);
			out.flush();
		};
	}

	/** Executes the request, as far as the test is concerned, but loses the answer. */
	static Handler loseAnswer() {
		return (socket, out) -> {
		};
	}

	static Handler reset() {
		return (socket, out) -> socket.setSoLinger(true, 0);
	}

	/** Sends something and then nothing until the client closes the connection. */
	static Handler stallAfter(String text) {
		return (socket, out) -> {
			out.write(text.getBytes(StandardCharsets.ISO_8859_1));
			out.flush();
			while (socket.getInputStream().read() >= 0) {
				continue;
			}
		};
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		for (Socket socket : this.sockets) {
			socket.close();
		}
	}

	interface Handler {

		void answer(Socket socket, OutputStream out) throws IOException, InterruptedException;

	}

}
