package io.agentotp.spring.boot.actuate;

import java.util.List;

import io.agentotp.spring.method.GuardReport;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * The Actuator endpoint {@code agentotp}: which methods are guarded, how, and which calls
 * wait. It only reads: an operation that decides would be a way around the approver.
 */
@Endpoint(id = "agentotp")
public final class AgentOtpEndpoint {

	private final GuardReport report;

	/**
	 * Creates the endpoint.
	 * @param report what it shows
	 */
	public AgentOtpEndpoint(GuardReport report) {
		this.report = report;
	}

	/**
	 * Return what is guarded and what waits.
	 * @return the methods and the waits
	 */
	@ReadOperation
	public Descriptor agentotp() {
		return new Descriptor(this.report.methods(), this.report.waits());
	}

	/**
	 * The answer of the endpoint.
	 *
	 * @param methods the guarded methods
	 * @param waits the calls that wait for a human
	 */
	public record Descriptor(List<GuardReport.Guarded> methods, List<GuardReport.Waiting> waits) {
	}

}
