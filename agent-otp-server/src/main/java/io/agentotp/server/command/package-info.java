/**
 * What the program does besides running the service.
 */
@NullMarked
package io.agentotp.server.command;

import org.jspecify.annotations.NullMarked;
