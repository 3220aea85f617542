/**
 * The settings of the service.
 */
@NullMarked
package io.agentotp.server.config;

import org.jspecify.annotations.NullMarked;
