package io.agentotp.server;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two nodes share what has to be told: each message is sent once.
 */
@Tag("slow")
class NotificationNodesTests {

	private static final int REQUESTS = Integer.getInteger("agentotp.test.notifications", 10_000);

	private static final int AT_ONCE = 4;

	private static final RecordingChannel CHANNEL = new RecordingChannel("test");

	@Test
	void requestsWhenTwoNodesSendThenEachIsToldOnce() throws Exception {
		Map<String, Long> arrived = new ConcurrentHashMap<>();
		Map<String, AtomicInteger> sent = new ConcurrentHashMap<>();
		CHANNEL.before = (notification) -> {
			String id = notification.request().permissionId();
			arrived.putIfAbsent(id, System.nanoTime());
			sent.computeIfAbsent(id, (key) -> new AtomicInteger()).incrementAndGet();
		};
		Map<String, Long> asked = new ConcurrentHashMap<>();
		try (TestServer server = TestServer.start(Host.class, TestDatabase.createPostgres(), 2, true)) {
			AtOnce.run(AT_ONCE, (number) -> {
				for (int i = 0; i < REQUESTS / AT_ONCE; i++) {
					long begin = System.nanoTime();
					asked.put(server.reader().pending("mail.send"), begin);
				}
				return number;
			});
			Await.until("all are told", () -> sent.size() == asked.size());
		}
		assertThat(sent.keySet()).isEqualTo(asked.keySet());
		assertThat(sent.values()).allMatch((count) -> count.get() == 1);
		List<Long> times = LongStream
			.of(asked.entrySet()
				.stream()
				.mapToLong((one) -> arrived.get(one.getKey()) - one.getValue())
				.sorted()
				.toArray())
			.boxed()
			.toList();
		System.out.printf("From request to message handed over: half within %d ms, 99 of 100 within %d ms%n",
				times.get(times.size() / 2) / 1_000_000, times.get(times.size() * 99 / 100) / 1_000_000);
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestServer.Host.class)
	static class Host {

		@Bean
		RecordingChannel channel() {
			return CHANNEL;
		}

	}

}
