/**
 * What the Actuator shows.
 */
@NullMarked
package io.agentotp.spring.boot.actuate;

import org.jspecify.annotations.NullMarked;
