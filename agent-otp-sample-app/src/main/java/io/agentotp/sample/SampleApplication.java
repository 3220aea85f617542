package io.agentotp.sample;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;

/**
 * Starts the sample: the agent, the permission service, a mail server and a database.
 */
@SpringBootApplication
public class SampleApplication {

	private static final Logger logger = LoggerFactory.getLogger(SampleApplication.class);

	/**
	 * Starts the sample.
	 * @param args Spring Boot's usual arguments
	 */
	public static void main(String[] args) {
		SpringApplication.run(SampleApplication.class, args);
	}

	@EventListener
	void onReady(ApplicationReadyEvent event) {
		Environment environment = event.getApplicationContext().getEnvironment();
		String page = "http://localhost:" + environment.getProperty("local.server.port")
				+ environment.getProperty("server.servlet.context-path", "");
		logger.info(
				"Give the agent a task at {} or chat with it at {}/chat. Decide at {}/agent-otp/ as the user approver",
				page, page, page);
	}

}
