package io.agentotp.spring.tool;

import java.lang.reflect.Method;
import java.util.function.Supplier;

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
 * @param schema supplies the schema of the arguments as the tool declares it, JSON text
 * or a map, or {@code null} if it declares none
 * @param among whether a call may go to something else than the method, too
 */
public record Tool(String name, String originalName, String framework, @Nullable Object bean, @Nullable Method method,
		Supplier<? extends @Nullable Object> schema, boolean among) {

	/**
	 * Creates a tool.
	 * @param name the name that the model calls it by
	 * @param originalName the name that it has where it comes from
	 * @param framework the framework that offers it, in a word
	 * @param bean the object whose method the tool is, or {@code null}
	 * @param method the method that the tool is, or {@code null}
	 * @param schema supplies the schema of its arguments, JSON text or a map
	 */
	public Tool(String name, String originalName, String framework, @Nullable Object bean, @Nullable Method method,
			Supplier<? extends @Nullable Object> schema) {
		this(name, originalName, framework, bean, method, schema, false);
	}

	/**
	 * Creates a tool whose arguments are not known.
	 * @param name the name that the model calls it by
	 * @param originalName the name that it has where it comes from
	 * @param framework the framework that offers it, in a word
	 * @param bean the object whose method the tool is, or {@code null}
	 * @param method the method that the tool is, or {@code null}
	 */
	public Tool(String name, String originalName, String framework, @Nullable Object bean, @Nullable Method method) {
		this(name, originalName, framework, bean, method, () -> null);
	}

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
	 * Return the same tool, which declares its arguments.
	 * @param declared supplies the schema, JSON text or a map
	 * @return the tool
	 */
	public Tool declaring(Supplier<? extends @Nullable Object> declared) {
		return new Tool(this.name, this.originalName, this.framework, this.bean, this.method, declared, this.among);
	}

	/**
	 * Return the same tool, with what is known of the way to its method.
	 * @param leads whether each call goes to the method and to nothing else
	 * @return the tool; if not, what guards the method does not guard the tool
	 */
	public Tool leading(boolean leads) {
		return new Tool(this.name, this.originalName, this.framework, this.bean, this.method, this.schema, !leads);
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
