/**
 * Telling and asking people in Slack.
 */
@NullMarked
package io.agentotp.server.notification.slack;

import org.jspecify.annotations.NullMarked;
