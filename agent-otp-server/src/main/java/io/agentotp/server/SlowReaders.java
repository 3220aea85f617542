package io.agentotp.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.agentotp.server.limit.SignInLimits;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SecureNioChannel;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.jspecify.annotations.Nullable;

/**
 * Keeps callers that read slowly from holding the threads that write to them. What the
 * buffers of the system take needs no thread. An answer of usual length that does not fit
 * finds there what its caller has not read before: the connection is closed at once. Of
 * longer ones only a few wait for more than a moment, and none without end.
 */
final class SlowReaders {

	/** What the system buffers of a connection, in bytes. */
	static final int BUFFER = 128 * 1024;

	/** What fits there whenever what was written before has gone. */
	private static final int USUAL = 64 * 1024;

	private static final Duration MOMENT = Duration.ofSeconds(1);

	private static final Duration PATIENCE = Duration.ofSeconds(15);

	/** Bytes in a second, after that. */
	private static final long RATE = 16 * 1024;

	/** How many wait for more than a moment. */
	private static final int MAX = 32;

	private static final int MAX_OF_NETWORK = 8;

	private final Set<Answer> waiting = ConcurrentHashMap.newKeySet();

	NioChannel channel(SocketBufferHandler buffer, NioEndpoint endpoint) {
		return endpoint.isSSLEnabled() ? new Encrypted(buffer, endpoint, new Answer())
				: new Plain(buffer, new Answer());
	}

	/**
	 * Says that what is written from now on to a connection is another answer.
	 * @param channel the connection
	 */
	static void begin(NioChannel channel) {
		if (channel instanceof Watched watched) {
			watched.answer().begin();
		}
	}

	/**
	 * Ends answers that wait for too long, and the oldest of too many. Runs each second.
	 */
	void end() {
		long now = System.nanoTime();
		List<Answer> late = this.waiting.stream()
			.filter((answer) -> answer.waits(now) > MOMENT.toNanos())
			.sorted(Comparator.comparingLong((answer) -> answer.waits(now)))
			.toList();
		Map<String, Integer> networks = new HashMap<>();
		int all = 0;
		for (Answer answer : late) {
			boolean few = ++all <= MAX && networks.merge(answer.network, 1, Integer::sum) <= MAX_OF_NETWORK;
			if (!few || answer.isTooSlow(now)) {
				answer.cut();
			}
		}
	}

	private interface Watched {

		Answer answer();

	}

	/**
	 * The answer that is written to a connection.
	 */
	private final class Answer {

		private long taken;

		private volatile long since;

		private volatile String network = "";

		private volatile @Nullable SocketChannel socket;

		void begin() {
			SlowReaders.this.waiting.remove(this);
			this.taken = 0;
		}

		int written(NioChannel channel, int count, ByteBuffer from) throws IOException {
			this.taken += Math.max(0, count);
			boolean full = count == 0 && (from.hasRemaining() || channel.getOutboundRemaining() > 0);
			if (full && !SlowReaders.this.waiting.contains(this)) {
				if (this.taken < USUAL) {
					throw new IOException("The caller does not read what it asked for before");
				}
				SocketChannel io = channel.getIOChannel();
				this.socket = io;
				this.network = (io.getRemoteAddress() instanceof InetSocketAddress address)
						? SignInLimits.network(address.getAddress().getHostAddress()) : "";
				this.since = System.nanoTime();
				SlowReaders.this.waiting.add(this);
			}
			return count;
		}

		long waits(long now) {
			return now - this.since;
		}

		boolean isTooSlow(long now) {
			return waits(now) > PATIENCE.plusSeconds(this.taken / RATE).toNanos();
		}

		// Who waits to write gets an error.
		void cut() {
			SlowReaders.this.waiting.remove(this);
			SocketChannel io = this.socket;
			try {
				if (io != null) {
					io.shutdownOutput();
				}
			}
			catch (IOException ex) {
				// It is closed.
			}
		}

	}

	private static final class Plain extends NioChannel implements Watched {

		private final Answer answer;

		Plain(SocketBufferHandler buffer, Answer answer) {
			super(buffer);
			this.answer = answer;
		}

		@Override
		public Answer answer() {
			return this.answer;
		}

		@Override
		public int write(ByteBuffer from) throws IOException {
			return this.answer.written(this, super.write(from), from);
		}

	}

	private static final class Encrypted extends SecureNioChannel implements Watched {

		private final Answer answer;

		Encrypted(SocketBufferHandler buffer, NioEndpoint endpoint, Answer answer) {
			super(buffer, endpoint);
			this.answer = answer;
		}

		@Override
		public Answer answer() {
			return this.answer;
		}

		@Override
		public int write(ByteBuffer from) throws IOException {
			return this.answer.written(this, super.write(from), from);
		}

	}

}
