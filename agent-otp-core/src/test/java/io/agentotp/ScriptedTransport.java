package io.agentotp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;

/**
 * Answers from a script, in order, and remembers what was sent.
 */
class ScriptedTransport implements HttpTransport {

	final List<TransportRequest> requests = new CopyOnWriteArrayList<>();

	final List<Duration> timeouts = new CopyOnWriteArrayList<>();

	private final Queue<Step> steps = new ArrayDeque<>();

	int closed;

	ScriptedTransport then(Step step) {
		synchronized (this.steps) {
			this.steps.add(step);
		}
		return this;
	}

	ScriptedTransport answer(int status, String body, String... headers) {
		return then((request) -> response(status, body, headers));
	}

	ScriptedTransport fail(IOException ex) {
		return then((request) -> {
			throw ex;
		});
	}

	@Override
	public TransportResponse send(TransportRequest request, Duration timeout) throws IOException, InterruptedException {
		this.requests.add(request);
		this.timeouts.add(timeout);
		Step step;
		synchronized (this.steps) {
			step = this.steps.poll();
		}
		if (step == null) {
			throw new AssertionError("nothing scripted for " + request);
		}
		return step.answer(request);
	}

	@Override
	public void close() {
		this.closed++;
	}

	static TransportResponse response(int status, String body, String... headers) {
		return new TransportResponse(status,
				(headers.length > 0) ? Map.of(headers[0], List.of(headers[1])) : Collections.emptyMap(),
				body.getBytes(StandardCharsets.UTF_8));
	}

	interface Step {

		TransportResponse answer(TransportRequest request) throws IOException, InterruptedException;

	}

}
