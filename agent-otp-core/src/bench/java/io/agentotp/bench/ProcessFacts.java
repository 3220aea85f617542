package io.agentotp.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What this process holds at a moment. Linux only.
 *
 * @param threads its Java threads
 * @param sockets its open sockets
 */
record ProcessFacts(int threads, int sockets) {

	static ProcessFacts now() throws IOException {
		return new ProcessFacts(ManagementFactory.getThreadMXBean().getThreadCount(), openSockets());
	}

	ProcessFacts max(ProcessFacts other) {
		return new ProcessFacts(Math.max(this.threads, other.threads), Math.max(this.sockets, other.sockets));
	}

	private static int openSockets() throws IOException {
		int sockets = 0;
		try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
			for (Path file : files) {
				if (isSocket(file)) {
					sockets++;
				}
			}
		}
		return sockets;
	}

	private static boolean isSocket(Path file) {
		try {
			return Files.readSymbolicLink(file).toString().startsWith("socket:");
		}
		catch (IOException ex) {
			return false; // closed in the meantime, such as the listing itself
		}
	}

	static String fileLimit() throws IOException {
		try (Stream<String> lines = Files.lines(Path.of("/proc/self/limits"))) {
			return lines.filter((line) -> line.startsWith("Max open files"))
				.map((line) -> line.split(" {2,}")[1])
				.findFirst()
				.orElseThrow();
		}
	}

	/**
	 * Names of the threads that live, without their numbers, and how many of each.
	 */
	static Map<String, Integer> threadNames() {
		Map<String, Integer> names = new TreeMap<>();
		Thread.getAllStackTraces()
			.keySet()
			.forEach((thread) -> names.merge(thread.getName().replaceAll("-\\d+", ""), 1, Integer::sum));
		return names;
	}

	/**
	 * The heap in use after collection, once it no longer shrinks.
	 */
	static long heap() throws InterruptedException {
		long used = Long.MAX_VALUE;
		for (int i = 0; i < 10; i++) {
			System.gc();
			Thread.sleep(200);
			long now = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
			if (now >= used) {
				break;
			}
			used = now;
		}
		return used;
	}

}
