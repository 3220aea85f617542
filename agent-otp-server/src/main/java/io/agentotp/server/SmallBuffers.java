package io.agentotp.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.LongPollCapacity;
import io.agentotp.server.web.LongPolling;
import io.agentotp.server.web.Problem;
import io.agentotp.server.web.Problems;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import org.apache.catalina.connector.CoyoteAdapter;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11InputBuffer;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.AbstractEndpoint;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;

/**
 * Makes a request that waits small. Tomcat gives each request all its buffers at once and
 * keeps them while it waits, 88 KB. Meanwhile only the headers of the request are needed.
 * Inside an application Tomcat is the application's, and nothing here touches it.
 */
final class SmallBuffers implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

	/** What buffers start with, in bytes and in characters. */
	static final int START = 256;

	/** What they would start with. */
	static final int FULL = 8 * 1024;

	/** What a waiting request was measured to take up with eight headers, and 2 KB. */
	private static final int EACH = 56 * 1024;

	private static final int EACH_ENCRYPTED = 144 * 1024;

	private static final long ALL_ELSE = 128 * 1024 * 1024;

	/**
	 * The space for requests that wait: three quarters of the memory, or less when it is
	 * so small that a quarter is not enough for all else.
	 * @param properties settings of the container
	 * @param memory bytes of the virtual machine
	 * @return the space
	 */
	static LongPollCapacity longPollCapacity(ServerProperties properties, long memory) {
		long space = memory - Math.max(memory / 4, ALL_ELSE);
		long headers = properties.getMaxHttpRequestHeaderSize().toBytes();
		int each = Ssl.isEnabled(properties.getSsl()) ? EACH_ENCRYPTED : EACH;
		return new LongPollCapacity(Math.max(memory / 4, space), Math.max(each, each + headers - FULL));
	}

	@Override
	public void customize(TomcatServletWebServerFactory factory) {
		factory.setProtocol(Protocol.class.getName());
		factory.addEngineValves(new Valve());
		factory.addContextCustomizers((context) -> {
			if (context.getParent() instanceof StandardHost host) {
				host.setErrorReportValveClass(Malformed.class.getName());
			}
		});
		factory.addConnectorCustomizers((connector) -> {
			// How much is read and written at a time. An answer about a permission is
			// written at once.
			connector.setProperty("socket.appReadBufSize", "512");
			connector.setProperty("socket.appWriteBufSize", "2048");
			// Headers after a body: nothing here reads any.
			connector.setProperty("maxTrailerSize", "512");
			connector.setProperty("socket.txBufSize", String.valueOf(SlowReaders.BUFFER));
		});
	}

	/**
	 * HTTP/1.1 whose answers start with a small buffer. Tomcat makes it by its name.
	 */
	public static final class Protocol extends Http11NioProtocol {

		private final Connections connections;

		private final SlowReaders readers;

		private @Nullable Future<?> check;

		public Protocol() {
			this(new SlowReaders());
		}

		private Protocol(SlowReaders readers) {
			super(new NioEndpoint() {

				@Override
				protected NioChannel createChannel(SocketBufferHandler buffer) {
					return readers.channel(buffer, this);
				}

			});
			this.readers = readers;
			this.connections = new Connections(getEndpoint());
			getEndpoint().setHandler(this.connections);
		}

		@Override
		public int getDesiredBufferSize() {
			return START;
		}

		@Override
		public void start() throws Exception {
			super.start();
			this.check = getUtilityExecutor().scheduleWithFixedDelay(() -> {
				this.readers.end();
				this.connections.endAbandoned();
			}, 1, 1, TimeUnit.SECONDS);
		}

		@Override
		public void stop() throws Exception {
			if (this.check != null) {
				this.check.cancel(false);
			}
			super.stop();
		}

	}

	/**
	 * Closes a connection whose headers do not come in time, as Tomcat waits anew for
	 * each byte of them. Ends a request that waits when its caller is gone, which Tomcat
	 * notices only when it writes the answer. One whose caller sends its next request
	 * ahead is answered at once.
	 */
	private static final class Connections implements AbstractEndpoint.Handler<NioChannel> {

		private static final Duration PATIENCE = Duration.ofSeconds(15);

		// That of the thread.
		private static final ThreadLocal<NioChannel> CHANNEL = new ThreadLocal<>();

		private final AbstractEndpoint<NioChannel, ?> endpoint;

		private final AbstractEndpoint.Handler<NioChannel> handler;

		// Since when a part of the headers is there.
		private final Map<SocketWrapperBase<NioChannel>, Long> begun = new ConcurrentHashMap<>();

		private final Set<SocketWrapperBase<NioChannel>> waiting = ConcurrentHashMap.newKeySet();

		Connections(AbstractEndpoint<NioChannel, ?> endpoint) {
			this.endpoint = endpoint;
			this.handler = endpoint.getHandler();
		}

		@Override
		public SocketState process(SocketWrapperBase<NioChannel> socket, SocketEvent event) {
			Long begin = this.begun.get(socket);
			if (begin != null && System.nanoTime() - begin > PATIENCE.toNanos()) {
				return SocketState.CLOSED;
			}
			NioChannel channel = socket.getSocket();
			CHANNEL.set(channel);
			SocketState state;
			try {
				state = this.handler.process(socket, event);
			}
			finally {
				CHANNEL.remove();
				SlowReaders.begin(channel);
			}
			boolean open = state == SocketState.LONG && !socket.isClosed();
			boolean async = socket.getCurrentProcessor() instanceof Processor processor && processor.isAsync();
			if (!open || async) {
				this.begun.remove(socket);
			}
			else if (begin == null) {
				this.begun.put(socket, System.nanoTime());
			}
			if (open && isWaiting(socket)) {
				this.waiting.add(socket);
			}
			else {
				this.waiting.remove(socket);
			}
			return state;
		}

		// With all of its body read.
		private static boolean isWaiting(SocketWrapperBase<NioChannel> socket) {
			return socket.getCurrentProcessor() instanceof Processor processor && processor.isAsync()
					&& processor.getRequest().getReadListener() == null;
		}

		private void endAbandoned() {
			for (SocketWrapperBase<NioChannel> socket : this.waiting) {
				// Whoever works on it has the lock.
				if (socket.getLock().tryLock()) {
					try {
						if (isWaiting(socket)) {
							look(socket);
						}
					}
					catch (IOException ex) {
						socket.setError(ex);
						// One after the other, so that many do not hold up others.
						this.endpoint.processSocket(socket, SocketEvent.ERROR, false);
					}
					finally {
						socket.getLock().unlock();
					}
				}
			}
		}

		// Behind what a caller sent ahead nobody can see that it is gone, so it does not
		// wait any longer.
		private static void look(SocketWrapperBase<NioChannel> socket) throws IOException {
			ByteBuffer next = ByteBuffer.allocate(1);
			if (socket.read(false, next) > 0) {
				socket.unRead(next.flip());
				if (socket.getCurrentProcessor() instanceof Processor processor
						&& processor.getRequest().getNote(CoyoteAdapter.ADAPTER_NOTES) instanceof Request request
						&& request.getAttribute(LongPolling.END) instanceof Runnable end) {
					end.run();
				}
			}
		}

		@Override
		public void release(SocketWrapperBase<NioChannel> socket) {
			this.begun.remove(socket);
			this.waiting.remove(socket);
			this.handler.release(socket);
		}

		@Override
		public Object getGlobal() {
			return this.handler.getGlobal();
		}

		@Override
		public void pause() {
			this.handler.pause();
		}

		@Override
		public void recycle() {
			this.handler.recycle();
		}

	}

	/**
	 * Gives answers a full buffer again once they are written. The answer to a request
	 * behind which many were sent ahead is the last one of its connection.
	 */
	private static final class Valve extends ValveBase {

		/** One request. Tomcat reads 512 bytes at a time. */
		private static final int MAX_AHEAD = 256;

		Valve() {
			super(true);
		}

		@Override
		public void invoke(Request request, Response response) throws IOException, ServletException {
			// Tomcat passes on what it has already refused.
			if (!request.isAsyncDispatching() && !response.isError()) {
				NioChannel channel = Connections.CHANNEL.get();
				if (channel != null) {
					SlowReaders.begin(channel);
				}
				if (isSentAhead(request)) {
					response.setHeader("Connection", "close");
				}
				response.setResponse(new GrowingResponse(response.getResponse()));
			}
			getNext().invoke(request, response);
		}

		// Who sends many requests ahead, and reads no answer, would have each written.
		private static boolean isSentAhead(Request request) {
			return request.getContentLengthLong() <= 0 && request.getHeader("Transfer-Encoding") == null
					&& request.getCoyoteRequest().getInputBuffer() instanceof Http11InputBuffer buffer
					&& buffer.getByteBuffer().remaining() > MAX_AHEAD;
		}

	}

	/**
	 * Answers what Tomcat refuses before it reaches the service. Tomcat makes it by its
	 * name.
	 */
	public static final class Malformed extends ErrorReportValve {

		@Override
		protected void report(Request request, Response response, @Nullable Throwable throwable) {
			int status = response.getStatus();
			if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
				return;
			}
			try {
				JsonAnswer.write(response, (status == 400) ? Problems.malformed()
						: Problem.of(status, "INVALID_REQUEST", "The request cannot be answered"));
				response.finishResponse();
			}
			catch (IOException ex) {
				// The caller is gone.
			}
		}

	}

	/**
	 * Has a full buffer from when the answer is written. So no answer is sent in pieces,
	 * or sent before it is whole, that would not be otherwise.
	 */
	private static final class GrowingResponse extends HttpServletResponseWrapper {

		GrowingResponse(HttpServletResponse response) {
			super(response);
		}

		@Override
		public ServletOutputStream getOutputStream() throws IOException {
			grow();
			return super.getOutputStream();
		}

		@Override
		public PrintWriter getWriter() throws IOException {
			grow();
			return super.getWriter();
		}

		private void grow() {
			if (getBufferSize() < FULL && !isCommitted()) {
				setBufferSize(FULL);
			}
		}

	}

}
