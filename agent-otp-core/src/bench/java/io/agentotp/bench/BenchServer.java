package io.agentotp.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;

/**
 * The server that all HTTP clients are measured against, a program of its own: one
 * thread, the same answer to each POST, their number to each GET.
 */
public final class BenchServer {

	private final Selector selector = Selector.open();

	private final ServerSocketChannel listener = ServerSocketChannel.open();

	private final byte[] answer = answer(Exchange.ANSWER);

	private long posts;

	private BenchServer() throws IOException {
		this.listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
		this.listener.configureBlocking(false);
		this.listener.register(this.selector, SelectionKey.OP_ACCEPT);
	}

	/**
	 * Starts the server and prints its port.
	 * @param args none
	 * @throws IOException if it cannot listen
	 */
	public static void main(String[] args) throws IOException {
		BenchServer server = new BenchServer();
		System.out.println("port " + server.listener.socket().getLocalPort());
		server.run();
	}

	private void run() throws IOException {
		while (true) {
			this.selector.select();
			Iterator<SelectionKey> keys = this.selector.selectedKeys().iterator();
			while (keys.hasNext()) {
				SelectionKey key = keys.next();
				keys.remove();
				if (key.isAcceptable()) {
					accept();
				}
				else {
					serve(key);
				}
			}
		}
	}

	private void accept() throws IOException {
		SocketChannel channel = this.listener.accept();
		if (channel != null) {
			channel.configureBlocking(false);
			channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
			channel.register(this.selector, SelectionKey.OP_READ, ByteBuffer.allocate(16 * 1024));
		}
	}

	private void serve(SelectionKey key) throws IOException {
		SocketChannel channel = (SocketChannel) key.channel();
		ByteBuffer buffer = (ByteBuffer) key.attachment();
		try {
			if (channel.read(buffer) < 0) {
				channel.close();
				return;
			}
			HttpMessage request = HttpMessage.read(buffer.array(), buffer.position());
			while (request != null) {
				write(channel, answerTo(request));
				buffer.flip().position(request.length());
				buffer.compact();
				request = HttpMessage.read(buffer.array(), buffer.position());
			}
		}
		catch (IOException ex) {
			channel.close();
		}
	}

	private byte[] answerTo(HttpMessage request) {
		if (request.head().startsWith("get ")) {
			return answer(Long.toString(this.posts));
		}
		if (request.head().startsWith("post ") && request.body().length > 0) {
			this.posts++;
			return this.answer;
		}
		return "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
	}

	private static void write(SocketChannel channel, byte[] bytes) throws IOException {
		ByteBuffer buffer = ByteBuffer.wrap(bytes);
		while (buffer.hasRemaining()) {
			channel.write(buffer);
		}
	}

	private static byte[] answer(String body) {
		return ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
				+ body)
			.getBytes(StandardCharsets.US_ASCII);
	}

}
