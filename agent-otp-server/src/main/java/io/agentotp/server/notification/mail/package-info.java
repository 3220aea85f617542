/**
 * Messages by mail.
 */
@NullMarked
package io.agentotp.server.notification.mail;

import org.jspecify.annotations.NullMarked;
