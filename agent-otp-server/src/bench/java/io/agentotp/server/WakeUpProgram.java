package io.agentotp.server;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.agentotp.server.web.LongPolling;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

/**
 * From a person's decision to the answer of the request that waits for it: on the same
 * node, and on another one.
 */
public final class WakeUpProgram {

	private static final int DECISIONS = Integer.getInteger("bench.decisions", 500);

	private static final String JSON = "Content-Type: application/json\r\n";

	private WakeUpProgram() {
	}

	/**
	 * Measures.
	 * @param args none
	 * @throws Exception if it cannot
	 */
	public static void main(String[] args) throws Exception {
		try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().setServerConfig("fsync", "on").start();
				TestServer server = TestServer.startNodes(null, 2,
						"agentotp.server.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
						"server.tomcat.max-keep-alive-requests=-1",
					"agentotp.server.secret=a-secret-of-tests-0123456789-0123456789")) {
			measure(server, 0, 50);
			measure(server, 1, 50);
			print("same node", measure(server, 0, DECISIONS));
			print("another node", measure(server, 1, DECISIONS));
		}
	}

	private static long[][] measure(TestServer server, int decider, int count) throws Exception {
		long[] sinceSent = new long[count];
		long[] sinceAnswer = new long[count];
		ExecutorService executor = Executors.newSingleThreadExecutor();
		String agent = "Authorization: Bearer " + TestServer.MAILER_KEY + "\r\n";
		String alice = "Authorization: Bearer " + TestServer.ALICE_KEY + "\r\n";
		try (Wire asking = new Wire(server.port(0)); Wire deciding = new Wire(server.port(decider))) {
			for (int i = 0; i < count; i++) {
				String id = Wire.field(asking.send("POST", "/agent-otp/api/v1/permissions/request", agent + JSON,
						"{\"action\":\"mail.send\"}"), "id");
				Future<Long> woken = executor.submit(() -> {
					String answer = asking.send("GET", "/agent-otp/api/v1/permissions/" + id, agent + "Prefer: wait=30\r\n", "");
					long now = System.nanoTime();
					if (!answer.contains("\"status\":\"approved\"")) {
						throw new IOException(answer);
					}
					return now;
				});
				while (server.bean(0, LongPolling.class).size() == 0) {
					Thread.onSpinWait();
				}
				long sent = System.nanoTime();
				deciding.send("POST", "/agent-otp/api/v1/permissions/" + id + "/decide", alice + JSON, "{\"approved\":true}");
				long answered = System.nanoTime();
				sinceSent[i] = woken.get() - sent;
				sinceAnswer[i] = Math.max(0, woken.get() - answered);
			}
		}
		finally {
			executor.shutdownNow();
		}
		return new long[][] { sinceSent, sinceAnswer };
	}

	private static void print(String name, long[][] times) {
		for (long[] each : times) {
			Arrays.sort(each);
		}
		System.out.printf("%-13s since sent p50 %.2f p99 %.2f max %.2f ms; since its answer p50 %.2f p99 %.2f max %.2f ms%n",
				name, at(times[0], 50), at(times[0], 99), at(times[0], 100), at(times[1], 50), at(times[1], 99),
				at(times[1], 100));
	}

	private static double at(long[] sorted, int percent) {
		return sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)] / 1e6;
	}

}
