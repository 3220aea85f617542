/**
 * Auto-configuration of the client and the guard.
 */
@NullMarked
package io.agentotp.spring.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
