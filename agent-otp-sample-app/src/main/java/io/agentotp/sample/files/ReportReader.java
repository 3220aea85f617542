package io.agentotp.sample.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

import io.agentotp.spring.RequiresPermission;
import org.springframework.ai.tool.annotation.Tool;

import org.springframework.core.io.ClassPathResource;
import org.springframework.stereotype.Service;

/**
 * Reads reports. The policy approves this without an approver.
 */
@Service
public class ReportReader {

	/**
	 * Reads one report.
	 * @param name the file's name
	 * @return its text
	 * @throws IllegalArgumentException if there is no such report
	 */
	@Tool(description = "Reads a report")
	@RequiresPermission(action = "file.read", resource = "file:reports/#{#name}", scope = "{max_files: 1}",
			check = "#granted['max_files'] >= 1")
	public String read(String name) {
		if (!name.matches("[a-z0-9-]+\\.txt")) {
			throw new IllegalArgumentException("A report's name is like report.txt");
		}
		try {
			return new ClassPathResource("reports/" + name).getContentAsString(StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("There is no report " + name, ex);
		}
	}

}
