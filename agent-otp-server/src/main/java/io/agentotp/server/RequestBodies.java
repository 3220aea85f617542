package io.agentotp.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.limit.SignInLimits;
import io.agentotp.server.page.PageProblems;
import io.agentotp.server.web.Problem;
import io.agentotp.server.web.Problems;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the bodies of requests before anything else looks at them. A body that is not
 * there yet holds no thread while it comes, and is cut off after a while.
 */
final class RequestBodies {

	private static final Logger logger = LoggerFactory.getLogger(RequestBodies.class);

	// Of a form, which triples what it encodes. JSON has a limit of its own.
	private static final int MAX_BYTES = 256 * 1024;

	private static final Duration PATIENCE = Duration.ofSeconds(15);

	// Mostly a body comes right behind its headers. These may wait for it, with a thread
	// each, and the others without.
	private static final int MAX_BLOCKING = 16;

	// They are read before it is known whose they are.
	private static final int MAX_SLOW = 1000;

	// Of all of them together.
	private static final long MAX_HELD = 16L * 1024 * 1024;

	private static final Problem FULL = Problems
		.of(new TryLaterException("Too many requests are slow at the moment. Try again", Duration.ofSeconds(5)));

	private static final String READ = RequestBodies.class.getName();

	private final PageProblems problems;

	private final Semaphore blocking = new Semaphore(MAX_BLOCKING);

	// The oldest first. Guarded by itself.
	private final Set<Coming> slow = new LinkedHashSet<>();

	// Bytes of them. Guarded by the set.
	private long held;

	RequestBodies(PageProblems problems) {
		this.problems = problems;
	}

	/**
	 * Reads the body of a request, if it has one.
	 * @param request the request
	 * @param response its answer
	 * @return the request with its body, or {@code null} if that is still to come: then
	 * the container dispatches the request again
	 * @throws IOException if the caller is gone
	 * @throws RefusedException if the body is too long
	 */
	@Nullable HttpServletRequest read(HttpServletRequest request, HttpServletResponse response) throws IOException {
		try {
			return readNow(request, response);
		}
		catch (IOException ex) {
			if (Problems.isCallerGone(ex)) {
				throw ex;
			}
			logger.debug("The body of a request is not well-formed: {}", ex.toString());
			throw new InvalidInputException("body", "is not well-formed HTTP");
		}
	}

	private @Nullable HttpServletRequest readNow(HttpServletRequest request, HttpServletResponse response)
			throws IOException {
		long length = request.getContentLengthLong();
		if (length == 0 || (length < 0 && request.getHeader("Transfer-Encoding") == null)) {
			return request;
		}
		if (length > MAX_BYTES) {
			throw tooLong();
		}
		ServletInputStream in = request.getInputStream();
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		if (length > 0 && readAvailable(in, length, body)) {
			return new ReadRequest(request, body.toByteArray());
		}
		if (this.blocking.tryAcquire()) {
			try {
				return new ReadRequest(request, readAll(in, length, body));
			}
			finally {
				this.blocking.release();
			}
		}
		if (!request.isAsyncSupported()) {
			// A filter of the host does not let it.
			return new ReadRequest(request, readAll(in, length, body));
		}
		AsyncContext context = request.startAsync(request, response);
		context.setTimeout(PATIENCE.toMillis());
		Coming coming = new Coming(request, response, context, in, body);
		context.addListener(coming);
		hold(coming, body.size());
		in.setReadListener(coming);
		add(coming);
		return null;
	}

	// Whether that is all of it. Waits for nothing. A container says little of what is
	// there before it is asked for the first of it.
	private static boolean readAvailable(ServletInputStream in, long length, ByteArrayOutputStream body)
			throws IOException {
		while (body.size() < length) {
			int available = (int) Math.min(in.available(), length - body.size());
			if (available <= 0) {
				return false;
			}
			byte[] part = in.readNBytes(available);
			body.writeBytes(part);
			if (part.length < available) {
				return false;
			}
		}
		return true;
	}

	// Most bodies come at once, so the oldest ones are those that will not.
	private void add(Coming coming) {
		Coming oldest = null;
		synchronized (this.slow) {
			if (!coming.done.get()) {
				this.slow.add(coming);
			}
			if (this.slow.size() > MAX_SLOW) {
				oldest = ofMost((one) -> 1).findFirst().orElseThrow();
				this.slow.remove(oldest);
			}
		}
		if (oldest != null) {
			oldest.refuse(FULL);
		}
	}

	private void hold(Coming coming, int count) {
		Coming largest = null;
		synchronized (this.slow) {
			if (!coming.done.get()) {
				coming.length += count;
				this.held += count;
			}
			if (this.held > MAX_HELD) {
				largest = ofMost((one) -> one.length).max(Comparator.comparingInt((one) -> one.length)).orElse(null);
			}
		}
		if (largest != null) {
			largest.refuse(FULL);
		}
	}

	// Of the network that has most of something, so that a stranger pushes out his own.
	private Stream<Coming> ofMost(ToIntFunction<Coming> something) {
		Map<String, Integer> each = new LinkedHashMap<>();
		this.slow.forEach((one) -> each.merge(one.network, something.applyAsInt(one), Integer::sum));
		return each.entrySet()
			.stream()
			.max(Map.Entry.comparingByValue())
			.stream()
			.flatMap((most) -> this.slow.stream().filter((one) -> one.network.equals(most.getKey())));
	}

	private static byte[] readAll(ServletInputStream in, long length, ByteArrayOutputStream body) throws IOException {
		long begin = System.nanoTime();
		byte[] buffer = new byte[8192];
		while (length < 0 || body.size() < length) {
			int count = in.read(buffer);
			if (count < 0) {
				break;
			}
			body.write(buffer, 0, count);
			if (body.size() > MAX_BYTES) {
				throw tooLong();
			}
			if (System.nanoTime() - begin > PATIENCE.toNanos()) {
				throw new TooSlowException();
			}
		}
		return body.toByteArray();
	}

	/**
	 * Takes the request whose body has come.
	 * @param request the request that the container dispatches
	 * @return the request with its body, or {@code null} if it is dispatched for another
	 * reason
	 */
	static @Nullable ReadRequest take(ServletRequest request) {
		Object read = request.getAttribute(READ);
		request.removeAttribute(READ);
		return (read instanceof ReadRequest body) ? body : null;
	}

	private static InvalidInputException tooLong() {
		return new InvalidInputException("body", "must have at most " + MAX_BYTES + " bytes");
	}

	/**
	 * A body took too long.
	 */
	static final class TooSlowException extends RuntimeException {

		static final Problem PROBLEM = Problem.of(408, "REQUEST_TIMEOUT",
				"The body of the request did not come within " + PATIENCE.toSeconds() + " s");

		TooSlowException() {
			super(PROBLEM.text(), null, false, false);
		}

	}

	/**
	 * A body that is still to come.
	 */
	private final class Coming implements ReadListener, AsyncListener {

		private final HttpServletRequest request;

		private final HttpServletResponse response;

		private final AsyncContext context;

		private final ServletInputStream in;

		private final ByteArrayOutputStream body;

		private final String network;

		private final byte[] buffer = new byte[4096];

		private int length;

		private final AtomicBoolean done = new AtomicBoolean();

		Coming(HttpServletRequest request, HttpServletResponse response, AsyncContext context, ServletInputStream in,
				ByteArrayOutputStream body) {
			this.request = request;
			this.response = response;
			this.context = context;
			this.in = in;
			this.body = body;
			// Unknown of a caller who is gone.
			this.network = SignInLimits.network(Objects.requireNonNullElse(request.getRemoteAddr(), ""));
		}

		@Override
		public void onDataAvailable() throws IOException {
			while (!this.done.get() && this.in.isReady()) {
				int count = this.in.read(this.buffer);
				if (count < 0) {
					return;
				}
				this.body.write(this.buffer, 0, count);
				hold(this, count);
				if (this.body.size() > MAX_BYTES) {
					refuse(Problems.of(tooLong()));
				}
			}
		}

		@Override
		public void onAllDataRead() {
			if (end()) {
				this.request.setAttribute(READ, new ReadRequest(this.request, this.body.toByteArray()));
				this.context.dispatch();
			}
		}

		@Override
		public void onError(Throwable ex) {
			if (end()) {
				logger.debug("A request was not read, its caller is gone: {}", ex.toString());
				this.context.complete();
			}
		}

		@Override
		public void onTimeout(AsyncEvent event) {
			refuse(TooSlowException.PROBLEM);
		}

		@Override
		public void onError(AsyncEvent event) {
			onError(event.getThrowable());
		}

		@Override
		public void onComplete(AsyncEvent event) {
			boolean unused = end();
		}

		@Override
		public void onStartAsync(AsyncEvent event) {
			// The request has come and waits for something else.
		}

		private void refuse(Problem problem) {
			if (end()) {
				this.response.setHeader("Connection", "close");
				RequestBodies.this.problems.answer(this.request, this.response, problem);
				this.context.complete();
			}
		}

		private boolean end() {
			boolean first = this.done.compareAndSet(false, true);
			if (first) {
				synchronized (RequestBodies.this.slow) {
					RequestBodies.this.slow.remove(this);
					RequestBodies.this.held -= this.length;
				}
			}
			return first;
		}

	}

}
