/**
 * Messages to programs, signed as Standard Webhooks 1.0 says.
 */
@NullMarked
package io.agentotp.server.notification.webhook;

import org.jspecify.annotations.NullMarked;
