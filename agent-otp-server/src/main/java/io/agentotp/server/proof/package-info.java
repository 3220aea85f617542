/**
 * What people sign when they decide, and how that is verified without the service.
 */
@NullMarked
package io.agentotp.server.proof;

import org.jspecify.annotations.NullMarked;
