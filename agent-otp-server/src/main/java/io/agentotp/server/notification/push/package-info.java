/**
 * Messages that browsers show while no page is open: Web Push, with the keys of VAPID.
 */
@NullMarked
package io.agentotp.server.notification.push;

import org.jspecify.annotations.NullMarked;
