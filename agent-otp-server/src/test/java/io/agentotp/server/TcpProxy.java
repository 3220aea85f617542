package io.agentotp.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between the service and its database, and can stop to pass anything on: then
 * connections stay open and nothing ever comes, as when a host or a network vanishes.
 */
final class TcpProxy implements AutoCloseable {

	private final ServerSocket server;

	private final int target;

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private volatile boolean silent;

	TcpProxy(int target) throws IOException {
		this.target = target;
		this.server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
		start(this::accept);
	}

	int port() {
		return this.server.getLocalPort();
	}

	/**
	 * From now on nothing is passed on. What is held back is lost.
	 */
	void vanish() {
		this.silent = true;
	}

	/**
	 * Passes on again, on new connections: the old ones are gone.
	 */
	void comeBack() {
		this.sockets.forEach(TcpProxy::close);
		this.silent = false;
	}

	private void accept() {
		try {
			while (true) {
				Socket client = this.server.accept();
				this.sockets.add(client);
				if (!this.silent) {
					Socket database = new Socket(InetAddress.getLoopbackAddress(), this.target);
					this.sockets.add(database);
					start(() -> pass(client, database));
					start(() -> pass(database, client));
				}
			}
		}
		catch (IOException ex) {
			// Closed.
		}
	}

	private void pass(Socket from, Socket to) {
		byte[] buffer = new byte[8192];
		try {
			for (int count = from.getInputStream().read(buffer); count >= 0; count = from.getInputStream()
				.read(buffer)) {
				if (!this.silent) {
					to.getOutputStream().write(buffer, 0, count);
				}
			}
		}
		catch (IOException ex) {
			// One of the two is gone.
		}
		if (!this.silent) {
			close(from);
			close(to);
		}
	}

	private static void start(Runnable task) {
		Thread thread = new Thread(task, "tcp-proxy");
		thread.setDaemon(true);
		thread.start();
	}

	private static void close(Socket socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			// Closed all the same.
		}
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		this.sockets.forEach(TcpProxy::close);
	}

}
