package io.agentotp.spring.event;

import io.agentotp.Permission;

/**
 * Something has happened to the permission of a guarded call. Published on the thread
 * that it happened on; a listener that fails is logged and changes nothing.
 */
public sealed interface PermissionEvent
		permits PermissionPendingEvent, PermissionGrantedEvent, PermissionDeniedEvent, PermissionExpiredEvent,
		PermissionUnsignedEvent, PermissionUsedEvent, PermissionUseFailedEvent, PermissionDecidedLateEvent {

	/**
	 * Return what the permission is for and where it stands.
	 * @return the permission, without its token
	 */
	Permission permission();

}
