/**
 * Telling people that a request waits, and what became of it. The permission stands in
 * the database together with what is to be told of it; channels send it afterwards.
 */
@NullMarked
package io.agentotp.server.notification;

import org.jspecify.annotations.NullMarked;
