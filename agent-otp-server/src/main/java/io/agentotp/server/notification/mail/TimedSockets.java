package io.agentotp.server.notification.mail;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import javax.net.SocketFactory;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections that are closed after some time. A timeout for each answer alone never ends
 * if the other side sends a little again and again.
 */
final class TimedSockets extends SocketFactory {

	private static final Logger logger = LoggerFactory.getLogger(TimedSockets.class);

	private final Duration longest;

	TimedSockets(Duration longest) {
		this.longest = longest;
	}

	@Override
	public Socket createSocket() {
		Socket socket = new Socket();
		CompletableFuture.delayedExecutor(this.longest.toMillis(), TimeUnit.MILLISECONDS).execute(() -> close(socket));
		return socket;
	}

	private static void close(Socket socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			logger.debug("A connection to the mail server could not be closed", ex);
		}
	}

	@Override
	public Socket createSocket(String host, int port) throws IOException {
		return connect(null, new InetSocketAddress(host, port));
	}

	@Override
	public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
		return connect(new InetSocketAddress(localHost, localPort), new InetSocketAddress(host, port));
	}

	@Override
	public Socket createSocket(InetAddress host, int port) throws IOException {
		return connect(null, new InetSocketAddress(host, port));
	}

	@Override
	public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
		return connect(new InetSocketAddress(localHost, localPort), new InetSocketAddress(host, port));
	}

	private Socket connect(@Nullable InetSocketAddress from, InetSocketAddress to) throws IOException {
		Socket socket = createSocket();
		socket.bind(from);
		socket.connect(to);
		return socket;
	}

}
