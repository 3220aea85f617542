package io.agentotp.spring.tool;

import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;

/**
 * A tool, as its framework knows it.
 *
 * @param name the name that the model calls it by
 * @param originalName the name that it has where it comes from, such as an MCP server
 * @param framework the framework that offers it, in a word
 * @param bean the object whose method the tool is, or {@code null} if it is none or that
 * is not known
 * @param method the method that the tool is, or {@code null}
 */
public record Tool(String name, String originalName, String framework, @Nullable Object bean, @Nullable Method method) {

	/**
	 * Creates a tool that is no method, or one that is not known.
	 * @param name the name that the model calls it by
	 * @param originalName the name that it has where it comes from
	 * @param framework the framework that offers it, in a word
	 * @return the tool
	 */
	public static Tool of(String name, String originalName, String framework) {
		return new Tool(name, originalName, framework, null, null);
	}

	/**
	 * Return whether its framework waits for the publisher that a method returns.
	 */
	boolean waitsForPublishers() {
		return this.framework.startsWith("MCP");
	}

	/**
	 * Return the name that permissions are bound to: both, where they differ.
	 */
	String fullName() {
		return this.name.equals(this.originalName) ? this.name : this.name + " (" + this.originalName + ")";
	}

}
