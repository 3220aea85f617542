/**
 * Messages to Microsoft Teams, by a workflow that takes a card.
 */
@NullMarked
package io.agentotp.server.notification.teams;

import org.jspecify.annotations.NullMarked;
