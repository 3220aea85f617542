/**
 * Telling and asking people in Telegram.
 */
@NullMarked
package io.agentotp.server.notification.telegram;

import org.jspecify.annotations.NullMarked;
