package io.agentotp.hosts.containers;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A war in a Tomcat of its own.
 */
class TomcatTests {

	private static final ReferenceQueue<ClassLoader> GONE = new ReferenceQueue<>();

	private static final Logger LOADERS = Logger.getLogger("org.apache.catalina.loader.WebappClassLoaderBase");

	@TempDir
	Path directory;

	@Test
	void warWhenDeployedAnewThenItsGuardedCallsRunAndNothingStaysOfTheFirst() throws Exception {
		// As Tomcat itself does: what is loaded later is not found.
		DriverManager.getDrivers();
		Warnings warnings = new Warnings();
		LOADERS.addHandler(warnings);
		Tomcat tomcat = new Tomcat();
		tomcat.setBaseDir(this.directory.toString());
		tomcat.setPort(0);
		tomcat.getConnector();
		tomcat.start();
		try {
			String url = "http://localhost:" + tomcat.getConnector().getLocalPort() + "/host";
			System.setProperty("host.url", url);
			WeakReference<ClassLoader> loader = deployed(tomcat, url);
			// JDK 17 keeps the types of the last record that was compared.
			deployed(tomcat, url);
			assertGone(loader);
			// Hikari does not wait for the last threads of the pool of the application.
			assertThat(warnings.messages)
				.filteredOn((message) -> !message.contains("[HikariPool-") && !message.contains("--add-opens"))
				.isEmpty();
		}
		finally {
			tomcat.stop();
			tomcat.destroy();
			LOADERS.removeHandler(warnings);
		}
	}

	private static WeakReference<ClassLoader> deployed(Tomcat tomcat, String url) throws Exception {
		StandardContext context = new StandardContext();
		context.setPath("/host");
		context.setName("/host");
		context.setDocBase(System.getProperty("host.war"));
		ContextConfig config = new ContextConfig();
		config.setDefaultWebXml(tomcat.noDefaultWebXmlPath());
		context.addLifecycleListener(config);
		tomcat.getHost().addChild(context);
		WeakReference<ClassLoader> loader = new WeakReference<>(context.getLoader().getClassLoader(), GONE);
		assertThat(context.getState().isAvailable()).isTrue();
		new Host(url).call();
		tomcat.getHost().removeChild(context);
		return loader;
	}

	private static void assertGone(WeakReference<ClassLoader> loader) throws InterruptedException {
		for (int i = 0; i < 200 && loader.get() != null; i++) {
			System.gc();
			Reference<? extends ClassLoader> unused = GONE.remove(50);
		}
		assertThat(loader.get()).as("the class loader of the war").isNull();
	}

	/**
	 * What Tomcat finds left over when a war is undeployed.
	 */
	private static final class Warnings extends Handler {

		private final List<String> messages = new CopyOnWriteArrayList<>();

		@Override
		public void publish(LogRecord entry) {
			if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
				this.messages.add(entry.getMessage());
			}
		}

		@Override
		public void flush() {
		}

		@Override
		public void close() {
		}

	}

}
