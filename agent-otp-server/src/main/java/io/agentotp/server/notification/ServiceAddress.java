package io.agentotp.server.notification;

/**
 * Where people reach the service, for links in messages.
 */
@FunctionalInterface
public interface ServiceAddress {

	/**
	 * The URL of the service.
	 * @return the URL, without a slash at its end
	 */
	String url();

}
