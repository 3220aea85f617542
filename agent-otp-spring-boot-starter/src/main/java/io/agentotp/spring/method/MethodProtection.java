package io.agentotp.spring.method;

/**
 * How a method with {@link io.agentotp.spring.RequiresPermission} is guarded on one
 * object.
 *
 * @param action what the method does
 * @param active whether calls of the object pass the guard; not so if it is no proxy
 * @param blocking whether a call waits for its permission before it returns
 */
public record MethodProtection(String action, boolean active, boolean blocking) {
}
