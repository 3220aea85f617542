/**
 * What the channels that are chats have in common.
 */
@NullMarked
package io.agentotp.server.notification.chat;

import org.jspecify.annotations.NullMarked;
