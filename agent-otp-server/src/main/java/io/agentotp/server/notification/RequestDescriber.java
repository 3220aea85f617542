package io.agentotp.server.notification;

import java.util.Locale;

import io.agentotp.server.permission.StoredPermission;

/**
 * Says in plain words what a request is about, as its page does.
 */
@FunctionalInterface
public interface RequestDescriber {

	/**
	 * Describes a request.
	 * @param permission the permission
	 * @param details how much is told
	 * @param language the language of who reads it
	 * @return the request in words
	 */
	Notification.Request describe(StoredPermission permission, NotificationChannel.Details details, Locale language);

}
