package io.agentotp.server.notification.http;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * A call by the client of the JDK that ends in time, and keeps little of an answer. The
 * timeout of a request alone ends with the headers.
 */
public final class BoundedCall {

	private static final int MAX_ANSWER = 4 * 1024 * 1024;

	private BoundedCall() {
	}

	/**
	 * Sends a request.
	 * @param client the client
	 * @param request the request
	 * @param timeout how long all of it may take
	 * @return the answer
	 * @throws IOException if there is none
	 * @throws InterruptedException if the thread was interrupted
	 */
	public static Answer send(HttpClient client, HttpRequest request, Duration timeout)
			throws IOException, InterruptedException {
		AtomicReference<@Nullable ResponseInfo> begun = new AtomicReference<>();
		CompletableFuture<HttpResponse<byte[]>> call = client.sendAsync(request, (info) -> {
			begun.set(info);
			return new Bounded();
		});
		IOException failure;
		try {
			HttpResponse<byte[]> response = call.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
			return new Answer(response.statusCode(), response.headers(), response.body());
		}
		catch (ExecutionException ex) {
			failure = (ex.getCause() instanceof IOException cause) ? cause : new IOException(ex.getCause());
		}
		catch (TimeoutException ex) {
			failure = new HttpTimeoutException("No answer in time");
		}
		finally {
			call.cancel(true);
		}
		ResponseInfo info = begun.get();
		if (info == null) {
			throw failure;
		}
		return new Answer(info.statusCode(), info.headers(), null);
	}

	/**
	 * An answer.
	 *
	 * @param status its status, which says what became of the request
	 * @param headers its headers
	 * @param body its body, or {@code null} if it did not come, or is too long
	 */
	public record Answer(int status, HttpHeaders headers, byte @Nullable [] body) {

		/**
		 * How long the other side wants to be left alone.
		 * @return the time, {@code null} if it says none, or a date, which is left to the
		 * usual pause
		 */
		public @Nullable Duration after() {
			return this.headers.firstValue("Retry-After")
				.filter((text) -> text.matches("\\d{1,6}"))
				.map((text) -> Duration.ofSeconds(Long.parseLong(text)))
				.orElse(null);
		}

	}

	/**
	 * Stops reading where it is too much.
	 */
	private static final class Bounded implements BodySubscriber<byte[]> {

		private final BodySubscriber<byte[]> all = BodySubscribers.ofByteArray();

		private Flow.@Nullable Subscription subscription;

		private long length;

		@Override
		public CompletionStage<byte[]> getBody() {
			return this.all.getBody();
		}

		@Override
		public void onSubscribe(Flow.Subscription given) {
			this.subscription = given;
			this.all.onSubscribe(given);
		}

		@Override
		public void onNext(List<ByteBuffer> part) {
			this.length += part.stream().mapToLong(ByteBuffer::remaining).sum();
			if (this.length <= MAX_ANSWER) {
				this.all.onNext(part);
			}
			else if (this.subscription != null) {
				this.subscription.cancel();
				this.all.onError(new IOException("The answer is too long"));
			}
		}

		@Override
		public void onError(Throwable failure) {
			this.all.onError(failure);
		}

		@Override
		public void onComplete() {
			this.all.onComplete();
		}

	}

}
