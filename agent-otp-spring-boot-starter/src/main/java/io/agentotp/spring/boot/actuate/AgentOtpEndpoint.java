package io.agentotp.spring.boot.actuate;

import java.util.List;

import io.agentotp.spring.method.GuardReport;
import io.agentotp.spring.tool.ToolInventory;
import io.agentotp.spring.tool.ToolProtection;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * The Actuator endpoint {@code agentotp}: which methods and tools are guarded, how, and
 * which calls wait. It only reads: an operation that decides would be a way around the
 * approver.
 */
@Endpoint(id = "agentotp")
public final class AgentOtpEndpoint {

	private final GuardReport report;

	private final ToolInventory tools;

	/**
	 * Creates the endpoint.
	 * @param report what it shows of methods
	 * @param tools what it shows of tools
	 */
	public AgentOtpEndpoint(GuardReport report, ToolInventory tools) {
		this.report = report;
		this.tools = tools;
	}

	/**
	 * Return what is guarded and what waits.
	 * @return the methods, the tools and the waits
	 */
	@ReadOperation
	public Descriptor agentotp() {
		return new Descriptor(this.report.methods(),
				this.tools.list().stream().map(AgentOtpEndpoint::describe).toList(), this.report.waits());
	}

	private static ToolDescriptor describe(ToolProtection protection) {
		return new ToolDescriptor(protection.tool().name(), protection.tool().originalName(),
				protection.tool().framework(), protection.kind(), protection.by());
	}

	/**
	 * The answer of the endpoint.
	 *
	 * @param methods the guarded methods
	 * @param tools the tools that agents were offered
	 * @param waits the calls that wait for a human
	 */
	public record Descriptor(List<GuardReport.Guarded> methods, List<ToolDescriptor> tools,
			List<GuardReport.Waiting> waits) {
	}

	/**
	 * A tool.
	 *
	 * @param name the name that a model calls it by
	 * @param originalName the name that it has where it comes from
	 * @param framework the framework that offers it
	 * @param protection whether its calls are guarded
	 * @param by what makes it so
	 */
	public record ToolDescriptor(String name, String originalName, String framework, ToolProtection.Kind protection,
			String by) {
	}

}
