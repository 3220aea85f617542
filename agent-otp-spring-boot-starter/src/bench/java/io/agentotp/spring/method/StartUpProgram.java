package io.agentotp.spring.method;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.agentotp.spring.RequiresPermission;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.description.annotation.AnnotationDescription;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.loading.ByteArrayClassLoader.PersistenceHandler;
import net.bytebuddy.dynamic.loading.ByteArrayClassLoader;
import net.bytebuddy.implementation.FixedValue;

import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.io.DefaultResourceLoader;

/**
 * What the starter adds to the start of an application with 200 guarded methods, in 40
 * beans of a class each. Starts with and without it take turns, each in a fresh JVM. Says
 * the time that passed, and the time for which the starting thread had a processor, which
 * other programs on the machine change less.
 */
public final class StartUpProgram {

	private static final int BEANS = 40;

	private static final int METHODS_PER_BEAN = 5;

	private final List<Class<?>> classes = new ArrayList<>();

	private final ClassLoader loader;

	/** The byte code can be read as a resource, as that of any class of a jar. */
	private StartUpProgram() throws ClassNotFoundException {
		Map<String, byte[]> code = new LinkedHashMap<>();
		for (int bean = 0; bean < BEANS; bean++) {
			String name = "io.agentotp.spring.method.Guarded" + bean;
			code.put(name, guarded(name));
		}
		this.loader = new ByteArrayClassLoader(StartUpProgram.class.getClassLoader(), code,
				PersistenceHandler.MANIFEST);
		for (String name : code.keySet()) {
			this.classes.add(this.loader.loadClass(name));
		}
	}

	private static byte[] guarded(String name) {
		DynamicType.Builder<?> type = new ByteBuddy().subclass(Object.class).name(name);
		for (int method = 0; method < METHODS_PER_BEAN; method++) {
			type = type.defineMethod("send" + method, String.class, Modifier.PUBLIC)
				.withParameter(String.class, "to")
				.withParameter(int.class, "amount")
				.intercept(FixedValue.value("sent"))
				.annotateMethod(AnnotationDescription.Builder.ofType(RequiresPermission.class)
					.define("action", "email.send" + method)
					.define("resource", "email:#{#to}")
					.define("scope", "{max_emails: #amount, allowed_recipients: {#to}}")
					.build());
		}
		try (DynamicType.Unloaded<?> made = type.make()) {
			return made.getBytes();
		}
	}

	/**
	 * Starts the application once.
	 * @param starter whether the starter's auto-configurations are there; the annotations
	 * always are
	 */
	private void start(boolean starter) {
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		String excluded = starter ? "" : starters();
		long cpu = threads.getCurrentThreadCpuTime();
		long begin = System.nanoTime();
		try (ConfigurableApplicationContext context = run(excluded)) {
			System.out.println((System.nanoTime() - begin) / 1_000_000 + " "
					+ (threads.getCurrentThreadCpuTime() - cpu) / 1_000_000);
			long guarded = this.classes.stream().filter((type) -> context.getBean(type).getClass() != type).count();
			if (guarded != (starter ? BEANS : 0)) {
				throw new IllegalStateException(guarded + " beans were guarded");
			}
		}
	}

	private ConfigurableApplicationContext run(String excluded) {
		SpringApplicationBuilder application = new SpringApplicationBuilder(Application.class);
		if (!excluded.isEmpty()) {
			// It refuses a context whose guarded methods have no guard.
			application.application()
				.setInitializers(application.application()
					.getInitializers()
					.stream()
					.filter((initializer) -> !initializer.getClass().getName().startsWith("io.agentotp."))
					.toList());
		}
		return application.web(WebApplicationType.NONE)
			.resourceLoader(new DefaultResourceLoader(this.loader))
			.properties(Map.of("agentotp.api-key", "ak_test_bench", "agentotp.base-url", "http://localhost",
					"spring.main.banner-mode", "off", "logging.level.root", "off", "spring.autoconfigure.exclude",
					excluded))
			.initializers((GenericApplicationContext context) -> this.classes
				.forEach((type) -> context.registerBeanDefinition(type.getName(), new RootBeanDefinition(type))))
			.run();
	}

	private static String starters() {
		return ImportCandidates.load(AutoConfiguration.class, null)
			.getCandidates()
			.stream()
			.filter((name) -> name.startsWith("io.agentotp."))
			.collect(Collectors.joining(","));
	}

	/**
	 * Measures. With an argument, it is one start.
	 * @param arguments none, or whether the starter is there
	 * @throws Exception if a start failed
	 */
	public static void main(String[] arguments) throws Exception {
		if (arguments.length > 0) {
			new StartUpProgram().start(Boolean.parseBoolean(arguments[0]));
			return;
		}
		int starts = Integer.getInteger("bench.starts", 15);
		List<long[]> without = new ArrayList<>();
		List<long[]> with = new ArrayList<>();
		for (int start = 0; start < starts; start++) {
			without.add(fork(false));
			with.add(fork(true));
		}
		print("passed", 0, without, with);
		print("of the starting thread", 1, without, with);
	}

	private static long[] fork(boolean starter) throws IOException, InterruptedException {
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-classpath", System.getProperty("java.class.path"), StartUpProgram.class.getName(),
				String.valueOf(starter))
			.redirectError(Redirect.INHERIT)
			.start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
		if (process.waitFor() != 0) {
			throw new IllegalStateException("The start has failed: " + output);
		}
		String[] figures = output.substring(output.lastIndexOf('\n') + 1).split(" ");
		return new long[] { Long.parseLong(figures[0]), Long.parseLong(figures[1]) };
	}

	private static void print(String what, int figure, List<long[]> without, List<long[]> with) {
		double one = median(without, figure);
		double other = median(with, figure);
		System.out.printf("%-24s %,6.0f ms without the starter, %,6.0f ms with it, %.2f times as long%n", what, one,
				other, other / one);
	}

	private static double median(List<long[]> starts, int figure) {
		long[] sorted = starts.stream().mapToLong((start) -> start[figure]).sorted().toArray();
		return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2.0;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
