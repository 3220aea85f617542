package io.agentotp.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * From a decision to its completed future: since the decision was sent, which includes
 * that the service makes it, and since its sender had the answer.
 */
final class Latencies {

	private final List<Long> sinceSent = new ArrayList<>();

	private final List<Long> sinceAnswered = new ArrayList<>();

	private final List<Long> deciding = new ArrayList<>();

	synchronized void add(long sent, long answered, long completed) {
		this.sinceSent.add(completed - sent);
		this.sinceAnswered.add(completed - answered);
		this.deciding.add(answered - sent);
	}

	synchronized int count() {
		return this.sinceSent.size();
	}

	synchronized void print(String title) {
		System.out.printf("%s, %d decisions: ms %8s %8s %8s%n", title, count(), "p50", "p99", "max");
		print("from sending the decision to completion", this.sinceSent);
		print("from its answer to completion", this.sinceAnswered);
		print("the decision's own call", this.deciding);
	}

	private static void print(String title, List<Long> nanos) {
		List<Long> sorted = nanos.stream().sorted().toList();
		System.out.printf("  %-40s %8.2f %8.2f %8.2f%n", title, percentile(sorted, 50), percentile(sorted, 99),
				percentile(sorted, 100));
	}

	private static double percentile(List<Long> sorted, int percent) {
		return sorted.get((int) Math.ceil(sorted.size() * percent / 100.0) - 1) / 1e6;
	}

}
