package io.agentotp.server.notification.mail;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Answers a little again and again, so that no answer takes too long, and none ends.
 */
final class DrippingSmtp implements AutoCloseable {

	// A record of a handshake as long as one can be, of which bytes come one by one.
	private static final byte[] HANDSHAKE = { 22, 3, 3, 63, 127 };

	private final ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());

	private final boolean tls;

	private final AtomicInteger answered = new AtomicInteger();

	private volatile boolean closed;

	DrippingSmtp(boolean tls) throws IOException {
		this.tls = tls;
		Thread thread = new Thread(this::run);
		thread.setDaemon(true);
		thread.start();
	}

	int port() {
		return this.socket.getLocalPort();
	}

	int answered() {
		return this.answered.get();
	}

	boolean isClosed() {
		return this.closed;
	}

	private void run() {
		try (Socket connection = this.socket.accept()) {
			OutputStream out = connection.getOutputStream();
			out.write(this.tls ? HANDSHAKE : text("220 ready\r\n"));
			while (!this.socket.isClosed()) {
				out.write(this.tls ? new byte[1] : text("250-AND MORE\r\n"));
				this.answered.incrementAndGet();
				LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
			}
		}
		catch (IOException ex) {
			this.closed = true;
		}
	}

	private static byte[] text(String line) {
		return line.getBytes(StandardCharsets.US_ASCII);
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

}
