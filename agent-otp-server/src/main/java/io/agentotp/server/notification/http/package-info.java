/**
 * Messages over HTTP, which go where they are meant to go and nowhere else.
 */
@NullMarked
package io.agentotp.server.notification.http;

import org.jspecify.annotations.NullMarked;
