package io.agentotp.hosts.containers;

import java.nio.file.Path;
import java.sql.DriverManager;

import org.eclipse.jetty.ee11.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A war in a Jetty of its own.
 */
class JettyTests {

	@TempDir
	Path directory;

	@Test
	void warWhenDeployedThenItsGuardedCallsRun() throws Exception {
		DriverManager.getDrivers();
		Server server = new Server();
		ServerConnector connector = new ServerConnector(server);
		server.addConnector(connector);
		connector.open();
		String url = "http://localhost:" + connector.getLocalPort() + "/host";
		System.setProperty("host.url", url);
		WebAppContext context = new WebAppContext();
		context.setContextPath("/host");
		context.setWar(System.getProperty("host.war"));
		context.setTempDirectory(this.directory.toFile());
		context.setThrowUnavailableOnStartupException(true);
		server.setHandler(context);
		server.start();
		try {
			assertThat(context.isAvailable()).isTrue();
			new Host(url).call();
		}
		finally {
			server.stop();
		}
	}

}
